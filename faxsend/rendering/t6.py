"""ITU-T T.6 coding, as far as a white margin can be exchanged without decoding what is below it.

Pure. A row is coded by where it differs from the row above, the first one from a white row. So a white row
below white is one set bit (V0), no other code begins with one, and what follows two white rows is coded alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faxsend.rendering.tiff import Strip, encode

END_OF_BLOCK = 0b000000000001_000000000001
END_OF_BLOCK_BITS = 24


def white_rows(page: Strip) -> int:
    """How many rows are white before the first one with a black pixel."""
    rest = page.data.lstrip(b"\xff")
    ones = 8 - (rest[0] ^ 0xFF).bit_length() if rest else 0
    return min(page.rows, 8 * (len(page.data) - len(rest)) + ones)


def is_whole(page: Strip) -> bool:
    """Whether its coding runs to the mark at the end: one that was cut off, or never was a page, does not."""
    end = int.from_bytes(page.data[-4:], "big")
    return any(end >> filling & ((1 << END_OF_BLOCK_BITS) - 1) == END_OF_BLOCK for filling in range(8))


def with_top(page: Strip, top: NDArray[np.bool_]) -> Strip:
    """The page with ``top`` (rows of 1728 pixels, the last one white) instead of as many white rows.

    All other rows stay bit for bit. Raises ``ValueError`` unless so many rows are white.
    """
    if white_rows(page) < len(top):
        raise ValueError("the page has ink where the top is to stand")
    if top[-1].any():
        raise ValueError("the row above what stays must be white, as it was")
    above, above_bits = _rows_of(encode(top))
    below, below_bits = _without_filling(page.data)
    below_bits -= len(top)
    below &= (1 << below_bits) - 1
    filling = -(above_bits + below_bits) % 8
    joined = (above << below_bits | below) << filling
    return Strip(page.rows, joined.to_bytes((above_bits + below_bits + filling) // 8, "big"))


def _rows_of(strip: Strip) -> tuple[int, int]:
    """The code of all rows as a number, and its length in bits, without the mark at its end."""
    code, bits = _without_filling(strip.data)
    if code & ((1 << END_OF_BLOCK_BITS) - 1) != END_OF_BLOCK:
        raise ValueError("the coding does not end as T.6 says")
    return code >> END_OF_BLOCK_BITS, bits - END_OF_BLOCK_BITS


def _without_filling(data: bytes) -> tuple[int, int]:
    """The same without the zero bits that fill the last byte."""
    code = int.from_bytes(data, "big")
    filling = (code & -code).bit_length() - 1
    return code >> filling, 8 * len(data) - filling
