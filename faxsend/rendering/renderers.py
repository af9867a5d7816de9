"""Which renderer draws a document."""

from __future__ import annotations

RENDERERS: dict[str, str] = {
    "application/pdf": "pdf",
    "text/html": "html",
    "text/plain": "text",
}
"""Media type to the module in this package whose ``to_pdf(document, page_format)`` draws it.

Names, not functions: the engines are loaded in the child only."""
