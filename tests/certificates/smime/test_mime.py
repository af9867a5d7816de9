"""Headers and parts as bytes."""

from email import message_from_bytes
from email.utils import collapse_rfc2231_value

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.smime import mime
from certificates.smime.content_headers import content_headers


@pytest.mark.parametrize(
    ("entity", "headers", "body"),
    [
        (b"A: 1\r\n\r\nbody", b"A: 1\r\n", b"body"),
        (b"A: 1\n\nbody", b"A: 1\n", b"body"),
        (b"A: 1\r\n\nbody\n\n", b"A: 1\r\n", b"body\n\n"),
        (b"\r\nbody", b"", b"body"),
        (b"\nbody", b"", b"body"),
        (b"A: 1", b"A: 1", b""),
        (b"", b"", b""),
    ],
)
def test_headers_end_at_the_first_blank_line(entity: bytes, headers: bytes, body: bytes) -> None:
    assert mime.split(entity) == (headers, body)


@pytest.mark.parametrize("size", [2 * 1024, 32 * 1024, mime.MAX_HEADER_BYTES])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n"])
@pytest.mark.parametrize("other", [b"\n", b"\r\n"])
def test_the_first_blank_line_ends_the_headers_however_long_they_are(
    size: int, blank: bytes, other: bytes
) -> None:
    """It is looked for near the beginning first: wherever that ends, it cuts no blank line in two."""
    for length in range(size - 5, size + 1):
        headers = b"A: ".ljust(length - 1, b"x") + b"\n"
        assert mime.split(headers + blank + other + b"body") == (headers, other + b"body")


@given(st.lists(st.sampled_from([b"A: 1\r\n", b" folded\n", b"B:\n", b"junk\r\n"]), max_size=6))
def test_fields_are_the_headers_cut_into_pieces(lines: list[bytes]) -> None:
    assert b"".join(mime.fields(b"".join(lines))) == b"".join(lines)


_PIECES = (b"Subject", b"subject ", b":", b": x", b"\n", b"\r\n", b"\n ", b"\n\t", b"\r", b" ", b"\xff")


@given(st.lists(st.sampled_from(_PIECES), max_size=16).map(b"".join))
def test_named_fields_are_those_that_are_cut_out_one_by_one(headers: bytes) -> None:
    found = [value.strip() for name, value in mime.named_fields(headers) if name.lower() == b"subject"]
    cut = [field for field in mime.fields(headers) if mime.field_name(field) == b"subject"]
    assert found == [field.partition(b":")[2].strip() for field in cut]


def test_a_folded_field_is_one_field() -> None:
    assert mime.named(b"X: 0\r\nSubject: a\r\n\tb\r\nsubject : c\n", b"subject") == [b"a\tb", b"c"]


def test_parameters_are_read_in_every_spelling() -> None:
    found = content_headers(
        b'junk\r\nContent-Type: Multipart/Signed;\r\n boundary*0="A ";\r\n boundary*1=b;'
        b" smime-type*=utf-8''Signed-Data\r\nContent-Transfer-Encoding:\r\n BASE64 \r\n"
    )
    assert (found.media_type, found.boundary, found.encoding) == ("multipart/signed", "A b", "base64")


@given(st.binary(max_size=120))
def test_no_content_type_is_too_odd_to_be_read(value: bytes) -> None:
    found = content_headers(b"Content-Type: " + value)
    assert isinstance(found.media_type, str)
    assert isinstance(found.name, str)


@given(st.binary(max_size=300))
def test_base64_comes_in_lines_of_76_and_back(data: bytes) -> None:
    encoded = mime.encode_body(data)
    assert mime.decode_body(encoded, "base64") == data
    assert all(0 < len(line) <= 76 for line in encoded.split(b"\r\n")[:-1])


def test_quoted_printable_and_unknown_encodings() -> None:
    assert mime.decode_body(b"a=3Db=\r\nc", "quoted-printable") == b"a=bc"
    assert mime.decode_body(b"a=3Db", "7bit") == b"a=3Db"


PARTS = b"preamble\r\n--B\r\none\r\n\r\n--B \t\r\ntwo\r\n--B--\r\n"


def test_the_line_end_before_a_boundary_belongs_to_it() -> None:
    assert mime.two_parts(PARTS, "B") == (b"one\r\n", b"two")
    assert mime.two_parts(PARTS.replace(b"\r\n", b"\n"), "B") == (b"one\n", b"two")
    assert mime.two_parts(PARTS.removesuffix(b"\r\n"), "B") == (b"one\r\n", b"two")


@pytest.mark.parametrize(
    "body",
    [
        PARTS + b"trailer",
        PARTS + PARTS,
        PARTS.replace(b"--B--", b""),
        PARTS.replace(b"two", b"two\r\n--B\r\nthree"),
        PARTS.replace(b"--B \t\r\n", b""),
        b"--B--\r\n" + PARTS,
        PARTS.replace(b"--B--", b"--B-- more"),
        b"",
    ],
)
def test_anything_but_two_parts_is_none(body: bytes) -> None:
    assert mime.two_parts(body, "B") is None


def test_a_boundary_is_no_pattern_and_must_exist() -> None:
    assert mime.two_parts(PARTS.replace(b"--B", b"--(+.[\xe9"), "(+.[\xe9") == (b"one\r\n", b"two")
    assert mime.two_parts(PARTS, ".") is None
    assert mime.two_parts(PARTS, "") is None


