"""HTML on A4: margins and letters of the text renderer, whatever paper its author thought of."""

from __future__ import annotations

from faxsend.mail import Document
from faxsend.rendering.pages import PageFormat, Sheets
from faxsend.rendering.text import decoded
from faxsend.rendering.typesetting import HEIGHT, MARGIN, WIDTH, Enclosed, laid_out, printed
from notifications.refusals import DocumentTooLarge

LARGEST_PAPER = 3
"""Times A4: on it, letters of 12 pt become 4 pt, the smallest that a fax is written in."""
A_PIXEL = 1.0
STYLE = """
@page {{ size: {width}pt {height}pt !important; margin: {margin}pt !important }}
* {{ page: auto !important }}
html {{ font-size: {size}pt }}
body {{ margin: 0 !important; overflow-wrap: break-word }}
pre {{ white-space: pre-wrap !important }}
img {{ max-width: {inside}pt !important; object-fit: contain }}
"""


def to_pdf(document: Document, page_format: PageFormat) -> Sheets:
    """Draw HTML; scripts do not run. What is wider than the paper is drawn smaller instead of being cut off.

    Raises ``BrokenDocument`` for a text that cannot be read, ``TooManyPages``, and ``DocumentTooLarge`` if it is more
    than three times too wide.
    """
    html, enclosed = decoded(document.content), Enclosed(document.related)
    book = laid_out(html, _style(page_format, 1), enclosed)
    larger = book.get_document_width() / book.get_viewport_width()
    if book.get_document_width() - book.get_viewport_width() > A_PIXEL:
        if larger > LARGEST_PAPER:
            raise DocumentTooLarge
        book = laid_out(html, _style(page_format, larger), enclosed, larger=larger)
    return printed(book)


def _style(page_format: PageFormat, larger: float) -> str:
    return STYLE.format(
        width=larger * WIDTH,
        height=larger * HEIGHT,
        margin=larger * MARGIN,
        inside=larger * (WIDTH - 2 * MARGIN),
        size=page_format.font_size,
    )
