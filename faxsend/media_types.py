"""What a file in a mail is: by its media type, or by its content and name where that says nothing. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

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


def media_type_of(stated: str, *, name: str, content: bytes) -> str:
    """The stated one (in lower case, without parameters) in its usual spelling, unless that says nothing."""
    stated = ALIASES.get(stated, stated)
    if stated not in UNSAID:
        return stated
    for signature, media_type in SIGNATURES.items():
        if content.startswith(signature):
            return media_type
    return ENDINGS.get(PurePosixPath(name).suffix.lower(), stated)
