"""Plain text on A4: a grid of half-width and full-width characters, wrapped with kinsoku."""

from __future__ import annotations

import codecs
import html
import io
import re
import unicodedata
from itertools import chain

import plutoprint

from faxsend.rendering import fonts, wrapping
from faxsend.rendering.pages import MAX_PAGES, PageFormat, Sheets
from notifications.refusals import NothingToFax, TooManyPages

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 42.0
"""A4 and its margins in points."""
LINE_HEIGHT = 1.4
HALF_WIDTH = re.compile("[ -~\u00a0-\u00ff]+")
CHARSETS = [codecs.lookup(name) for name in ("utf-8-sig", "cp932")]
"""Looked up at import: later the child cannot reach the library any more."""
STYLE = """
body {{ margin: 0; font-size: {size}pt; line-height: {leading} }}
div {{ white-space: pre-wrap; overflow-wrap: break-word; break-before: page }}
span {{ font-feature-settings: "hwid" }}
div:first-child {{ break-before: auto }}
"""

plutoprint.plutobook_set_fontconfig_path(fonts.DIRECTORY)


class NothingFetched(plutoprint.ResourceFetcher):
    """A text refers to nothing: whatever is asked for does not exist."""

    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        raise LookupError(url)


def to_pdf(content: bytes, page_format: PageFormat) -> Sheets:
    """Draw a text. A form feed starts a page; pages with nothing on them are left out.

    Raises ``NothingToFax`` for a blank text, ``TooManyPages``.
    """
    sections = laid_out(decoded(content), page_format.font_size)
    if not sections:
        raise NothingToFax
    book = plutoprint.Book(plutoprint.PageSize(WIDTH, HEIGHT), plutoprint.PageMargins(*[MARGIN] * 4))
    book.custom_resource_fetcher = NothingFetched()
    style = STYLE.format(size=page_format.font_size, leading=LINE_HEIGHT)
    body = "".join(f"<div>{marked_up(section)}</div>" for section in sections)
    book.load_html(f'<html lang="ja"><head><style>{style}</style></head><body>{body}</body></html>')
    pdf = io.BytesIO()
    if book.get_page_count() > MAX_PAGES:
        raise TooManyPages
    book.write_to_pdf_stream(pdf)
    return Sheets(pdf.getvalue(), book.get_page_count())


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
    """Text documents are UTF-8; a file of unknown type may be Shift_JIS."""
    for charset in CHARSETS:
        try:
            return charset.decode(content)[0]
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


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
