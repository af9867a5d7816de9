"""What of a mail is drawn on paper: which of its documents, without command lines, and never its password. Pure."""

from __future__ import annotations

from dataclasses import replace

from faxsend import html_text
from faxsend.body_commands import take_password
from faxsend.commands import Instructions, Place
from faxsend.mail import Document, Mail
from faxsend.options import BodyUse
from faxsend.password_line import password_line, says
from notifications.refusals import CommandsDiffer, NothingToFax, PasswordWouldBeDrawn

_MARK = "!*"


def documents_of(mail: Mail, instructions: Instructions, body_use: BodyUse) -> tuple[Document, ...]:
    """The attachments, or the body where there are none; with ``body_use`` also both, or the body alone (user guide).

    A mail that asks for no body and has no attachment has forgotten it: its body is not faxed in its place.
    Raises ``NothingToFax``; ``PasswordWouldBeDrawn`` if the password line of the mail stands in what is drawn, in the
    subject, which the history keeps, or in the page header; ``CommandsDiffer`` if the HTML would show destinations
    that the plain text has not named.
    """
    documents = _chosen(mail, instructions, body_use)
    if not documents:
        raise NothingToFax
    if line := password_line(instructions.password):
        written = (instructions.subject, instructions.options.page_header or "")
        if any(says(text, line) for text in written) or any(_shows(document, line) for document in documents):
            raise PasswordWouldBeDrawn
    return documents


def _chosen(mail: Mail, instructions: Instructions, body_use: BodyUse) -> tuple[Document, ...]:
    if body_use is BodyUse.BODY_AND_ATTACHMENTS:
        return _body(mail, instructions) + mail.documents
    if body_use is BodyUse.BODY_ONLY:
        return _body(mail, instructions)
    without_body = instructions.options.body_use is BodyUse.ATTACHMENTS_ONLY
    return mail.documents if mail.documents or without_body else _body(mail, instructions)


def _body(mail: Mail, instructions: Instructions) -> tuple[Document, ...]:
    """The body without its command lines, which are what the instructions have taken off the front of its text."""
    if not mail.body:
        return ()
    commands = mail.text.removesuffix(instructions.text)
    first, *others = mail.body
    source = first.content.decode()
    remaining = _without(first, source, commands)
    documents = (first if remaining is None else replace(first, content=remaining.encode()), *others)
    said = "\n".join(map(_said, documents))
    if take_password(said)[0] is not None:
        raise PasswordWouldBeDrawn
    # Where text and HTML differ, the HTML may name others: nobody would fax to these.
    differs = remaining is None or _MARK not in instructions.text
    if instructions.place is Place.BODY and differs and _MARK in said:
        raise CommandsDiffer
    return tuple(document for document in documents if not _is_blank(document))


def _without(document: Document, source: str, commands: str) -> str | None:
    """The source without these lines at its beginning; None if it begins in another way."""
    if document.media_type == "text/html":
        return html_text.without(source, commands)
    return source.removeprefix(commands) if source.startswith(commands) else None


def _said(document: Document) -> str:
    text = document.content.decode()
    return html_text.text_of(text) if document.media_type == "text/html" else text


def _is_blank(document: Document) -> bool:
    text = document.content.decode()
    return html_text.is_blank(text) if document.media_type == "text/html" else not text.strip()


def _shows(document: Document, line: str) -> bool:
    """Whether the password line stands in its source; where style sheets write, only the drawn page can say."""
    if line.encode() in document.content:
        return True
    if not document.media_type.startswith("text/"):
        return False
    source = document.content.decode("utf-8", "replace")
    return says(html_text.bare(source) if document.media_type == "text/html" else source, line)