@given(st.text("a\r\n", max_size=20))
def test_line_ends_become_crlf_and_stay_so(text: str) -> None:
    once = mime.to_crlf(text.encode())
    assert mime.to_crlf(once) == once
    assert b"\n" not in once.replace(b"\r\n", b"")


def test_ascii_entities_are_not_touched_before_signing() -> None:
    entity = b"content-TYPE: text/plain\n\n  odd   spacing \n"
    assert mime.to_seven_bit(entity) == entity


def test_eight_bit_parts_become_base64_and_the_others_stay() -> None:
    entity = (
        "Content-Type: multipart/mixed; boundary=B\n\n"
        "--B\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nファクス\n"
        "--B\nContent-Type: text/plain\n\nplain\n--B--\n"
    ).encode()
    changed = mime.to_seven_bit(entity)
    assert changed.isascii()
    _, text, plain = message_from_bytes(changed).walk()
    assert text.get_payload(decode=True) == "ファクス".encode()
    assert text.get_all("Content-Transfer-Encoding") == ["base64"]
    assert plain.get_payload() == "plain"


def test_excessive_headers_are_not_looked_into() -> None:
    content_type = b"Content-Type: application/pkcs7-mime\r\n"
    filler = b"X: y\r\n" * (mime.MAX_HEADER_BYTES // 6)
    assert content_headers(content_type).media_type == "application/pkcs7-mime"
    assert content_headers(filler + content_type).media_type == ""
    assert not mime.has_headers(filler + content_type)
    assert mime.two_parts(b"--B\n" * 100_000, "B") is None


def test_quadratic_fields_cost_nothing() -> None:
    assert content_headers(b'Content-Type: a/b; x="' + b";" * 1_000_000).media_type == "a/b"
    assert mime.single_from(b"From: " + b"(" * 400_000 + b")" * 400_000 + b"a@example.com") is None


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (b"a@example.com", "a@example.com"),
        (b"<a@example.com>", "a@example.com"),
        (b"A B <a@example.com>", "a@example.com"),
        (b'"x, \\" <b@example.com>" <a@example.com>', "a@example.com"),
        (b"a@example.com (b@example.com)", "a@example.com"),
        ("佐藤 <a@例え.jp>".encode(), "a@例え.jp"),
        (b"\x83\xfe <a@example.com>", "a@example.com"),
        (b"a@b@example.com", None),
        (b"a@example.com <>", None),
        (b"<@relay:a@example.com>", None),
        (b"a@example.com; b@example.com", None),
        (b"a @example.com", None),
        (b'"unclosed <a@example.com>', None),
        (b"(unclosed <a@example.com>", "a@example.com"),
    ],
)
def test_the_one_mailbox_of_from(value: bytes, address: str | None) -> None:
    assert mime.single_from(b"From: " + value + b"\r\n") == address


@given(st.text('<>()@,;:"\\ a.', max_size=25))
def test_an_address_found_has_one_at_and_no_specials(value: str) -> None:
    found = mime.single_from(f"From: {value}\n".encode())
    assert found is None or (found.count("@") == 1 and not set(found) & set('<>(),;:"\\ '))


def test_a_parameter_in_pieces_that_contradict_each_other_is_none() -> None:
    found = content_headers(b"Content-Type: a/b; name*=x; name*0=y; name*0*=z; smime-type=c\r\n")
    assert (found.media_type, found.name, found.smime_type) == ("a/b", "", "")
    assert content_headers(b"Content-Type: a/b; x=\xff; smime-type=c\r\n").smime_type == "c"


_WORD = st.text("abcXYZ019.-_*'=/%?\\ \t\"<>;", max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["multipart/signed", "APPLICATION/pkcs7-mime", "text", "text/plain", "a/b/c", ""]),
    parameters=st.lists(
        st.tuples(st.sampled_from(["name", "Boundary", "smime-type", "x"]), _WORD, st.booleans())
    ),
    disposition=st.one_of(st.none(), _WORD),
    encoding=st.sampled_from([None, "base64", "BASE64 ", "7bit (or 8)", "x y"]),
)
def test_the_content_fields_are_read_as_the_email_package_reads_them(
    kind: str, parameters: list[tuple[str, str, bool]], disposition: str | None, encoding: str | None
) -> None:
    written = "".join(
        f'; {key}="{value}"' if quoted else f"; {key}={value}" for key, value, quoted in parameters
    )
    lines = [f"Content-Type: {kind}{written}\r\n"]
    lines += [] if disposition is None else [f'Content-Disposition: attachment; filename="{disposition}"\r\n']
    lines += [] if encoding is None else [f"Content-Transfer-Encoding: {encoding}\r\n"]
    headers = "".join(lines).encode()
    read = content_headers(headers)
    message = message_from_bytes(headers + b"\r\n")
    assert read.media_type == message.get_content_type()
    assert read.boundary == collapse_rfc2231_value(message.get_param("boundary", "")).rstrip()
    assert read.smime_type == collapse_rfc2231_value(message.get_param("smime-type", "")).lower()
    names = [message.get_param("filename", "", "content-disposition"), message.get_param("name", "")]
    assert read.name == next((text for name in names if (text := collapse_rfc2231_value(name))), "")
    assert read.encoding == str(message.get("content-transfer-encoding", "")).strip().lower()
