"""Pages drawn in fine resolution, for a receiver that takes standard alone: two rows become one.

The documents are not kept, so the pages cannot be drawn anew. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faxsend.rendering import tiff
from faxsend.rendering.pages import Resolution

Black = NDArray[np.bool_]


def in_standard(pages: bytes) -> bytes:
    """The pages (TIFF class F) with 98 rows an inch; as they are if they have that already.

    Raises ``ValueError`` for a file that is not ours.
    """
    if tiff.resolution(pages) is Resolution.STANDARD:
        return pages
    return tiff.write((halved(page) for page in tiff.pages(pages)), Resolution.STANDARD)


def halved(page: Black) -> Black:
    """A page of half as many rows, true is black: what is black in one of two rows is black."""
    rows = len(page) // 2 * 2
    return page[0:rows:2] | page[1:rows:2]
