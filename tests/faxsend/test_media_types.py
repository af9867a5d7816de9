"""What a file in a mail is."""

from __future__ import annotations

import pytest

from faxsend.media_types import media_type_of


@pytest.mark.parametrize(
    "name,stated,content,found",
    [
        ("a.pdf", "application/pdf", b"", "application/pdf"),
        ("a.pdf", "application/octet-stream", b"", "application/pdf"),
        ("A.PDF", "application/x-download", b"", "application/pdf"),
        ("a.bin", "application/octet-stream", b"%PDF-1.4", "application/pdf"),
        ("a", "application/x-pdf", b"", "application/pdf"),
        ("A.HTM", "application/octet-stream", b"<p>", "text/html"),
        ("a.xhtml", "application/xhtml+xml", b"<p>", "text/html"),
        ("a.txt", "application/octet-stream", b"x", "text/plain"),
        ("a.pdf", "text/plain", b"%PDF-1.4", "text/plain"),
        ("a.exe", "application/octet-stream", b"MZ", "application/octet-stream"),
        ("a.pdf", "application/zip", b"PK", "application/zip"),
    ],
)
def test_a_file_is_what_it_says_or_else_what_it_looks_like(
    name: str, stated: str, content: bytes, found: str
) -> None:
    assert media_type_of(stated, name=name, content=content) == found
