"""Which renderer draws a document: by its media type, or by its content and name where that says nothing."""

from __future__ import annotations

from pathlib import PurePosixPath

from faxsend.mail import Document

RENDERERS: dict[str, str] = {
    "application/pdf": "pdf",
    "text/html": "html",
    "text/plain": "text",
}
"""Media type to the module in this package whose ``to_pdf(document, page_format)`` draws it.

Names, not functions: the engines are loaded in the child only."""

UNSAID = {
    "",
    "application/octet-stream",
    "application/x-octet-stream",
    "application/binary",
    "binary/octet-stream",
    "application/download",
    "application/x-download",
    "application/force-download",
}
"""Media types of mail programs that do not know what they send."""
ALIASES = {
    "application/x-pdf": "application/pdf",
    "application/acrobat": "application/pdf",
    "application/xhtml+xml": "text/html",
}
ENDINGS = {
    ".htm": "text/html",
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".text": "text/plain",
    ".txt": "text/plain",
}
SIGNATURES = {b"%PDF-": "application/pdf"}


def media_type_of(document: Document) -> str:
    """What the document is; its stated media type unless that says nothing."""
    stated = ALIASES.get(document.media_type, document.media_type)
    if stated not in UNSAID:
        return stated
    for signature, media_type in SIGNATURES.items():
        if document.content.startswith(signature):
            return media_type
    return ENDINGS.get(PurePosixPath(document.name).suffix.lower(), stated)
