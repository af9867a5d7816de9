"""The Content- fields of a MIME entity: what its body is.

Those that nearly every program writes are read by a pattern, the others by the `email` package, which knows comments,
continuations and charsets, and takes ten times as long.
"""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value

from certificates.smime import mime

_CONTENT_FIELDS = (b"content-type", b"content-disposition", b"content-transfer-encoding")
_TOKEN = rb"[!#$&+\-^_`{|}~.0-9A-Za-z]+"
_PARAMETER = re.compile(rb";[ \t]*(" + _TOKEN + rb")=(?:(" + _TOKEN + rb')|"([^"\\\\<>]*)")[ \t]*')
_TOKEN_ALONE = re.compile(_TOKEN)
_PLAIN_FIELD = re.compile(
    rb"(" + _TOKEN + rb"(?:/" + _TOKEN + rb")?)[ \t]*((?:" + _PARAMETER.pattern + rb")*)"
)


@dataclass(frozen=True, slots=True)
class ContentHeaders:
    """What a header block says about its body; lower case except `boundary` and `name`, "" where it is silent."""

    media_type: str
    boundary: str
    smime_type: str
    name: str
    encoding: str


_NOTHING = ContentHeaders("", "", "", "", "")


def content_headers(headers: bytes) -> ContentHeaders:
    """Read the Content- fields; an entity with two Content-Types, or with excessive headers, has none."""
    if not mime.is_bounded(headers):
        return _NOTHING
    found = _content_fields(headers)
    if len(found[b"content-type"]) > 1:
        return _NOTHING
    values = [found[name][0][: mime.MAX_FIELD_BYTES] if found[name] else None for name in _CONTENT_FIELDS]
    return _plainly_read(*values) or _leniently_read(*values)


def _content_fields(headers: bytes) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {name: [] for name in _CONTENT_FIELDS}
    for name, value in mime.named_fields(headers):
        if (lower := name.lower()) in found:
            found[lower].append(mime.unfolded(value))
    return found


def content_parameter(headers: bytes, name: str) -> str:
    """A parameter of the one Content-Type; empty if there is none."""
    found = mime.named(headers, b"content-type") if mime.is_bounded(headers) else []
    if len(found) != 1 or name.encode() not in found[0].lower():
        return ""
    line = b"Content-Type: " + found[0][: mime.MAX_FIELD_BYTES]
    return _parameter(HeaderParser().parsestr(line.decode("latin-1")), "content-type", name)


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
