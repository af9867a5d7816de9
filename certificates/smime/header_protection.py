"""Header fields inside the protection (RFC 9788): what the sender wrote, whatever stands outside.

Only the root of what was in the innermost layer can have them; a mail without any layer cannot claim them.
"""

import re
from dataclasses import dataclass

from certificates.smime import mime
from certificates.smime.addresses import canonical_address
from certificates.smime.content_headers import content_headers, content_parameter
from certificates.smime.errors import MalformedError

FIELDS = (b"subject", b"from", b"to", b"cc", b"reply-to", b"date", b"message-id")
"""What the outer fields of are ignored. RFC 9788 4.2 has them all; the others decide nothing here."""
_MARKS = re.compile(rb"\bhp\b|protected-headers|message/rfc822", re.IGNORECASE)
"""Without any of them in its header an entity is as it is, as nearly all are."""
_UNENCODED = ("", "7bit", "8bit", "binary")


@dataclass(frozen=True, slots=True)
class Payload:
    """What the innermost layer held. `fields`: header fields for the mail, instead of the outer `replaced` (lower case).

    `entity`: MIME headers and body. `stated`: the sender's program does it as RFC 9788 has it.
    """

    entity: bytes
    fields: bytes = b""
    replaced: tuple[bytes, ...] = ()
    stated: bool = False

    def has(self, name: bytes) -> bool:
        """Whether a field called `name` (lower case) came from inside."""
        return bool(mime.named(self.fields, name))


def read(entity: bytes) -> Payload:
    """The root entity of the innermost layer. MalformedError if it claims protected fields that cannot be.

    Also the forms before RFC 9788, in which the outer fields that have no counterpart inside count still:
    `protected-headers="v1"`, and a whole mail as message/rfc822 (RFC 8551 3.1; RFC 9788 4.10.1).
    """
    headers, body = mime.split(entity)
    if not _MARKS.search(headers):
        return Payload(entity)
    if content_parameter(headers, "hp").lower() in ("clear", "cipher"):
        return Payload(entity, _fields(entity), FIELDS, stated=True)
    if content_parameter(headers, "protected-headers").lower() == "v1":
        return _older(entity, entity)
    if _is_wrapper(headers, body):
        return _older(body, body)
    return Payload(entity)


def _older(entity: bytes, mail: bytes) -> Payload:
    fields = _fields(mail)
    return Payload(entity, fields, tuple(name for name in FIELDS if mime.named(fields, name)))


def _is_wrapper(headers: bytes, body: bytes) -> bool:
    """Whether the enclosed mail is the sender's own, not one that is passed on. Then it says nothing of `hp` itself."""
    content = content_headers(headers)
    return (
        content.media_type == "message/rfc822"
        and content.encoding in _UNENCODED
        and content_parameter(headers, "forwarded").lower() in ("", "no")
        and not content_parameter(mime.split(body)[0], "hp")
    )


def _fields(entity: bytes) -> bytes:
    """The fields that count, each at most once (RFC 5322 3.6): two readers could choose differently."""
    if not mime.is_strict(entity):
        raise MalformedError
    lines = [line for line in mime.fields(mime.split(entity)[0]) if mime.field_name(line) in FIELDS]
    if len({mime.field_name(line) for line in lines}) < len(lines):
        raise MalformedError
    return b"".join(lines)


def same_author(inner: bytes, outer: bytes) -> bool:
    """Whether both header blocks name the same one mailbox in From, or say the same there."""
    addresses = [mime.single_from(headers) for headers in (inner, outer)]
    if all(addresses):
        return len({canonical_address(address or "") for address in addresses}) == 1
    return mime.named(inner, b"from") == mime.named(outer, b"from")
