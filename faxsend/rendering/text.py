"""Plain text on A4: a grid of half-width and full-width characters, wrapped with kinsoku."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import chain

from faxsend.mail import Document
from faxsend.rendering import typesetting, wrapping
from faxsend.rendering.pages import MAX_PAGES, PageFormat, Sheets
from faxsend.rendering.typesetting import HEIGHT, MARGIN, WIDTH, Enclosed
from notifications.refusals import BrokenDocument, NothingToFax, TooManyPages

LINE_HEIGHT = 1.4
HALF_WIDTH = re.compile("[ -~\u00a0-\u00ff]+")
UNREADABLE = "\ufffd"
MOST_UNREADABLE = 0.05
"""Share of the characters; what has more is no text, or in a charset that nobody knows."""
TOO_SHORT_TO_TELL = 20
"""Characters."""
STYLE = """
body {{ margin: 0; font-size: {size}pt; line-height: {leading} }}
div {{ white-space: pre-wrap; overflow-wrap: break-word; break-before: page }}
span {{ font-feature-settings: "hwid" }}
div:first-child {{ break-before: auto }}
"""


def to_pdf(document: Document, page_format: PageFormat) -> Sheets:
    """Draw a text. A form feed starts a page; pages with nothing on them are left out.

    Raises ``NothingToFax`` for a blank text, ``BrokenDocument`` for one that cannot be read, ``TooManyPages``.
    """
    sections = laid_out(decoded(document.content), page_format.font_size)
    if not sections:
        raise NothingToFax
    style = STYLE.format(size=page_format.font_size, leading=LINE_HEIGHT)
    body = "".join(f"<div>{marked_up(section)}</div>" for section in sections)
    return typesetting.printed(
        typesetting.laid_out(f'<html lang="ja"><body>{body}</body></html>', style, Enclosed())
    )


def laid_out(text: str, font_size: float) -> list[str]:
    """The sections between form feeds as wrapped lines. Raises ``TooManyPages`` before it takes long."""
    columns = int((WIDTH - 2 * MARGIN) / (font_size / 2))
    lines = int((HEIGHT - 2 * MARGIN) / (font_size * LINE_HEIGHT))
    if len(text) > 2 * MAX_PAGES * lines * columns:
        raise TooManyPages
    sections = [tidy(section, columns) for section in text.split("\f")]
    if sum(-(-(section.count("\n") + 1) // lines) for section in sections if section) > MAX_PAGES:
        raise TooManyPages
    return [section for section in sections if section]


def decoded(content: bytes) -> str:
    """Text documents are UTF-8. Raises ``BrokenDocument`` for one of which too much cannot be read."""
    text = content.decode("utf-8", "replace")
    if len(text) >= TOO_SHORT_TO_TELL and text.count(UNREADABLE) > MOST_UNREADABLE * len(text):
        raise BrokenDocument
    return text


def tidy(section: str, columns: int) -> str:
    """Wrapped lines without control characters; no blank lines at the end."""
    lines = re.split(r"\r\n|[\r\n\v\x85\u2028\u2029]", section)
    wrapped = (wrapping.wrapped(wrapping.expanded(printable(line)), columns) for line in lines)
    return "\n".join(chain.from_iterable(wrapped)).rstrip()


def printable(line: str) -> str:
    """The line without control and invisible format characters, other than tabs."""
    return "".join(each for each in line if each == "\t" or unicodedata.category(each) not in {"Cc", "Cf"})


def marked_up(section: str) -> str:
    """HTML of one page; half-width glyphs only for half-width characters, the feature changes others too."""
    return HALF_WIDTH.sub(r"<span>\g<0></span>", html.escape(section, quote=False))
