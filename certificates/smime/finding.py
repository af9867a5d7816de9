"""Which S/MIME layer an entity is: by its media type, or by the file name where a program or a relay wrote another."""

from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from certificates.smime import mime
from certificates.smime.content_headers import ContentHeaders, content_headers

_ENVELOPE_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURE_TYPES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_BY_NAME = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Layer:
    """A CMS structure as it stands in the mail; `content` is what a detached signature is about."""

    body: bytes
    encoding: str
    content: bytes | None
    claims_signature: bool


def find_layer(entity: bytes) -> Layer | None:
    """The S/MIME layer that the whole entity is, if it is one."""
    headers, body = mime.split(entity)
    content = content_headers(headers)
    if content.media_type == "multipart/signed":
        return _find_detached(body, content.boundary)
    if content.media_type in _ENVELOPE_TYPES or _is_named(content, ".p7m"):
        return Layer(body, content.encoding, None, content.smime_type == "signed-data")
    return None


def _find_detached(body: bytes, boundary: str) -> Layer | None:
    parts = mime.two_parts(body, boundary)
    if parts is None:
        return None
    headers, signature = mime.split(parts[1])
    content = content_headers(headers)
    if content.media_type not in _SIGNATURE_TYPES and not _is_named(content, ".p7s"):
        return None
    return Layer(signature, content.encoding, mime.to_crlf(parts[0]), True)


def _is_named(content: ContentHeaders, suffix: str) -> bool:
    """Whether an entity of no particular type has such a file name, be it an encoded word (which RFC 2047 5 forbids)."""
    if content.media_type != _BY_NAME:
        return False
    name = content.name
    if "=?" in name:
        with suppress(HeaderParseError, ValueError, LookupError):
            name = str(make_header(decode_header(name)))
    return name.strip().lower().endswith(suffix)
