"""MIME as bytes: headers and parts are cut out of the mail, never re-serialised.

The `email` package writes nothing here that was received: a signed part that it had parsed and printed again would no
longer be what was signed (RFC 1847 2.1, RFC 8551 3.5).
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.encoders import encode_base64
from email.message import Message
from itertools import islice
from typing import NamedTuple

MAX_HEADER_BYTES = 1024 * 1024
MAX_HEADER_LINES = 5_000
MAX_FIELD_BYTES = 4096
"""Longer fields are not looked into: the parameter parser of `email` and nested comments are quadratic."""

_HEAD = 256
_BLANKS = b" \t\r\n"
MAX_BOUNDARY_LINES = 10_000
"""Lines that begin with the boundary of a multipart/signed: those of the parts inside may do so."""
MAX_SPECIALS = 50
"""Of comments and of quotation marks in From: the patterns are quadratic in them."""

_FIELD_START = re.compile(rb"(?<=\n)(?![ \t])")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_NAMED_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\n[ \t].*)*+)", re.MULTILINE)
_HEADERS_WITHIN = (2 * 1024, 32 * 1024, MAX_HEADER_BYTES + 4)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_CONTENT_TYPE = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BARE_CR = re.compile(rb"\r(?!\n)")
_CONTROL = re.compile(rb"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_INVISIBLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_ADDRESS = r"([^\s<>()\[\]:;@\\,\"]+@[^\s<>()\[\]:;@\\,\"]+)"
_ONE_MAILBOX = re.compile(rf"\s*(?:{_ADDRESS}|[^<>:;@,\"]*<\s*{_ADDRESS}\s*>)\s*")


def split(entity: bytes) -> tuple[bytes, bytes]:
    """The header block with its last line end, and the body behind the blank line."""
    found = _blank_line(entity)
    return (entity, b"") if found is None else (entity[: found[0]], entity[found[1] :])


def _blank_line(entity: bytes) -> tuple[int, int] | None:
    """Where the first blank line begins and ends; None beyond the limit of a header block.

    Not by a pattern: every mail is searched several times. Near the beginning first: the one of both line ends that
    a mail does not have would be searched for in all of it.
    """
    if entity.startswith((b"\n", b"\r\n")):
        return 0, 1 if entity.startswith(b"\n") else 2
    for end in _HEADERS_WITHIN:
        crlf = entity.find(b"\n\r\n", 0, end)
        bare = entity.find(b"\n\n", 0, end if crlf < 0 else crlf + 1)
        if bare >= 0:
            return bare + 1, bare + 2
        if crlf >= 0:
            return crlf + 1, crlf + 3
    return None


def fields(headers: bytes) -> list[bytes]:
    """The header fields, each with its continuation lines and line ends."""
    return [field for field in _FIELD_START.split(headers) if field]


def named_fields(headers: bytes) -> list[tuple[bytes, bytes]]:
    """Name and body of each header field as they stand there, the last line end apart; other lines are passed over."""
    return _NAMED_FIELD.findall(headers)


def tidy_fields(headers: bytes) -> list[tuple[bytes, bytes]]:
    """The header fields in a form that every reader cuts alike: name in lower case, and field with its line end.

    To the `email` package a line that is no field, or has a blank before its colon, ends the headers, and a carriage
    return alone ends a line: whoever adds one to the outer header of a signed mail would write its body.
    """
    found = []
    for name, value in named_fields(headers):
        value = value.removesuffix(b"\r")
        value = _BARE_CR.sub(b" ", value) if b"\r" in value else value
        found.append((name.lower(), b"%b:%b\r\n" % (name, value)))
    return found


def has_headers(entity: bytes) -> bool:
    """Whether the header block consists of header fields only (it may be empty)."""
    return _are_fields(split(entity)[0])


def _are_fields(headers: bytes) -> bool:
    return is_bounded(headers) and all(map(_FIELD.match, fields(headers)))


def is_bounded(headers: bytes) -> bool:
    """Whether the header block is of a size that is worth looking into."""
    return len(headers) <= MAX_HEADER_BYTES and headers.count(b"\n") <= MAX_HEADER_LINES


def is_strict(entity: bytes) -> bool:
    """Whether it is beyond doubt a MIME entity: printable header fields in UTF-8, a blank line, then anything.

    What somebody without the key makes of CBC blocks is half noise, and noise is hardly ever UTF-8.
    """
    blank_line = _blank_line(entity)
    if blank_line is None:
        return False
    headers = entity[: blank_line[0]]
    return _are_fields(headers) and not _CONTROL.search(headers) and _is_utf8(headers)


def has_content_type(entity: bytes) -> bool:
    """Whether one of the header fields is a Content-Type."""
    return bool(_CONTENT_TYPE.search(split(entity)[0]))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def named(headers: bytes, name: bytes) -> list[bytes]:
    """The bodies of the fields called `name` (lower case), unfolded."""
    return [unfolded(field.partition(b":")[2]) for field in fields(headers) if field_name(field) == name]


def field_name(field: bytes) -> bytes:
    """The name of a header field in lower case, empty if it is none."""
    key, colon, _ = field.partition(b":")
    return key.rstrip(b" \t").lower() if colon else b""


def unfolded(value: bytes) -> bytes:
    """The body of a field on one line."""
    return _FOLD.sub(b"", value).strip() if b"\n" in value[:-2] else value.strip()


def decode_body(body: bytes, encoding: str) -> bytes:
    """Undo the Content-Transfer-Encoding; ValueError if it is broken.

    Base64 may have white space anywhere and may lack its last `=`: relays fold lines again and cut off what looks
    empty. Anything else in it is broken, so that nothing is read that another reader would skip.
    """
    if encoding == "base64":
        return _decode_base64(body)
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    return body


def _decode_base64(body: bytes) -> bytes:
    digits = body.translate(None, _BLANKS)
    if len(digits) % 4:
        digits = digits.rstrip(b"=")
        digits += b"=" * (-len(digits) % 4)
    return binascii.a2b_base64(digits, strict_mode=True)


def first_byte(body: bytes, encoding: str) -> bytes:
    """What `decode_body` would begin with, without decoding 40 MB; b"" if that cannot be said so quickly."""
    head = body[:_HEAD]
    if encoding == "base64":
        text = head.translate(None, _BLANKS)[:4]
        return binascii.a2b_base64(text)[:1] if len(text) == 4 else b""
    return decode_body(head, encoding)[:1]


def encode_body(data: bytes) -> bytes:
    """Base64 in lines of 76 characters with CRLF."""
    lines = (data[i : i + 57] for i in range(0, len(data), 57))
    return b"".join(binascii.b2a_base64(line, newline=False) + b"\r\n" for line in lines)


def two_parts(body: bytes, boundary: str) -> tuple[bytes, bytes] | None:
    """The two parts of a multipart/signed, exact bytes; None unless there are just two and nothing behind them.

    The line end before a boundary belongs to the boundary (RFC 2046 5.1.1).
    """
    try:
        dashed = b"--" + boundary.encode("latin-1")
    except UnicodeEncodeError:  # only an extended parameter can say so (RFC 2231), and no boundary is one
        return None
    found = list(islice(_delimiters(body, dashed), 4)) if boundary else []
    if [line.closes for line in found] != [False, False, True] or not _is_blank(body[found[2].end :]):
        return None
    opening, between, closing = found
    return _without_line_end(body[opening.end : between.start]), _without_line_end(
        body[between.end : closing.start]
    )


class _Delimiter(NamedTuple):
    """A boundary line of a multipart, from its first byte to the one behind its line end."""

    start: int
    end: int
    closes: bool


def _delimiters(body: bytes, dashed: bytes) -> Iterator[_Delimiter]:
    """The lines of the boundary and nothing else but blanks; not beyond too many that only begin like it."""
    for start in islice(_line_starts(body, dashed), MAX_BOUNDARY_LINES):
        begin = start + len(dashed)
        end = body.find(b"\n", begin) + 1 or len(body)
        rest = body[begin : min(end, begin + MAX_FIELD_BYTES)].rstrip(b" \t\r\n")
        if rest in (b"", b"--") and end - begin <= MAX_FIELD_BYTES:
            yield _Delimiter(start, end, bool(rest))


def _line_starts(body: bytes, beginning: bytes) -> Iterator[int]:
    if body.startswith(beginning):
        yield 0
    found = body.find(b"\n" + beginning)
    while found >= 0:
        yield found + 1
        found = body.find(b"\n" + beginning, found + 1)


def _is_blank(text: bytes) -> bool:
    return not text or text.isspace()


def _without_line_end(part: bytes) -> bytes:
    return part.removesuffix(b"\n").removesuffix(b"\r") if part.endswith(b"\n") else part


def to_crlf(text: bytes) -> bytes:
    """Line ends as they are signed and encrypted (RFC 8551 3.1.1)."""
    crlf = text.count(b"\r\n")
    if crlf == text.count(b"\n"):
        return text
    return (text.replace(b"\r\n", b"\n") if crlf else text).replace(b"\n", b"\r\n")


def to_seven_bit(entity: bytes) -> bytes:
    """The entity fit for multipart/signed (RFC 8551 3.1.3): parts with 8-bit bytes become base64.

    An entity that is ASCII already stays as it is.
    """
    if entity.isascii():
        return entity
    message = message_from_bytes(entity)
    for part in message.walk():
        if not part.is_multipart() and not _is_ascii(part):
            payload = part.get_payload(decode=True)
            del part["Content-Transfer-Encoding"]
            part.set_payload(payload)
            encode_base64(part)
    return message.as_bytes()


def _is_ascii(part: Message) -> bool:
    return str(part.get_payload()).isascii()


def single_from(headers: bytes) -> str | None:
    """The address, if there is exactly one From field with exactly one mailbox (RFC 5322 3.6.2); else None.

    Deliberately narrower than a mail program: what two readers could understand differently is no address.
    A carriage return alone is a line end to some of them, and so could hide a second From; a NUL is an end to
    some, and escape sequences change what the bytes behind them mean.
    """
    found = named(headers, b"from")
    if len(found) != 1 or len(found[0]) > MAX_FIELD_BYTES or _BARE_CR.search(headers):
        return None
    if max(found[0].count(b"("), found[0].count(b'"')) > MAX_SPECIALS or _INVISIBLE.search(found[0]):
        return None
    value = _QUOTED_STRING.sub(" ", found[0].decode("utf-8", "replace"))
    while (without := _COMMENT.sub(" ", value)) != value:
        value = without
    match = _ONE_MAILBOX.fullmatch(value)
    return (match[1] or match[2]) if match else None
