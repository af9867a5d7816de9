"""The line on top of each page of a fax, drawn when it is called: the stored pages are without it (docs/adr/0016).

Runs in the process that calls. Nothing of a stranger is parsed: the pages and the font are our own, the text
only chooses glyphs, and is cut before it is drawn.
"""

from __future__ import annotations

from bisect import bisect
from functools import cache
from importlib.resources import as_file

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from faxsend.rendering import fonts, t6, tiff
from faxsend.rendering.pages import PIXELS_PER_INCH, WIDTH, Resolution

POINTS = 10
"""In standard resolution Japanese can be read from 9 points."""
BAND_INCHES = 0.18
"""Height of the band that the line stands in: 4.6 mm, of which the page keeps nothing."""
BASELINE_INCHES, SIDE_INCHES, GAP_INCHES = 0.145, 0.4, 0.2
FINER = 3
"""The line is drawn so many times larger, and made smaller to the pixels of a fax, which are not square."""
INK = 0.45
"""Black is a pixel that is covered so far: thin strokes stay."""
DOTS = WIDTH // 10
"""So many pixels differ between two rows of a picture only; both on one another would be a dark stripe."""
MOST_CHARACTERS = 300
"""More than the line can hold."""
CUT_OFF = "…"

Black = NDArray[np.bool_]


def with_header(pages: bytes, text: str) -> bytes:
    """The pages (TIFF class F), each with ``text`` on top at the left and ``P.1/3`` at the right.

    As many pages of as many rows come back. A text that is too long ends in ``…``. Where the top of a page is
    white, all below the line stays bit for bit; where it is not, the page is moved down (see ``room_made``).
    Raises ``ValueError`` for a file that is not ours.
    """
    resolution = tiff.resolution(pages)
    strips = tiff.read(pages)
    numbers = [f"P.{number}/{len(strips)}" for number in range(1, len(strips) + 1)]
    text = _cut(text[:MOST_CHARACTERS], _line_width() - _width(numbers[-1]) - _pixels(GAP_INCHES))
    topped = [
        _topped(strip, band(text, number, resolution)) for strip, number in zip(strips, numbers, strict=True)
    ]
    return tiff.assemble(topped, resolution)


def band(left: str, right: str, resolution: Resolution) -> Black:
    """One line of text as pixels of shape (rows, 1728), true is black; the last row is white."""
    image = Image.new("L", (WIDTH * FINER, _pixels(BAND_INCHES)))
    drawing = ImageDraw.Draw(image)
    baseline, side = _pixels(BASELINE_INCHES), _pixels(SIDE_INCHES)
    for column, text in [(side, left), (side + _line_width() - _width(right), right)]:
        drawing.text((column, baseline), text, fill=255, font=_font(), anchor="ls")
    size = (WIDTH, round(BAND_INCHES * resolution.lines_per_inch))
    black: Black = np.asarray(image.resize(size, Image.Resampling.BOX)) > 255 * INK
    black[-1] = False
    return black


def room_made(page: Black, rows: int) -> Black:
    """The page moved down, so that its first ``rows`` rows are white; it keeps its height.

    It is taken as as many parts as there are rows to be gained. In each the row that is most like the one above
    becomes one with it: between two lines of text nothing is seen of that, and no stroke is lost. In pictures made
    of dots it is left out. Raises ``ValueError`` for a page that has fewer rows than that takes.
    """
    inked = page.any(axis=1)
    white = int(inked.argmax()) if inked.any() else len(page)
    missing = rows - white
    if missing <= 0:
        return page
    content = page[white:].copy()
    # Of rows that are equally alike the one with the least ink: between two lines there is none.
    unlike = (content[1:] != content[:-1]).sum(axis=1)
    cost = WIDTH * unlike + content[1:].sum(axis=1)
    joined = [int(part[cost[part].argmin()]) for part in np.array_split(np.arange(len(cost)), missing)]
    # From below, so that of three rows that become one none is lost.
    for row in reversed(joined):
        if unlike[row] < DOTS:
            content[row] |= content[row + 1]
    kept = np.delete(content, [row + 1 for row in joined], axis=0)
    return np.vstack([np.zeros((rows, WIDTH), dtype=np.bool_), kept])


def _topped(page: tiff.Strip, top: Black) -> tiff.Strip:
    if t6.white_rows(page) < len(top):
        page = tiff.encode(room_made(tiff.decode(page), len(top)))
    return t6.with_top(page, top)


def _cut(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits into so many pixels with a ``…`` behind it."""
    if _width(text) <= width:
        return text
    fitting = bisect(range(len(text)), width, key=lambda length: _width(text[:length] + CUT_OFF))
    return text[: max(0, fitting - 1)].rstrip() + CUT_OFF


def _width(text: str) -> int:
    return round(_font().getlength(text))


def _line_width() -> int:
    return WIDTH * FINER - 2 * _pixels(SIDE_INCHES)


def _pixels(inches: float) -> int:
    return round(inches * PIXELS_PER_INCH * FINER)


@cache
def _font() -> ImageFont.FreeTypeFont:
    """Without the engine for complex scripts, which a text could make work hard."""
    with as_file(fonts.FONT) as path:
        return ImageFont.truetype(path, _pixels(POINTS / 72), layout_engine=ImageFont.Layout.BASIC)
