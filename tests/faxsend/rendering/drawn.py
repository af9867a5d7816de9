"""Rendering as the tests use it: documents made from text, pages as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from faxsend.mail import Document
from faxsend.rendering import PageFormat, Resolution, fonts, render, tiff

Black = NDArray[np.bool_]


def text(content: str, name: str = "") -> Document:
    """A text document, by default the body of a mail."""
    return Document(name, "text/plain", content.encode(), is_body=not name)


def pdf_document(content: bytes) -> Document:
    """An attached PDF."""
    return Document("order.pdf", "application/pdf", content)


def pages(*documents: Document, never: str = "", **page_format: Any) -> list[Black]:
    """Draw them; true is black."""
    return list(tiff.pages(render(documents, PageFormat(**page_format), never=never).tiff))


def page(*documents: Document, resolution: Resolution = Resolution.FINE, font_size: float = 12) -> Black:
    """Draw a single page."""
    (only,) = pages(*documents, resolution=resolution, font_size=font_size)
    return only


def cut(black: Black) -> Black:
    """Only the part with ink on it."""
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    return black[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def lines(black: Black) -> int:
    """Text lines on a page: groups of rows with ink, closer than a fifth of an inch apart."""
    rows = np.flatnonzero(black.any(axis=1))
    return 1 + int((np.diff(rows) > 10).sum())


def written_by_font(characters: str) -> Black:
    """The same characters drawn by another engine, large."""
    image = Image.new("L", (120 * len(characters), 160), 255)
    ImageDraw.Draw(image).text((5, 5), characters, fill=0, font=ImageFont.truetype(str(fonts.FONT), 100))
    return cut(np.asarray(image) < 128)


WORDS = ("注文書", "請求額", "納品書", "本本本", "PDF", "LANDSCAPE")


def read(black: Black) -> str:
    """The word on a page that has one of the words and nothing else; nothing if it is like none of them."""
    found = {word: likeness(black, written_by_font(word)) for word in WORDS}
    best, second = sorted(found.values(), reverse=True)[:2]
    return max(found, key=lambda word: found[word]) if best > 0.5 and best - second > 0.2 else ""


def likeness(one: Black, other: Black) -> float:
    """Correlation of two pictures scaled to the same size; 1 is the same."""
    small = [
        np.asarray(Image.fromarray(cut(each)).convert("L").resize((96, 32), Image.Resampling.BOX))
        for each in (one, other)
    ]
    return float(np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1])
