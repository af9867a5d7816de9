"""BER in, DER lengths out: the gate every received CMS structure passes before it is parsed.

Indefinite lengths become definite and constructed OCTET STRINGs become primitive (X.690 8.1.3.6, 8.7.3), because
asn1crypto takes neither reliably. Whatever needs no change is copied byte by byte, so that signatures over it
still hold. All limits on size and shape are enforced here.
"""

from dataclasses import dataclass
from typing import NamedTuple

from certificates.smime.errors import MalformedError
from certificates.smime.limits import MAX_DEPTH, MAX_ELEMENTS, MAX_MAIL_BYTES, MAX_OID_BYTES, MAX_SEGMENTS

OID, OCTETS, INTEGER, NULL = 0x06, 0x04, 0x02, 0x05
SEQUENCE, SET = 0x30, 0x31
CONTEXT_0 = 0xA0
_CONSTRUCTED = 0x20
_CONSTRUCTED_OCTETS = OCTETS | _CONSTRUCTED
_BEFORE_ENCRYPTED_CONTENT = bytes((SEQUENCE, OID, SEQUENCE))


class Element(NamedTuple):
    """One DER element: identifier octet, contents, and the `header` in front of them, identifier and length.

    No dataclass: a mail has dozens of elements, and a frozen one takes four times as long to make.
    """

    tag: int
    contents: bytes
    header: bytes

    @property
    def whole(self) -> bytes:
        """The whole encoding, put together when it is asked for: contents may have 30 MB."""
        return self.header + self.contents


def encode(tag: int, *contents: bytes) -> bytes:
    """Encode one element with a definite length in its shortest form (X.690 10.1)."""
    body = b"".join(contents)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def children(contents: bytes) -> list[Element]:
    """Split the contents of a constructed element of definite lengths; MalformedError if they do not fit."""
    found = []
    position, end = 0, len(contents)
    while position < end:
        tag, start, stop = _header(contents, position, end)
        if stop is None:
            raise MalformedError
        found.append(Element(tag, contents[start:stop], contents[position:start]))
        position = stop
    return found


def only(contents: bytes, *tags: int) -> list[Element]:
    """The children of `contents`, which must be exactly one for each of `tags`, in this order."""
    found = children(contents)
    if [element.tag for element in found] != list(tags):
        raise MalformedError
    return found


def normalise(data: bytes) -> bytes:
    """Return the one element in `data` with definite lengths.

    Line ends and NULs behind it are tolerated (binary bodies get them on the way). Raises MalformedError for
    anything beyond the limits of `policy`, for other trailing bytes and for constructed strings of other types.
    """
    if len(data) > MAX_MAIL_BYTES:
        raise MalformedError
    end, replaced = _Walker(data).element(0, len(data), 0)
    if data[end : end + 64].strip(b"\r\n\0") or len(data) > end + 64:
        raise MalformedError
    return data[:end] if replaced is None else replaced


def _header(data: bytes, position: int, end: int) -> tuple[int, int, int | None]:
    """Identifier octet, and where the contents start and stop (None: at their end-of-contents octets)."""
    start = position + 2
    if start > end:
        raise MalformedError
    tag, length = data[position], data[position + 1]
    if tag & 0x1F == 0x1F:
        raise MalformedError
    if length == 0x80:
        return tag, start, None
    if length > 0x80:
        octets = start
        start += length & 0x7F
        if length > 0x84 or start > end:
            raise MalformedError
        length = int.from_bytes(data[octets:start], "big")
    stop = start + length
    if stop > end:
        raise MalformedError
    return tag, start, stop


@dataclass(slots=True)
class _Walker:
    """One pass over one structure; the counters are the limits' state."""

    data: bytes
    elements: int = 0
    segments: int = 0

    def element(
        self, position: int, end: int, depth: int, before: bytes | bytearray = b""
    ) -> tuple[int, bytes | None]:
        """Where the element ends, and its new encoding if the old one cannot stay.

        `before`: the tags of the element it stands in and of its elder siblings.
        """
        tag, start, stop = _header(self.data, position, end)
        self.elements += 1
        if self.elements > MAX_ELEMENTS or depth >= MAX_DEPTH:
            raise MalformedError
        if not tag & _CONSTRUCTED:
            if stop is None or (tag == OID and stop - start > MAX_OID_BYTES):
                raise MalformedError
            return stop, None
        if tag == _CONSTRUCTED_OCTETS or self._is_encrypted_content(tag, start, before):
            finish, pieces = self._segments(start, stop, end, depth + 1)
            return finish, encode(tag & ~_CONSTRUCTED, *pieces)
        if tag < 0x40 and tag not in (SEQUENCE, SET):
            raise MalformedError
        return self._constructed(tag, start, stop, end, depth)

    def _is_encrypted_content(self, tag: int, start: int, before: bytes | bytearray) -> bool:
        """EncryptedContentInfo is the one structure where [0] is an implicit OCTET STRING (RFC 5652 6.1)."""
        following = self.data[start : start + 1]
        return tag == CONTEXT_0 and before == _BEFORE_ENCRYPTED_CONTENT and following in (b"\x04", b"\x24")

    def _constructed(
        self, tag: int, start: int, stop: int | None, end: int, depth: int
    ) -> tuple[int, bytes | None]:
        pieces: list[bytes] = []
        tags = bytearray((tag,))
        copied = position = start
        while not self._at_end(position, stop, end):
            after, replaced = self.element(position, stop or end, depth + 1, tags)
            tags.append(self.data[position])
            if replaced is not None:
                pieces += (self.data[copied:position], replaced)
                copied = after
            position = after
        if stop is not None and not pieces:
            return stop, None
        return position + (2 if stop is None else 0), encode(tag, *pieces, self.data[copied:position])

    def _segments(self, start: int, stop: int | None, end: int, depth: int) -> tuple[int, list[bytes]]:
        pieces: list[bytes] = []
        position = start
        while not self._at_end(position, stop, end):
            self.segments += 1
            if self.segments > MAX_SEGMENTS or depth >= MAX_DEPTH:
                raise MalformedError
            tag, inner, inner_stop = _header(self.data, position, stop or end)
            if tag == OCTETS and inner_stop is not None:
                pieces.append(self.data[inner:inner_stop])
                position = inner_stop
            elif tag == _CONSTRUCTED_OCTETS:
                position, nested = self._segments(inner, inner_stop, stop or end, depth + 1)
                pieces += nested
            else:
                raise MalformedError
        return position + (2 if stop is None else 0), pieces

    def _at_end(self, position: int, stop: int | None, end: int) -> bool:
        if stop is not None:
            return position == stop
        if position + 2 > end:
            raise MalformedError
        return self.data[position : position + 2] == b"\0\0"
