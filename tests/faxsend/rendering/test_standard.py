"""Fine pages for receivers that take standard alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from faxsend.rendering import Resolution, tiff
from faxsend.rendering.bilevel import diffused
from faxsend.rendering.standard import halved, in_standard

Black = NDArray[np.bool_]


def striped(rows: str) -> Black:
    """A page of such rows, ``#`` is black, wide strokes in its middle."""
    page = np.zeros((len(rows), 1728), dtype=np.bool_)
    for place, row in enumerate(rows):
        page[place, 200:1500] = row == "#"
    return page


def as_rows(page: Black) -> str:
    return "".join("#" if row[800] else "." for row in page)


@pytest.mark.parametrize(
    ("fine", "standard"),
    [
        ("..#.....", ".#.."),
        ("...#....", ".#.."),
        ("...##...", ".##."),
        ("###.####", "#.##"),
        ("##.#####", "#.##"),
        ("##..####", "#.##"),
        (".#.#.#.#", "####"),
        ("#", "#"),
        ("####.", "##."),
    ],
)
def test_no_stroke_is_lost_and_a_gap_between_two_stays(fine: str, standard: str) -> None:
    assert as_rows(halved(striped(fine))) == standard


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_every_black_row_is_black_within_a_row_of_where_it_was(rows: list[bool]) -> None:
    fine = "".join("#" if row else "." for row in rows)
    standard = as_rows(halved(striped(fine)))
    assert len(standard) == (len(fine) + 1) // 2
    for place, row in enumerate(fine):
        around = standard[max(0, place // 2 - 1) : place // 2 + 2]
        assert row == "." or "#" in around
    assert "#" not in standard or "#" in fine


@pytest.mark.parametrize("grey", [40, 90, 128, 170, 220])
def test_a_picture_stays_as_dark_as_it_was(grey: int) -> None:
    page = np.zeros((1000, 1728), dtype=np.bool_)
    page[160:800, 320:1280] = diffused(np.full((640, 960), grey, dtype=np.uint8))

    dark = halved(page)[80:400, 320:1280].mean()

    assert dark == pytest.approx(page[160:800, 320:1280].mean(), abs=0.03)


def test_pages_in_are_pages_out_in_standard_resolution_and_half_as_many_rows() -> None:
    pages = tiff.write([striped("#." * 1140), striped("....####" * 200)], Resolution.FINE)

    standard = in_standard(pages)

    assert tiff.resolution(standard) is Resolution.STANDARD
    assert [strip.rows for strip in tiff.read(standard)] == [1140, 800]


def test_pages_in_standard_stay_bit_for_bit() -> None:
    pages = tiff.write([striped("#." * 570)], Resolution.STANDARD)
    assert in_standard(pages) == pages


@pytest.mark.parametrize("stored", [b"", b"II*\0", b"x" * 100])
def test_a_file_that_is_not_ours_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError):
        in_standard(stored)
