"""A white top is exchanged in the coded page, and the rest is not touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faxsend.rendering import t6, tiff

Black = NDArray[np.bool_]
SEEDS = st.integers(0, 999)
ROWS = st.integers(0, 40)


def sheet(white: int, rows: int, seed: int) -> Black:
    """Rows of dots below white ones; the first that is not white has a dot for certain."""
    page = np.zeros((white + rows, 1728), dtype=np.bool_)
    page[white:] = np.random.default_rng(seed).random((rows, 1728)) < seed / 2000
    page[white : white + 1, seed] = True
    return page


def top(rows: int, seed: int) -> Black:
    black = np.random.default_rng(seed).random((rows, 1728)) < 0.2
    black[-1] = False
    return black


@given(ROWS, st.integers(1, 40), SEEDS)
@settings(max_examples=50, deadline=None)
def test_white_rows_are_counted_in_the_code(white: int, rows: int, seed: int) -> None:
    assert t6.white_rows(tiff.encode(sheet(white, rows, seed))) == white


def test_a_blank_page_is_white_to_its_end() -> None:
    assert t6.white_rows(tiff.encode(sheet(50, 0, 0))) == 50


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 40), SEEDS)
@settings(max_examples=50, deadline=None)
def test_only_the_white_top_is_exchanged(below: int, height: int, rows: int, seed: int) -> None:
    page, band = sheet(height + below, rows, seed), top(height, seed)

    joined = t6.with_top(tiff.encode(page), band)

    assert joined.rows == len(page)
    assert np.array_equal(tiff.decode(joined), np.vstack([band, page[height:]]))


def test_the_code_ends_as_the_coder_ends_it() -> None:
    joined = t6.with_top(tiff.encode(sheet(30, 9, 5)), top(10, 1))
    assert joined == tiff.encode(tiff.decode(joined))


def test_ink_is_never_covered() -> None:
    with pytest.raises(ValueError, match="has ink"):
        t6.with_top(tiff.encode(sheet(9, 5, 1)), top(10, 1))


def test_a_top_must_end_in_white_because_the_next_row_is_coded_against_it() -> None:
    with pytest.raises(ValueError, match="must be white"):
        t6.with_top(tiff.encode(sheet(20, 5, 1)), ~top(10, 1))


@given(st.integers(1, 20), st.integers(0, 40), SEEDS, st.data())
@settings(max_examples=50, deadline=None)
def test_a_page_that_was_cut_off_is_not_whole(white: int, rows: int, seed: int, data: st.DataObject) -> None:
    page = tiff.encode(sheet(white, rows, seed))
    joined = t6.with_top(page, top(white, seed))
    left = data.draw(st.integers(1, len(page.data) - 1))

    assert t6.is_whole(page) and t6.is_whole(joined)
    assert not t6.is_whole(tiff.Strip(page.rows, page.data[:left]))
    assert not t6.is_whole(tiff.Strip(page.rows, bytes(left)))
