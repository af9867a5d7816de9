"""What a fax page is: its resolution, its size in pixels, and the pages that rendering hands out.

ITU-T T.4: a line of 215 mm has 1728 pixels (204 an inch); standard has 98 lines an inch, fine 196.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WIDTH = 1728
PIXELS_PER_INCH = 204
MAX_PAGES = 100
JOB, POSITION, PAGES = "job.json", "position", "pages.tiff"
"""Files of the job directory: what to draw, the document at work, what came out."""


class Resolution(StrEnum):
    """Vertical resolution of a fax; pixels are not square."""

    FINE = "fine"
    STANDARD = "standard"

    @property
    def lines_per_inch(self) -> int:
        """Rows of pixels an inch: 196 or 98."""
        return 196 if self is Resolution.FINE else 98

    @property
    def height(self) -> int:
        """Rows of a page, short enough for every receiver that takes A4."""
        return 2280 if self is Resolution.FINE else 1140


@dataclass(frozen=True, slots=True)
class PageFormat:
    """How the customer wants pages drawn; ``font_size`` in points, for text documents."""

    resolution: Resolution = Resolution.FINE
    font_size: float = 12.0

    def __post_init__(self) -> None:
        if not 4 <= self.font_size <= 72:
            raise ValueError(f"no fax is written in {self.font_size} pt")


@dataclass(frozen=True, slots=True)
class RenderedPages:
    """``tiff``: TIFF class F (RFC 2306 with T.6 coding), ``count`` pages of 1728 pixels a line."""

    tiff: bytes
    count: int
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Sheets:
    """A document on its way: a PDF, and how many pages it must turn out to have."""

    pdf: bytes
    count: int
