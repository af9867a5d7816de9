"""The line on top of each page, drawn when a fax is called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faxsend.rendering import Resolution, header_line, tiff
from faxsend.rendering.header_line import band, room_made, with_header
from tests.faxsend.rendering.drawn import cut, likeness, read, text, written_by_font
from tests.faxsend.rendering.drawn import pages as drawn_pages

Black = NDArray[np.bool_]
MIDDLE = 864
RESOLUTIONS = list(Resolution)


def sheet(resolution: Resolution = Resolution.FINE, *, white: int = 200) -> Black:
    page = np.zeros((resolution.height, 1728), dtype=np.bool_)
    page[white:] = np.random.default_rng(1).random((resolution.height - white, 1728)) < 0.02
    page[white] = True
    return page


def headed(pages: Sequence[Black], words: str, resolution: Resolution = Resolution.FINE) -> list[Black]:
    return list(tiff.pages(with_header(tiff.write(pages, resolution), words)))


def band_rows(resolution: Resolution) -> int:
    return len(band("", "", resolution))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("words", ["注文書", "納品書", "LANDSCAPE"])
def test_the_text_can_be_read(words: str, resolution: Resolution) -> None:
    (page,) = headed([sheet(resolution)], words, resolution)
    assert read(page[: band_rows(resolution), :MIDDLE]) == words


def digit_on(seen: Black) -> str:
    like = {digit: likeness(seen, written_by_font(digit)) for digit in "0123456789"}
    return max(like, key=lambda digit: like[digit])


def characters(line: Black) -> list[Black]:
    """The line cut at its empty columns."""
    columns = np.flatnonzero(line.any(axis=0))
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return [line[:, group[0] : group[-1] + 1] for group in groups]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("digit", "0123456789")
def test_every_digit_is_told_from_all_others(digit: str, resolution: Resolution) -> None:
    assert digit_on(band(digit, "", resolution)) == digit


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_all_below_the_line_stays_bit_for_bit(resolution: Resolution) -> None:
    pages, rows = [sheet(resolution), sheet(resolution, white=300)], band_rows(resolution)
    for before, after in zip(pages, headed(pages, "注文書", resolution), strict=True):
        assert np.array_equal(before[rows:], after[rows:])
        assert after[:rows].any()


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_as_many_pages_come_back_each_with_its_number_at_the_right(resolution: Resolution) -> None:
    after = headed([sheet(resolution)] * 9, "", resolution)
    rows = band_rows(resolution)
    assert not any(page[:rows, :MIDDLE].any() for page in after)
    seen = [characters(page[:rows]) for page in after]
    assert [len(each) for each in seen] == [len("P.1/9")] * 9
    assert [digit_on(each[2]) + digit_on(each[4]) for each in seen] == [
        f"{number}9" for number in range(1, 10)
    ]


def test_it_stands_between_the_margins() -> None:
    (page,) = headed([sheet()], "注文書")
    columns = np.flatnonzero(page[: band_rows(Resolution.FINE)].any(axis=0))
    assert 80 <= columns[0] <= 90
    assert 1728 - 90 <= columns[-1] <= 1728 - 80


def test_a_page_of_a_text_has_room_for_it() -> None:
    (page,) = drawn_pages(text("見積書\n" * 40))
    assert np.array_equal(room_made(page, band_rows(Resolution.FINE)), page)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_a_text_that_is_too_long_is_cut_before_the_page_number(resolution: Resolution) -> None:
    (page,) = headed([sheet(resolution)], "長い名前の会社" * 40, resolution)
    line = page[: band_rows(resolution)]
    gap = line[:, 1728 - 82 - 90 : 1728 - 82 - 75]
    assert not gap.any()
    (short,) = headed([sheet(resolution)], "", resolution)
    assert np.array_equal(line[:, 1728 - 170 :], short[: len(line), 1728 - 170 :])


def test_what_is_cut_says_so() -> None:
    wide = header_line._width("長い名前")
    assert header_line._cut("長い名前", wide) == "長い名前"
    assert header_line._cut("長い名前の会社", wide) == "長い名…"
    assert header_line._cut("長い名前", 1) == "…"


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("white", [0, 1, 10])
def test_nothing_of_a_page_without_a_margin_is_covered(white: int, resolution: Resolution) -> None:
    page = sheet(resolution, white=white)
    (after,) = headed([page], "注文書", resolution)
    rows = band_rows(resolution)
    assert read(after[:rows, :MIDDLE]) == "注文書"
    assert after.shape == page.shape
    assert after[rows].all()
    lost = page[white:].sum() - after[rows:].sum()
    # Dots that came to lie on one another; each is still there.
    assert 0 <= lost < 0.01 * page.sum()


@given(st.integers(0, 60), st.integers(1, 30), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_room_is_made_without_losing_ink(white: int, rows: int, seed: int) -> None:
    page = np.zeros((200, 1728), dtype=np.bool_)
    # Each row has a column of its own, so that one which is lost is missed.
    page[white + np.arange(200 - white), np.arange(200 - white)] = (
        np.random.default_rng(seed).random(200 - white) < 0.9
    )

    made = room_made(page, rows)

    assert made.shape == page.shape
    assert not made[:rows].any()
    assert np.array_equal(made.any(axis=0), page.any(axis=0))


def test_lines_of_text_move_down_as_they_are() -> None:
    page = np.zeros((2280, 1728), dtype=np.bool_)
    line = cut(written_by_font("注文書"))[:40, :300]
    for row in range(0, 2200, 60):
        page[row : row + len(line), 100 : 100 + line.shape[1]] = line

    made = room_made(page, 35)

    inked = made.any(axis=1).astype(np.int8)
    starts = np.flatnonzero(np.diff(inked) == 1) + 1
    assert len(starts) == len(range(0, 2200, 60))
    assert all(np.array_equal(made[row : row + len(line), 100 : 100 + line.shape[1]], line) for row in starts)


def test_of_three_rows_that_become_one_all_have_their_ink() -> None:
    page = np.zeros((5, 1728), dtype=np.bool_)
    page[0, 100:200] = page[1, :1] = page[2, :2] = page[3, :3] = page[4, 500:600] = True

    made = room_made(page, 2)

    assert np.array_equal(made, np.vstack([np.zeros((2, 1728), dtype=np.bool_), page[[0, 3, 4]]]))


def test_a_picture_over_the_whole_page_gets_no_stripes() -> None:
    page = np.random.default_rng(1).random((2280, 1728)) < 0.4

    made = room_made(page, 35)[35:]

    assert made.sum(axis=1).max() <= page.sum(axis=1).max()
    assert made.mean() == pytest.approx(page.mean(), rel=0.01)


def test_rows_that_are_alike_become_one_however_much_ink_they_have() -> None:
    page = np.random.default_rng(1).random((40, 1728)) < 0.2
    page[20:22] = True

    assert np.array_equal(room_made(page, 1)[1:], np.delete(page, 21, axis=0))


def test_a_page_that_is_too_short_is_no_page_of_ours() -> None:
    with pytest.raises(ValueError):
        headed([np.ones((20, 1728), dtype=np.bool_)], "注文書")


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_is_drawn(words: str) -> None:
    page = np.zeros((100, 1728), dtype=np.bool_)
    (after,) = headed([page], words)
    assert not after[band_rows(Resolution.FINE) :].any()
