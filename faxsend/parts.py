"""The parts of a mail's tree that say something, and as what: a body, a picture within it, a document. Pure.

Sources: RFC 2046 (5.1, multipart), RFC 2183 (Content-Disposition), RFC 2387 (multipart/related), RFC 2392 (cid:).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

from faxsend.charsets import decode
from faxsend.flowed import unwrapped
from faxsend.headers import file_name, parameter
from faxsend.html_text import is_blank
from notifications.refusals import NotAMail

# A signature that stands beside foreign parts signs nothing here, and it is no page either.
SIGNATURE_TYPES = {
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
}
BODY_TYPES = {"text/plain", "text/html"}


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the tree, or an enclosed mail.

    ``text``: what a body says, decoded; empty for anything else. ``wordings``: the plain texts that say the same
    (RFC 2046, 5.1.4); None: there is no such choice. ``in_related``: it stands beside a root that may refer to it.
    """

    entity: Message
    text: str = ""
    wordings: tuple[Part, ...] | None = None
    in_related: bool = False

    @property
    def is_body(self) -> bool:
        entity = self.entity
        return entity.get_content_type() in BODY_TYPES and not file_name(entity) and not self.is_attachment

    @property
    def is_html(self) -> bool:
        return self.is_body and self.entity.get_content_type() == "text/html"

    @property
    def is_attachment(self) -> bool:
        return self.entity.get_content_disposition() == "attachment"

    @property
    def is_blank(self) -> bool:
        """A body that shows nothing."""
        return is_blank(self.text) if self.is_html else not self.text.strip()

    @property
    def content_id(self) -> str:
        """Of a picture that HTML may show, without its brackets; empty for anything else."""
        if self.entity.get_content_maintype() != "image" or self.is_attachment:
            return ""
        return str(self.entity.get("Content-ID", "")).strip().removeprefix("<").removesuffix(">")


def parts_of(root: Message) -> Iterator[Part]:
    """In order. Raises ``NotAMail`` for a multipart or a transfer encoding that cannot be taken apart."""
    if root.get_content_maintype() == "message" or not root.is_multipart():
        if root.get_content_maintype() == "multipart":
            raise NotAMail
        if root.get_content_type() not in SIGNATURE_TYPES:
            part = Part(root)
            yield replace(part, text=text_of(root)) if part.is_body else part
        return
    children = [list(parts_of(child)) for child in _children(root)]
    if root.get_content_type() == "multipart/alternative":
        yield from _of_alternatives(children)
        return
    related = root.get_content_type() == "multipart/related"
    for number, parts in enumerate(children):
        yield from (replace(part, in_related=True) for part in parts) if related and number else parts


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _of_alternatives(alternatives: list[list[Part]]) -> Iterator[Part]:
    """All parts of the chosen one, and of the others what is more than another wording of the same text.

    Apple Mail puts attachments into the HTML alternative alone. The last one with HTML is chosen, which the sender
    likes best; else plain text that is not blank; else the last one.
    """
    html = [parts for parts in alternatives if any(part.is_html and not part.is_blank for part in parts)]
    plain = [parts for parts in alternatives if any(map(_says_something_plainly, parts))]
    chosen = next(iter([*html[-1:], *plain, *alternatives[-1:]]), [])
    worded = plain[0] if plain and plain[0] is not chosen else None
    for parts in alternatives:
        if parts is chosen:
            yield from parts if worded is None else _worded(parts, worded)
        else:
            yield from (
                part for part in parts if part.entity.get_content_maintype() != "text" or part.is_attachment
            )


def _worded(parts: list[Part], plain: list[Part]) -> Iterator[Part]:
    """The first body says in plain text what all of them say."""
    wordings = tuple(part for part in plain if part.is_body and not part.is_html)
    for part in parts:
        if part.is_body:
            yield replace(part, wordings=wordings)
            wordings = ()
        else:
            yield part


def _says_something_plainly(part: Part) -> bool:
    return part.is_body and not part.is_html and not part.is_blank


def content_of(entity: Message) -> bytes:
    """The bytes behind the transfer encoding (RFC 2045 6); an unknown one is left as it came. Raises ``NotAMail``."""
    try:
        payload = entity.get_payload(decode=True)
    except ValueError as error:  # uuencode, in Pythons before its own decoder; all else is read as it can be
        raise NotAMail from error
    # An enclosed mail has none: it is no document that could be drawn.
    return payload if isinstance(payload, bytes) else b""


def text_of(entity: Message) -> str:
    """Its content by its charset, or by a guess, with ``\\n`` line ends and whole paragraphs. Raises ``NotAMail``."""
    text = decode(content_of(entity), parameter(entity, "Content-Type", "charset"))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if entity.get_content_type() != "text/plain":
        return text
    flowed, delsp = (parameter(entity, "Content-Type", name).lower() for name in ("format", "delsp"))
    return unwrapped(text, delsp=delsp == "yes") if flowed == "flowed" else text
