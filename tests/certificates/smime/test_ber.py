"""The gate in front of the parser: what becomes of BER, and what does not get in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.smime.ber import INTEGER, OCTETS, OID, SEQUENCE, SET, children, encode, normalise, only
from certificates.smime.errors import MalformedError
from certificates.smime.limits import MAX_DEPTH, MAX_ELEMENTS, MAX_MAIL_BYTES, MAX_OID_BYTES, MAX_SEGMENTS

END = b"\0\0"


def refuse(data: bytes) -> None:
    with pytest.raises(MalformedError):
        normalise(data)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65_535, 65_536])
def test_lengths_are_written_in_the_shortest_form(length: int) -> None:
    encoded = encode(OCTETS, b"x" * length)
    assert only(encoded, OCTETS)[0].contents == b"x" * length
    assert len(encoded) - length == 2 + (length > 127) + (length > 255) + (length > 65_535)


trees = st.recursive(
    st.binary(max_size=20).map(lambda data: encode(OCTETS, data)),
    lambda inner: st.builds(
        lambda tag, items: encode(tag, *items),
        st.sampled_from((SEQUENCE, SET, 0xA1)),
        st.lists(inner, max_size=4),
    ),
)


@settings(max_examples=50, deadline=None)
@given(trees)
def test_der_stays_byte_by_byte(der: bytes) -> None:
    assert normalise(der) == der


@given(st.binary(max_size=200))
def test_junk_is_refused_or_becomes_one_element_that_stays(data: bytes) -> None:
    try:
        der = normalise(data)
    except MalformedError:
        return
    assert normalise(der) == der


@given(st.binary(max_size=60))
def test_children_cover_everything_or_fail(data: bytes) -> None:
    try:
        found = children(data)
    except MalformedError:
        return
    assert b"".join(element.whole for element in found) == data


def test_indefinite_lengths_become_definite() -> None:
    inner = b"\x31\x80" + encode(INTEGER, b"\1") + END
    assert normalise(b"\x30\x80" + inner + END) == encode(SEQUENCE, encode(SET, encode(INTEGER, b"\1")))
    assert normalise(encode(SEQUENCE, inner)) == encode(SEQUENCE, encode(SET, encode(INTEGER, b"\1")))


def test_lengths_longer_than_needed_stay_because_something_may_be_signed() -> None:
    data = b"\x30\x81\x03" + encode(INTEGER, b"\1")
    assert normalise(data) == data


@pytest.mark.parametrize(
    "constructed",
    [
        b"\x24\x80" + encode(OCTETS, b"ab") + encode(OCTETS, b"cd") + END,
        encode(0x24, encode(OCTETS, b"ab"), encode(OCTETS, b"cd")),
        encode(0x24, encode(0x24, encode(OCTETS, b"a"), encode(OCTETS, b"b")), encode(OCTETS, b"cd")),
        b"\x24\x80\x24\x80" + encode(OCTETS, b"abcd") + END + encode(OCTETS) + END,
    ],
)
def test_constructed_octet_strings_become_primitive(constructed: bytes) -> None:
    assert normalise(constructed) == encode(OCTETS, b"abcd")
    assert normalise(encode(SEQUENCE, constructed)) == encode(SEQUENCE, encode(OCTETS, b"abcd"))


def test_only_encrypted_content_is_an_implicit_octet_string() -> None:
    head = encode(OID, b"\x2a") + encode(SEQUENCE)
    segments = encode(OCTETS, b"ab") + encode(OCTETS, b"cd")
    expected = encode(SEQUENCE, head, encode(0x80, b"abcd"))
    assert normalise(encode(SEQUENCE, head, encode(0xA0, segments))) == expected
    assert normalise(encode(SEQUENCE, head, b"\xa0\x80" + segments + END)) == expected
    for other in (
        encode(SEQUENCE, encode(OID, b"\x2a"), encode(0xA0, segments)),
        encode(SEQUENCE, head, encode(0xA1, segments)),
        encode(SEQUENCE, head, encode(0xA0, encode(INTEGER, b"\1"))),
        encode(SET, head, encode(0xA0, segments)),
    ):
        assert normalise(other) == other


@pytest.mark.parametrize("trailer", [b"\r\n", b"\n", b"\0", b"\r\n\r\n"])
def test_line_ends_behind_the_structure_are_dropped(trailer: bytes) -> None:
    assert normalise(encode(SEQUENCE) + trailer) == encode(SEQUENCE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x02\x01",
        b"\x30\x82\x01",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x85\0\0\0\0\0",
        b"\x30\x80",
        b"\x30\x80\0",
        b"\x30\x80\x02\x01\x01",
        b"\x04\x80ab\0\0",
        b"\x1f\x81\x01\0",
        b"\x23\x03\x03\x01\0",
        b"\x2c\x03\x0c\x01a",
        b"\x30\x03\x02\x05a",
        encode(0x24, encode(INTEGER, b"\1")),
        b"\x24\x80\x04\x80" + END + END,
        b"\x24\x04\x04\x05ab",
        encode(SEQUENCE) + b"x",
        encode(SEQUENCE) + b"\n" * 65,
    ],
)
def test_what_does_not_fit_is_refused(data: bytes) -> None:
    refuse(data)


def _nested(depth: int, tag: int = SEQUENCE) -> bytes:
    data = encode(OCTETS, b"x")
    for _ in range(depth):
        data = encode(tag, data)
    return data


def test_the_depth_is_limited() -> None:
    assert normalise(_nested(MAX_DEPTH - 1))
    refuse(_nested(MAX_DEPTH))
    assert normalise(_nested(MAX_DEPTH - 1, 0x24)) == encode(OCTETS, b"x")
    refuse(_nested(MAX_DEPTH, 0x24))
    refuse(b"\x30\x80" * 100_000)
    refuse(b"\x24\x80" * 100_000)


def test_the_number_of_elements_is_limited() -> None:
    one = encode(INTEGER, b"\1")
    assert normalise(encode(SEQUENCE, one * (MAX_ELEMENTS - 1)))
    refuse(encode(SEQUENCE, one * MAX_ELEMENTS))


def test_segments_have_a_limit_of_their_own() -> None:
    one = encode(OCTETS, b"x")
    assert len(normalise(encode(0x24, one * MAX_SEGMENTS))) == MAX_SEGMENTS + 4
    refuse(encode(0x24, one * (MAX_SEGMENTS + 1)))


def test_an_object_identifier_has_at_most_64_bytes() -> None:
    assert normalise(encode(OID, b"\x2a" * MAX_OID_BYTES))
    refuse(encode(OID, b"\x2a" * (MAX_OID_BYTES + 1)))


def test_a_mail_of_more_than_40_megabytes_is_not_even_looked_at() -> None:
    refuse(encode(OCTETS, bytes(MAX_MAIL_BYTES)))


def test_children_must_be_of_the_expected_kinds() -> None:
    with pytest.raises(MalformedError):
        only(encode(OCTETS), SEQUENCE)
    with pytest.raises(MalformedError):
        only(encode(OCTETS) * 2, OCTETS)
    with pytest.raises(MalformedError):
        children(b"\x30\x80" + END)
