"""Plain text on A4: a grid of half-width and full-width characters, wrapped with kinsoku."""

from __future__ import annotations

import codecs
import html
import io
import math
import re
import unicodedata

import plutoprint

from faxsend.rendering import fonts
from faxsend.rendering.pages import MAX_PAGES, PageFormat, Sheets
from notifications.refusals import NothingToFax, TooManyPages

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 42.0
"""A4 and its margins in points."""
LINE_HEIGHT = 1.4
TAB = 8
CHARSETS = [codecs.lookup(name) for name in ("utf-8-sig", "iso2022_jp", "cp932")]
"""Looked up at import: later the child cannot reach the library any more."""
STYLE = """
body {{ margin: 0; font-feature-settings: "hwid"; font-size: {size}pt; line-height: {leading} }}
div {{ white-space: pre-wrap; overflow-wrap: break-word; line-break: strict; break-before: page }}
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
    sections = [tidy(section) for section in decoded(content).split("\f")]
    sections = [section for section in sections if section]
    if not sections:
        raise NothingToFax
    if not may_fit(sections, page_format.font_size):
        raise TooManyPages
    book = plutoprint.Book(plutoprint.PageSize(WIDTH, HEIGHT), plutoprint.PageMargins(*[MARGIN] * 4))
    book.custom_resource_fetcher = NothingFetched()
    style = STYLE.format(size=page_format.font_size, leading=LINE_HEIGHT)
    body = "".join(f"<div>{html.escape(section)}</div>" for section in sections)
    book.load_html(f'<html lang="ja"><head><style>{style}</style></head><body>{body}</body></html>')
    pdf = io.BytesIO()
    if book.get_page_count() > MAX_PAGES:
        raise TooManyPages
    book.write_to_pdf_stream(pdf)
    return Sheets(pdf.getvalue(), book.get_page_count())


def decoded(content: bytes) -> str:
    """Text documents are UTF-8; a file of unknown type may be in one of Japan's older charsets."""
    for charset in CHARSETS:
        try:
            return charset.decode(content)[0]
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def tidy(section: str) -> str:
    """Lines with tabs as blanks and without control characters; no blank lines at the end."""
    lines = re.split(r"\r\n|[\r\n\v\x85\u2028\u2029]", section)
    return "\n".join(expanded("".join(map(printable, line))).rstrip() for line in lines).rstrip()


def printable(character: str) -> str:
    """The character, or nothing for a control character other than a tab."""
    return "" if unicodedata.category(character) == "Cc" and character != "\t" else character


def expanded(line: str) -> str:
    """Tabs become blanks up to the next multiple of 8 half-width columns."""
    out, column = [], 0
    for character in line:
        text = " " * (TAB - column % TAB) if character == "\t" else character
        out.append(text)
        column += len(text) * (2 if unicodedata.east_asian_width(character) in "WFA" else 1)
    return "".join(out)


def may_fit(sections: list[str], font_size: float) -> bool:
    """Whether so much text can fit on 100 pages at all, seen before anything is laid out."""
    lines = math.floor((HEIGHT - 2 * MARGIN) / (font_size * LINE_HEIGHT)) + 1
    columns = math.floor((WIDTH - 2 * MARGIN) / (font_size / 4)) + 1
    needed = sum(section.count("\n") + 1 for section in sections)
    return needed <= MAX_PAGES * lines and sum(map(len, sections)) <= MAX_PAGES * lines * columns
