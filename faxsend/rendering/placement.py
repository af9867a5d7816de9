"""Where a page lies on the fax page. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from faxsend.rendering.pages import PIXELS_PER_INCH, WIDTH, Resolution


@dataclass(frozen=True, slots=True)
class Placement:
    """In pixels, from the top; ``quarters``: clockwise turns of 90 degrees."""

    left: int
    width: int
    height: int
    quarters: int


def placed(width: float, height: float, resolution: Resolution) -> Placement:
    """Place a page of so many points at its own size, made smaller or turned only if it must be."""
    quarters = int(width > height and width > WIDTH * 72 / PIXELS_PER_INCH)
    if quarters:
        width, height = height, width
    columns, rows = width * PIXELS_PER_INCH / 72, height * resolution.lines_per_inch / 72
    scale = min(1.0, WIDTH / columns, resolution.height / rows)
    columns, rows = max(1, round(columns * scale)), max(1, round(rows * scale))
    return Placement((WIDTH - columns) // 2, columns, rows, quarters)
