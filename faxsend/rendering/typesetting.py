"""HTML on A4 paper, with one font, and nothing fetched but what the caller hands out.

Runs only in the sandboxed child: hostile HTML takes the engine memory and time without end, or crashes it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from urllib.parse import unquote

import plutoprint

from faxsend.mail import Related
from faxsend.rendering import fonts
from faxsend.rendering.pages import MAX_PAGES, Sheets
from notifications.refusals import TooManyPages

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 42.0
"""A4 and its margins in points."""
CID = re.compile("cid:", re.IGNORECASE)

plutoprint.plutobook_set_fontconfig_path(fonts.DIRECTORY)


class Enclosed(plutoprint.ResourceFetcher):
    """Answers ``cid:`` addresses (RFC 2392) from the mail itself. Whatever else is asked for is empty.

    The engine reads ``data:`` addresses by itself.
    """

    def __init__(self, related: Sequence[Related] = ()) -> None:
        self._by_id = {each.content_id: each for each in related}

    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        scheme = CID.match(url)
        found = self._by_id.get(unquote(url[scheme.end() :])) if scheme else None
        if found is None:
            return plutoprint.ResourceData(b"", "")
        return plutoprint.ResourceData(found.content, found.media_type)


def laid_out(html: str, style: str, enclosed: Enclosed, *, larger: float = 1) -> plutoprint.Book:
    """``style`` is the reader's, not the author's. The paper is so many times ``larger`` than A4."""
    paper = plutoprint.PageSize(larger * WIDTH, larger * HEIGHT)
    book = plutoprint.Book(paper, plutoprint.PageMargins(*[larger * MARGIN] * 4))
    book.custom_resource_fetcher = enclosed
    book.load_html(html, user_style=style)
    return book


def printed(book: plutoprint.Book) -> Sheets:
    """Raises ``TooManyPages`` before they are written."""
    count = book.get_page_count()
    if count > MAX_PAGES:
        raise TooManyPages
    pdf = io.BytesIO()
    book.write_to_pdf_stream(pdf)
    return Sheets(pdf.getvalue(), count)
