"""Reading an opened mail: who wrote it, its subject, its text and the documents it carries.

Pure: bytes in, frozen dataclasses out. What a client got wrong (charset labels, raw 8-bit headers) is
read as well as it can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from faxsend import html_text
from faxsend.headers import address, addressees, header
from faxsend.legacy_display import has_protected_fields
from faxsend.mime_tree import parse
from faxsend.parts import Part, parts_of
from notifications.refusals import NotAMail

MAX_PARTS = 200
_CID = re.compile(r"cid:([^\s\"'<>()]++)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Related:
    """A picture that HTML shows by its Content-ID (RFC 2392): ``content_id`` without brackets."""

    content_id: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to draw: an attachment, or (a piece of) the body of the mail.

    ``media_type``: what it is, in lower case without parameters; text documents are UTF-8.
    """

    name: str
    media_type: str
    content: bytes
    related: tuple[Related, ...] = ()
    is_body: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """``from_`` and ``reply_to`` are bare addresses or empty; ``text`` has ``\\n`` line ends.

    ``text`` is the body where commands are read: its plain text, or where there is none the beginning of what its
    HTML says. ``documents`` are the attachments. ``body`` is what is drawn of it: HTML if there is some, else the
    text; in pieces where programs go on writing behind an attachment, none of them blank. ``addressees``: the bare
    addresses in To and Cc, case folded.
    """

    from_: str
    reply_to: str
    subject: str
    message_id: str
    text: str
    documents: tuple[Document, ...]
    body: tuple[Document, ...] = ()
    addressees: frozenset[str] = frozenset()


def read_mail(message: bytes, *, was_protected: bool = False) -> Mail:
    """Parse an opened mail (RFC 5322, MIME RFC 2045 to 2049).

    ``was_protected``: it was inside a signature or an encryption, so it may say that its text begins with a copy of
    its header fields, which is left out (RFC 9788).
    Raises ``NotAMail`` if it has no From address, if a multipart or a transfer encoding cannot be taken
    apart, or if its MIME tree is deeper or wider than a real mail's; ``DocumentTooLarge`` if its texts are longer
    than any fax.
    """
    parsed = parse(message)
    from_ = address(parsed, "From")
    if not from_:
        raise NotAMail
    parts = list(parts_of(parsed, has_copies=was_protected and has_protected_fields(parsed)))
    if len(parts) > MAX_PARTS:
        raise NotAMail
    bodies = [part for part in parts if part.is_body and not (part.is_html and part.is_blank)]
    shown = {content_id for body in bodies if body.is_html for content_id in _shown(body)}
    return Mail(
        from_=from_,
        reply_to=address(parsed, "Reply-To"),
        subject=header(parsed, "Subject"),
        message_id=header(parsed, "Message-ID").strip(),
        text="\n".join(_wordings(bodies)),
        documents=tuple(_document(part) for part in parts if _is_document(part, shown)),
        body=tuple(_drawn(bodies, [part for part in parts if part.content_id in shown])),
        addressees=addressees(parsed),
    )


def _wordings(bodies: Iterable[Part]) -> Iterable[str]:
    """What the bodies say in plain text. HTML behind a million characters of it says nothing here."""
    html_before = 0
    for body in bodies:
        if body.wordings is not None:
            yield from (wording.text for wording in body.wordings)
        elif not body.is_html:
            yield body.text
        elif html_before < html_text.LOOKED_INTO:
            yield html_text.text_of(body.text)
            html_before += len(body.text)


def _is_document(part: Part, shown: set[str]) -> bool:
    """A picture that HTML shows is none, nor one beside it that nobody refers to.

    Anything else beside the pictures is: some programs put their attachments there.
    """
    return not part.is_body and not (part.content_id and (part.in_related or part.content_id in shown))


def _shown(html: Part) -> Iterable[str]:
    """The Content-IDs that its source refers to."""
    return (unquote(unescape(found)) for found in _CID.findall(html.text))


def _drawn(bodies: Sequence[Part], pictures: Sequence[Part]) -> Iterable[Document]:
    """HTML as it is with its pictures, and texts that follow each other as one."""
    texts: list[str] = []
    for body in bodies:
        if not body.is_html:
            texts.append(body.text)
            continue
        yield from _text_document(texts)
        texts = []
        shown = set(_shown(body))
        related = tuple(_related(picture) for picture in pictures if picture.content_id in shown)
        yield Document("", "text/html", body.text.encode(), related, is_body=True)
    yield from _text_document(texts)


def _text_document(texts: Sequence[str]) -> Iterable[Document]:
    text = "\n".join(texts)
    if text.strip():
        yield Document("", "text/plain", text.encode(), is_body=True)


def _related(picture: Part) -> Related:
    return Related(picture.content_id, picture.media_type, picture.content)


def _document(part: Part) -> Document:
    return Document(part.name, part.media_type, part.text.encode() if part.is_text else part.content)
