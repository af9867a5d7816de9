"""MIME as bytes: headers and parts are cut out of the mail, never re-serialised.

The `email` package reads parameters here and writes nothing that was received: a signed part that it had
parsed and printed again would no longer be what was signed (RFC 1847 2.1, RFC 8551 3.5).
"""

import binascii
import quopri
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.encoders import encode_base64
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from itertools import islice

MAX_HEADER_BYTES = 1024 * 1024
MAX_FIELD_BYTES = 4096
"""Longer fields are not looked into: the parameter parser of `email` and nested comments are quadratic."""

_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)\r?\n")
_FIELD_START = re.compile(rb"(?<=\n)(?![ \t])")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_CONTENT_FIELDS = (b"content-type", b"content-disposition", b"content-transfer-encoding")
_BARE_CR = re.compile(rb"\r(?!\n)")
_CONTROL = re.compile(rb"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_ADDRESS = r"([^\s<>()\[\]:;@\\,\"]+@[^\s<>()\[\]:;@\\,\"]+)"
_ONE_MAILBOX = re.compile(rf"\s*(?:{_ADDRESS}|[^<>:;@,\"]*<\s*{_ADDRESS}\s*>)\s*")


@dataclass(frozen=True, slots=True)
class ContentHeaders:
    """What a header block says about its body; lower case except `boundary` and `name`, "" where it is silent."""

    media_type: str
    boundary: str
    smime_type: str
    name: str
    encoding: str


_NOTHING = ContentHeaders("", "", "", "", "")


def split(entity: bytes) -> tuple[bytes, bytes]:
    """The header block with its last line end, and the body behind the blank line."""
    found = _BLANK_LINE.search(entity)
    if found is None:
        return entity, b""
    blank_line_length = 2 if found.group().endswith(b"\r\n") else 1
    return entity[: found.end() - blank_line_length], entity[found.end() :]


def fields(headers: bytes) -> list[bytes]:
    """The header fields, each with its continuation lines and line ends."""
    return [field for field in _FIELD_START.split(headers) if field]


def has_headers(entity: bytes) -> bool:
    """Whether the header block consists of header fields only (it may be empty)."""
    headers = split(entity)[0]
    return len(headers) <= MAX_HEADER_BYTES and all(_FIELD.match(field) for field in fields(headers))


def is_strict(entity: bytes) -> bool:
    """Whether it is beyond doubt a MIME entity: printable header fields, a blank line, then anything."""
    headers = split(entity)[0]
    return bool(_BLANK_LINE.search(entity)) and has_headers(entity) and not _CONTROL.search(headers)


def named(headers: bytes, name: bytes) -> list[bytes]:
    """The bodies of the fields called `name` (lower case), unfolded."""
    found = []
    for field in fields(headers):
        key, colon, value = field.partition(b":")
        if colon and key.rstrip(b" \t").lower() == name:
            found.append(re.sub(rb"\r?\n(?=[ \t])", b"", value).strip())
    return found


def content_headers(headers: bytes) -> ContentHeaders:
    """Read the Content- fields; an entity with two Content-Types, or with excessive headers, has none."""
    if len(headers) > MAX_HEADER_BYTES:
        return _NOTHING
    found = {name: named(headers, name) for name in _CONTENT_FIELDS}
    if len(found[b"content-type"]) > 1:
        return _NOTHING
    lines = [name + b": " + values[0][:MAX_FIELD_BYTES] for name, values in found.items() if values]
    message = HeaderParser().parsestr(b"\n".join(lines).decode("latin-1"))
    return ContentHeaders(
        media_type=message.get_content_type(),
        boundary=_parameter(message, "content-type", "boundary").rstrip(),
        smime_type=_parameter(message, "content-type", "smime-type").lower(),
        name=_parameter(message, "content-disposition", "filename")
        or _parameter(message, "content-type", "name"),
        encoding=str(message.get("content-transfer-encoding", "")).strip().lower(),
    )


def _parameter(message: Message, field: str, name: str) -> str:
    """A parameter of a field; empty if there is none or its RFC 2231 pieces and charset make no text."""
    try:
        value = message.get_param(name, "", header=field)
        return collapse_rfc2231_value(value) if value else ""
    except (TypeError, ValueError, LookupError):
        return ""


def decode_body(body: bytes, encoding: str) -> bytes:
    """Undo the Content-Transfer-Encoding; ValueError if it is broken."""
    if encoding == "base64":
        return binascii.a2b_base64(body)
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    return body


def encode_body(data: bytes) -> bytes:
    """Base64 in lines of 76 characters with CRLF."""
    lines = (data[i : i + 57] for i in range(0, len(data), 57))
    return b"".join(binascii.b2a_base64(line, newline=False) + b"\r\n" for line in lines)


def two_parts(body: bytes, boundary: str) -> tuple[bytes, bytes] | None:
    """The two parts of a multipart/signed, exact bytes; None unless there are just two and nothing behind them.

    The line end before a boundary belongs to the boundary (RFC 2046 5.1.1).
    """
    if not boundary:
        return None
    delimiter = re.compile(
        rb"^--" + re.escape(boundary.encode("latin-1")) + rb"(--)?[ \t]*\r?(?:\n|\Z)", re.M
    )
    found = list(islice(delimiter.finditer(body), 4))
    if [bool(match[1]) for match in found] != [False, False, True] or body[found[2].end() :].strip():
        return None
    first, second = (re.sub(rb"\r?\n\Z", b"", body[found[i].end() : found[i + 1].start()]) for i in (0, 1))
    return first, second


def to_crlf(text: bytes) -> bytes:
    """Line ends as they are signed and encrypted (RFC 8551 3.1.1)."""
    return re.sub(rb"\r?\n", b"\r\n", text)


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
    A carriage return alone is a line end to some of them, and so could hide a second From.
    """
    found = named(headers, b"from")
    if len(found) != 1 or len(found[0]) > MAX_FIELD_BYTES or _BARE_CR.search(headers):
        return None
    value = _QUOTED_STRING.sub(" ", found[0].decode("utf-8", "replace"))
    while (without := _COMMENT.sub(" ", value)) != value:
        value = without
    match = _ONE_MAILBOX.fullmatch(value)
    return (match[1] or match[2]) if match else None
