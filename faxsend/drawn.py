"""What of a mail is drawn on paper, and that its password is not."""

from __future__ import annotations

import re
from html import unescape

from faxsend.commands import Instructions
from faxsend.mail import Document
from notifications.refusals import NothingToFax, PasswordWouldBeDrawn

_TAG = re.compile(r"<[^<>]*+>")
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]+")


def documents_of(attached: tuple[Document, ...], instructions: Instructions) -> tuple[Document, ...]:
    """The attachments if there are any, else the text without its command lines (user guide).

    Raises ``NothingToFax``, and ``PasswordWouldBeDrawn`` if the password line of the mail stands in them again
    or in the subject, which the history keeps, or in the page header.
    """
    documents = attached
    if not attached:
        if not instructions.text.strip():
            raise NothingToFax
        documents = (Document(name="", media_type="text/plain", content=instructions.text.encode()),)
    if instructions.password is not None:
        line = f"!#{instructions.password}"
        written = (instructions.subject, instructions.options.page_header or "")
        if any(line in text for text in written) or any(_shows(document, line) for document in documents):
            raise PasswordWouldBeDrawn
    return documents


def _shows(document: Document, line: str) -> bool:
    """Whether ``line``, which has no blanks, can be read in the document as it stands or as HTML draws it."""
    if line.encode() in document.content:
        return True
    if document.media_type != "text/html":
        return False
    text = _TAG.sub("", document.content.decode("utf-8", "replace"))
    return _UNSEEN.sub("", line) in _UNSEEN.sub("", unescape(text))
