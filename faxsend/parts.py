"""The parts of a mail's tree that say something, and as what: a body, a picture within it, a document. Pure.

Each is read once, however deep in the tree it stands.
Sources: RFC 2046 (5.1, multipart), RFC 2183 (Content-Disposition), RFC 2387 (multipart/related), RFC 2392 (cid:).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import Message

from faxsend.charsets import decode
from faxsend.flowed import unwrapped
from faxsend.headers import file_name, parameter
from faxsend.html_text import LOOKED_INTO, is_blank
from faxsend.legacy_display import is_repetition, without_fields
from faxsend.media_types import media_type_of
from notifications.refusals import DocumentTooLarge, NotAMail

# A signature that stands beside foreign parts signs nothing here, and it is no page either.
SIGNATURE_TYPES = {
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
}
BODY_TYPES = {"text/plain", "text/html"}
MAX_TEXT = 10 * 1024 * 1024
"""Bytes of all texts together, without their transfer encoding: ten times what a hundred pages can hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the tree, or an enclosed mail.

    ``media_type``: what it is, in lower case without parameters. ``content``: the bytes behind its transfer encoding.
    ``content_id``: of a picture that HTML may show, without its brackets; empty for anything else.
    ``is_wording``: a text that is not attached, so that an alternative may say the same. ``text``: what a body or a
    text file says. ``is_blank``: a body that shows nothing. ``wordings``: the plain texts that say the same (RFC 2046,
    5.1.4); None: there is no such choice. ``in_related``: it stands beside a root that may refer to it.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str
    is_body: bool
    is_wording: bool
    text: str = ""
    is_blank: bool = False
    wordings: tuple[Part, ...] | None = None
    in_related: bool = False

    @property
    def is_text(self) -> bool:
        return self.media_type.startswith("text/")

    @property
    def is_html(self) -> bool:
        return self.is_body and self.media_type == "text/html"


def parts_of(root: Message, *, has_copies: bool = False) -> Iterator[Part]:
    """In order. ``has_copies``: its texts may begin with copies of its header fields, which are left out.

    Raises ``NotAMail`` for a multipart or a transfer encoding that cannot be taken apart, ``DocumentTooLarge`` for too
    much text.
    """
    leaves = [leaf for leaf in _leaves(root) if leaf is root or not (has_copies and is_repetition(leaf))]
    return _chosen(root, _read(leaves, has_copies=has_copies))


def _is_leaf(entity: Message) -> bool:
    return entity.get_content_maintype() == "message" or not entity.is_multipart()


def _children(entity: Message) -> list[Message]:
    payload = entity.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _leaves(entity: Message) -> Iterator[Message]:
    if not _is_leaf(entity):
        for child in _children(entity):
            yield from _leaves(child)
    elif entity.get_content_maintype() == "multipart":
        raise NotAMail
    elif entity.get_content_type() not in SIGNATURE_TYPES:
        yield entity


def _read(leaves: Sequence[Message], *, has_copies: bool) -> dict[Message, Part]:
    parts = {leaf: _part_of(leaf) for leaf in leaves}
    if sum(len(part.content) for part in parts.values() if part.is_text) > MAX_TEXT:
        raise DocumentTooLarge
    html_before = 0
    for leaf, part in parts.items():
        if not part.is_text:
            continue
        text = _text_of(leaf, part.content)
        if part.is_body and has_copies:
            text = without_fields(leaf, text)
        blank = is_blank(text) if part.is_html and html_before < LOOKED_INTO else not text.strip()
        html_before += len(text) if part.is_html else 0
        parts[leaf] = replace(part, text=text, is_blank=part.is_body and blank)
    return parts


def _part_of(leaf: Message) -> Part:
    name, content, stated = file_name(leaf), _content_of(leaf), leaf.get_content_type()
    is_attached = leaf.get_content_disposition() == "attachment"
    is_picture = leaf.get_content_maintype() == "image" and not is_attached
    return Part(
        name=name,
        media_type=media_type_of(stated, name=name, content=content),
        content=content,
        content_id=_content_id(leaf) if is_picture else "",
        is_body=stated in BODY_TYPES and not name and not is_attached,
        is_wording=leaf.get_content_maintype() == "text" and not is_attached,
    )


def _content_id(leaf: Message) -> str:
    return str(leaf.get("Content-ID", "")).strip().removeprefix("<").removesuffix(">")


def _content_of(leaf: Message) -> bytes:
    """An unknown transfer encoding is left as it came."""
    try:
        payload = leaf.get_payload(decode=True)
    except ValueError as error:  # uuencode, in Pythons before its own decoder; all else is read as it can be
        raise NotAMail from error
    # An enclosed mail has none: it is no document that could be drawn.
    return payload if isinstance(payload, bytes) else b""


def _text_of(leaf: Message, content: bytes) -> str:
    """By its charset, or by a guess, with ``\\n`` line ends and whole paragraphs."""
    text = decode(content, parameter(leaf, "Content-Type", "charset"))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if leaf.get_content_type() != "text/plain":
        return text
    flowed, delsp = (parameter(leaf, "Content-Type", name).lower() for name in ("format", "delsp"))
    return unwrapped(text, delsp=delsp == "yes") if flowed == "flowed" else text


def _chosen(entity: Message, read: Mapping[Message, Part]) -> Iterator[Part]:
    """Of the parts that were read those that count, in order."""
    if _is_leaf(entity):
        if entity in read:
            yield read[entity]
        return
    children = [list(_chosen(child, read)) for child in _children(entity)]
    if entity.get_content_type() == "multipart/alternative":
        yield from _of_alternatives(children)
        return
    related = entity.get_content_type() == "multipart/related"
    for number, parts in enumerate(children):
        yield from (replace(part, in_related=True) for part in parts) if related and number else parts


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
            yield from (part for part in parts if not part.is_wording)


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
