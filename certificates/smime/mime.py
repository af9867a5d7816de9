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

_FIELD_START = re.compile(rb"(?<=\n)(?![ \t])")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_CONTENT_FIELDS = (b"content-type", b"content-disposition", b"content-transfer-encoding")
_TOKEN = rb"[!#$&+\-^_`{|}~.0-9A-Za-z]+"
_PARAMETER = re.compile(rb";[ \t]*(" + _TOKEN + rb")=(?:(" + _TOKEN + rb')|"([^"\\\\<>]*)")[ \t]*')
_TOKEN_ALONE = re.compile(_TOKEN)
_PLAIN_FIELD = re.compile(
    rb"(" + _TOKEN + rb"(?:/" + _TOKEN + rb")?)[ \t]*((?:" + _PARAMETER.pattern + rb")*)"
)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
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
    found = _blank_line(entity)
    return (entity, b"") if found is None else (entity[: found[0]], entity[found[1] :])


def _blank_line(entity: bytes) -> tuple[int, int] | None:
    """Where the first blank line begins and ends. Not by a pattern: every mail is searched several times."""
    if entity.startswith((b"\n", b"\r\n")):
        return 0, 1 if entity.startswith(b"\n") else 2
    crlf = entity.find(b"\n\r\n")
    bare = entity.find(b"\n\n") if crlf < 0 else entity.find(b"\n\n", 0, crlf + 1)
    if bare >= 0:
        return bare + 1, bare + 2
    return (crlf + 1, crlf + 3) if crlf >= 0 else None


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
    return _blank_line(entity) is not None and has_headers(entity) and not _CONTROL.search(headers)


def named(headers: bytes, name: bytes) -> list[bytes]:
    """The bodies of the fields called `name` (lower case), unfolded."""
    found = []
    for field in fields(headers):
        key, colon, value = field.partition(b":")
        if colon and key.rstrip(b" \t").lower() == name:
            found.append(_unfolded(value))
    return found


def _unfolded(value: bytes) -> bytes:
    return _FOLD.sub(b"", value).strip() if b"\n" in value[:-2] else value.strip()


def content_headers(headers: bytes) -> ContentHeaders:
    """Read the Content- fields; an entity with two Content-Types, or with excessive headers, has none."""
    if len(headers) > MAX_HEADER_BYTES:
        return _NOTHING
    found = _content_fields(headers)
    if len(found[b"content-type"]) > 1:
        return _NOTHING
    values = [found[name][0][:MAX_FIELD_BYTES] if found[name] else None for name in _CONTENT_FIELDS]
    return _plainly_read(*values) or _leniently_read(*values)


def _content_fields(headers: bytes) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {name: [] for name in _CONTENT_FIELDS}
    for field in fields(headers):
        key, colon, value = field.partition(b":")
        name = key.rstrip(b" \t").lower()
        if colon and name in found:
            found[name].append(_unfolded(value))
    return found


def _plainly_read(
    kind: bytes | None, disposition: bytes | None, encoding: bytes | None
) -> ContentHeaders | None:
    """Fields as nearly all programs write them; None if there is anything else in them."""
    if kind is None or not (encoding is None or _TOKEN_ALONE.fullmatch(encoding)):
        return None
    type_read, disposition_read = _plain_field(kind), _plain_field(disposition or b"attachment")
    if type_read is None or disposition_read is None or b"/" not in type_read[0]:
        return None
    parameters = type_read[1]
    return ContentHeaders(
        media_type=type_read[0].lower().decode(),
        boundary=parameters.get(b"boundary", b"").rstrip().decode("latin-1"),
        smime_type=parameters.get(b"smime-type", b"").lower().decode("latin-1"),
        name=(disposition_read[1].get(b"filename") or parameters.get(b"name", b"")).decode("latin-1"),
        encoding=(encoding or b"").lower().decode(),
    )


def _plain_field(value: bytes) -> tuple[bytes, dict[bytes, bytes]] | None:
    """Its first token and its parameters, the first of each name."""
    match = _PLAIN_FIELD.fullmatch(value)
    if match is None:
        return None
    pairs = [(name.lower(), token or quoted) for name, token, quoted in _PARAMETER.findall(match[2])]
    return match[1], dict(reversed(pairs))


def _leniently_read(kind: bytes | None, disposition: bytes | None, encoding: bytes | None) -> ContentHeaders:
    """The same by the `email` package, which knows comments, continuations and charsets, and takes its time."""
    pairs = zip(_CONTENT_FIELDS, (kind, disposition, encoding), strict=True)
    lines = [name + b": " + value for name, value in pairs if value is not None]
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
