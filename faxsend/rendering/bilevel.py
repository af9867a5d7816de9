"""Grey to black and white, so that a fax can still be read.

Pure numpy. Text and drawings are cut by a threshold against their local background, which keeps thin
strokes, colours and reversed text; photographs become dots by error diffusion; scans get an even
background first. Arrays are (rows, columns), grey from 0 (black) to 255; results are true for black.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Black = NDArray[np.bool_]
Grey = NDArray[np.uint8]

CONTRAST = 0.78
"""Darker than this share of the background is ink: what the eye takes for text."""
DARK = 100
"""Darker than this is ink anywhere, as a filled area."""
STROKE = 31
"""Pixels across of the widest thing taken for a stroke on its background: 3.9 mm."""
OUTLINE = 5
SCAN_SHARE = 0.6
BLOCK = 64
LITTLE_CONTRAST = 32
SCAN_INK, SCAN_PAPER = 80, 215


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


def bilevel(grey: Grey, pictures: Sequence[Box]) -> Black:
    """Choose black for each pixel; ``pictures`` are the places of photographs and scans.

    Pictures over more than 60 % of the page are taken together as a scan.
    """
    covered = np.zeros(grey.shape, dtype=np.bool_)
    for box in pictures:
        covered[_place(box)] = True
    black = drawn(grey)
    if covered.mean() > SCAN_SHARE:
        whole = _place(_around(pictures))
        black[whole] = diffused(levelled(grey[whole]))
        return black
    for place in map(_place, pictures):
        if grey[place].size:
            black[place] = diffused(stretched(grey[place]))
    return black


def _place(box: Box) -> tuple[slice, slice]:
    return slice(box.top, box.bottom), slice(box.left, box.right)


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def drawn(grey: Grey) -> Black:
    """``inked`` of the part that is not white, which on most pages is the smaller one."""
    black = np.zeros(grey.shape, dtype=np.bool_)
    rows, columns = np.flatnonzero(grey.min(axis=1) < 255), np.flatnonzero(grey.min(axis=0) < 255)
    if rows.size:
        # One white pixel around it stands for all the white beyond: edges are taken to go on.
        part = tuple(slice(max(0, places[0] - 1), places[-1] + 2) for places in (rows, columns))
        black[part] = inked(grey[part])
    return black


def inked(grey: Grey) -> Black:
    """Text and drawings: ink is what is clearly darker than its surroundings.

    The surroundings are a morphological closing, which removes strokes and keeps the edges of fills,
    so a shaded cell turns white with its text kept. Fills keep an outline.
    """
    background = np.maximum(closing(grey, STROKE), spread(grey, OUTLINE, np.maximum))
    limit = np.maximum(CONTRAST * np.arange(256), DARK).astype(np.uint8)
    return grey < np.take(limit, background)


def closing(grey: Grey, size: int) -> Grey:
    """Fill everything darker than its surroundings and narrower than ``size`` pixels."""
    return spread(spread(grey, size, np.maximum), size, np.minimum)


def spread(grey: Grey, size: int, pick: Callable[[Grey, Grey], Grey]) -> Grey:
    """The extreme of a square of ``size`` (odd) pixels around each pixel."""
    margin = size // 2
    out = np.pad(grey, margin, mode="edge")
    span = 1
    while span < size:
        step = min(span, size - span)
        out = pick(out[:-step], out[step:])
        out = pick(out[:, :-step], out[:, step:])
        span += step
    return out


def stretched(grey: Grey) -> Grey:
    """Use the whole range from black to white, unless there is hardly any contrast to stretch."""
    below = np.cumsum(np.bincount(grey.ravel(), minlength=256)) / grey.size
    low, high = np.searchsorted(below, (0.02, 0.98))
    return ramp(grey, low, high) if high - low > LITTLE_CONTRAST else grey


def levelled(grey: Grey) -> Grey:
    """A scan on even white paper: the paper is the 90th percentile of blocks of 64 pixels."""
    rows, columns = (-(-side // BLOCK) for side in grey.shape)
    whole = np.pad(
        grey, [(0, rows * BLOCK - grey.shape[0]), (0, columns * BLOCK - grey.shape[1])], mode="symmetric"
    )
    blocks = whole.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(rows, columns, -1)
    rank = int(0.9 * BLOCK * BLOCK)
    paper = np.partition(blocks, rank, axis=2)[:, :, rank]
    # A block without paper in it, such as a photograph, keeps its own darkness.
    paper = np.maximum(paper, 128).astype(np.uint8)
    size = (columns * BLOCK, rows * BLOCK)
    smooth = np.asarray(Image.fromarray(paper).resize(size, Image.Resampling.BILINEAR))
    level = grey.astype(np.uint16) * 255 // smooth[: grey.shape[0], : grey.shape[1]]
    return ramp(np.minimum(level, 255).astype(np.uint8), SCAN_INK, SCAN_PAPER)


def ramp(grey: Grey, low: float, high: float) -> Grey:
    """Map ``low`` to black and ``high`` to white, straight between."""
    table = np.clip((np.arange(256) - low) * 255 / (high - low), 0, 255).astype(np.uint8)
    return np.take(table, grey)


def diffused(grey: Grey) -> Black:
    """Floyd-Steinberg error diffusion."""
    return ~np.asarray(Image.fromarray(grey).convert("1"))
