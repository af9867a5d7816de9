"""Reading an opened mail: who wrote it, its subject, its text and the documents it carries.

Pure: bytes in, frozen dataclasses out. What a client got wrong (charset labels, raw 8-bit headers) is
read as well as it can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from faxsend.charsets import decode
from faxsend.headers import address, file_name, header, parameter
from faxsend.legacy_display import has_protected_fields, is_repetition, without_fields
from faxsend.mime_tree import parse
from notifications.refusals import NotAMail

MAX_PARTS = 200

# A signature that stands beside foreign parts signs nothing here, and it is no page either.
SIGNATURE_TYPES = {
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
}
BODY_TYPES = {"text/plain", "text/html"}


@dataclass(frozen=True, slots=True)
class Related:
    """A picture that HTML shows by its Content-ID (RFC 2392): ``content_id`` without brackets."""

    content_id: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to draw: an attachment, or the body of the mail (``name`` empty).

    ``media_type`` is in lower case without parameters; text documents are UTF-8.
    """

    name: str
    media_type: str
    content: bytes
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """``from_`` and ``reply_to`` are bare addresses or empty; ``text`` has ``\\n`` line ends.

    ``documents`` are the attachments; where there are none, an HTML body that came without a plain one.
    """

    from_: str
    reply_to: str
    subject: str
    message_id: str
    text: str
    documents: tuple[Document, ...]


def read_mail(message: bytes, *, was_protected: bool = False) -> Mail:
    """Parse an opened mail (RFC 5322, MIME RFC 2045 to 2049).

    ``was_protected``: it was inside a signature or an encryption, so it may say that its text begins with a copy of
    its header fields, which is left out (RFC 9788).
    Raises ``NotAMail`` if it has no From address, if a multipart or a transfer encoding cannot be taken
    apart, or if its MIME tree is deeper or wider than a real mail's.
    """
    parsed = parse(message)
    from_ = address(parsed, "From")
    if not from_:
        raise NotAMail
    copies = was_protected and has_protected_fields(parsed)
    parts = [part for part in _leaves(parsed) if not (copies and part is not parsed and is_repetition(part))]
    if len(parts) > MAX_PARTS:
        raise NotAMail
    bodies = [part for part in parts if _is_body(part)]
    plain = [part for part in bodies if part.get_content_type() == "text/plain"]
    documents = [part for part in parts if part not in bodies] or [
        part for part in bodies if part not in plain
    ]
    return Mail(
        from_=from_,
        reply_to=address(parsed, "Reply-To"),
        subject=header(parsed, "Subject"),
        message_id=header(parsed, "Message-ID").strip(),
        # Apple Mail goes on writing behind an attachment: the body comes in several parts.
        text="\n".join(_text(part, copies=copies) for part in plain),
        documents=tuple(_document(part, copies=copies and part in bodies) for part in documents),
    )


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that say something of their own, in order; an enclosed mail is one of them."""
    if part.get_content_maintype() == "message" or not part.is_multipart():
        if part.get_content_maintype() == "multipart":
            raise NotAMail
        if part.get_content_type() not in SIGNATURE_TYPES:
            yield part
        return
    children = _children(part)
    if part.get_content_type() == "multipart/alternative":
        yield from _of_alternatives(children)
        return
    if part.get_content_type() == "multipart/related":
        # A picture that the root refers to by its Content-ID belongs to the root's look: it is no document.
        # Anything else in there is: some programs put their attachments beside the pictures.
        children = children[:1] + [child for child in children[1:] if not _is_inline_picture(child)]
    for child in children:
        yield from _leaves(child)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _of_alternatives(alternatives: list[Message]) -> Iterator[Message]:
    """All leaves of the chosen one, and of the others what is more than another wording of the same text.

    Apple Mail puts attachments into the HTML alternative alone. The plain text is chosen unless it is
    blank, else the last one, which the sender likes best (RFC 2046 5.1.4).
    """
    leaves = [list(_leaves(alternative)) for alternative in alternatives]
    last = leaves[-1] if leaves else []
    chosen = next((found for found in leaves if any(_is_plain_text(leaf) for leaf in found)), last)
    for found in leaves:
        for leaf in found:
            if found is chosen or leaf.get_content_maintype() != "text" or _is_attachment(leaf):
                yield leaf


def _is_plain_text(part: Message) -> bool:
    return _is_body(part) and part.get_content_type() == "text/plain" and bool(_text(part).strip())


def _is_body(part: Message) -> bool:
    return part.get_content_type() in BODY_TYPES and not file_name(part) and not _is_attachment(part)


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _is_inline_picture(part: Message) -> bool:
    return part.get_content_maintype() == "image" and bool(part["Content-ID"]) and not _is_attachment(part)


def _document(part: Message, *, copies: bool) -> Document:
    media_type = part.get_content_type()
    content = _text(part, copies=copies).encode() if part.get_content_maintype() == "text" else _content(part)
    return Document(name=file_name(part), media_type=media_type, content=content)


def _content(part: Message) -> bytes:
    """The bytes behind the transfer encoding (RFC 2045 6); an unknown one is left as it came."""
    try:
        payload = part.get_payload(decode=True)
    except ValueError as error:  # uuencode, in Pythons before its own decoder; all else is read as it can be
        raise NotAMail from error
    # An enclosed mail has none: it is no document that could be drawn.
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message, *, copies: bool = False) -> str:
    """``copies``: of header fields may stand in front; they are left out."""
    text = decode(_content(part), parameter(part, "Content-Type", "charset"))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return without_fields(part, text) if copies else text
