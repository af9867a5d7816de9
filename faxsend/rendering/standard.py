"""Pages drawn in fine resolution, for a receiver that takes standard alone: two rows become one (docs/adr/0019).

The documents are not kept, so the pages cannot be drawn anew. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from faxsend.rendering import tiff
from faxsend.rendering.bilevel import diffused
from faxsend.rendering.pages import WIDTH, Resolution

BLOCK = 32
"""Rows and columns of the fine page that are judged together."""
DOTTED = 0.06
"""A block of which so many pixels stand alone in their row is part of a picture: strokes are wider than a pixel."""

Black = NDArray[np.bool_]


def in_standard(pages: bytes) -> bytes:
    """The pages (TIFF class F) with 98 rows an inch; as they are if they have that already.

    Raises ``ValueError`` for a file that is not ours.
    """
    if tiff.resolution(pages) is Resolution.STANDARD:
        return pages
    return tiff.write((halved(page) for page in tiff.pages(pages)), Resolution.STANDARD)


def halved(page: Black) -> Black:
    """A page of shape (rows, 1728), true is black, with half as many rows (rounded up)."""
    page = np.vstack([page, np.zeros((len(page) % 2, WIDTH), dtype=np.bool_)])
    pictures = _dotted(page)
    strokes = _strokes(page)
    return np.where(pictures, _dots(page), strokes) if pictures.any() else strokes


def _strokes(page: Black) -> Black:
    """What is black in one of two rows is black, unless that would close a gap: then the stroke is there anyhow."""
    upper, lower = page[0::2], page[1::2]
    above, below = np.zeros_like(lower), np.zeros_like(upper)
    above[1:], below[:-1] = lower[:-1], upper[1:]
    black: Black = (upper | lower) & ~((upper ^ lower) & above & below)
    return black


def _dots(page: Black) -> Black:
    """Spread anew, so that a grey stays about the grey it was: taken from the dots around, of which one says little."""
    dots = Image.fromarray(np.where(page, 0, 255).astype(np.uint8))
    halved = dots.resize((WIDTH, len(page) // 2), Image.Resampling.BOX)
    return diffused(np.asarray(halved.filter(ImageFilter.BoxBlur(1))))


def _dotted(page: Black) -> Black:
    """Where on the page of half as many rows pictures are."""
    alone = np.zeros_like(page)
    alone[:, 1:-1] = (page[:, 1:-1] != page[:, :-2]) & (page[:, 1:-1] != page[:, 2:])
    blocks = -(-len(page) // BLOCK)
    padded = np.vstack([alone, np.zeros((blocks * BLOCK - len(page), WIDTH), dtype=np.bool_)])
    share = padded.reshape(blocks, BLOCK, WIDTH // BLOCK, BLOCK).mean(axis=(1, 3))
    dotted: Black = np.repeat(np.repeat(share > DOTTED, BLOCK // 2, axis=0), BLOCK, axis=1)
    return dotted[: len(page) // 2]
