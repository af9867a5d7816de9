"""Grey to black and white: what must stay readable."""

from __future__ import annotations

import numpy as np
import pytest

from faxsend.rendering.bilevel import Box, bilevel, closing, diffused, drawn, inked, levelled

STROKES = np.s_[40:60, 40:160:10]


def sheet(paper: int, ink: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A field of one grey with thin upright strokes of another."""
    grey = np.full((100, 200), paper, dtype=np.uint8)
    grey[STROKES] = ink
    return grey


@pytest.mark.parametrize(
    "paper,ink", [(255, 0), (255, 76), (255, 150), (255, 190), (230, 120), (200, 0), (170, 60), (130, 0)]
)
def test_darker_strokes_are_black_on_white(paper: int, ink: int) -> None:
    black = drawn(sheet(paper, ink))
    assert black[STROKES].all()
    assert black.sum() == black[STROKES].size


@pytest.mark.parametrize("paper,ink", [(0, 255), (60, 255), (90, 200)])
def test_light_strokes_on_dark_stay_white_on_black(paper: int, ink: int) -> None:
    black = drawn(sheet(paper, ink))
    assert not black[STROKES].any()
    assert (~black).sum() == black[STROKES].size


def test_a_shaded_area_becomes_white_with_an_outline() -> None:
    grey = np.full((200, 200), 255, dtype=np.uint8)
    grey[50:150, 50:150] = 160
    black = drawn(grey)
    assert black[50, 50:150].all()
    assert not black[60:140, 60:140].any()
    assert not black[:50].any()


@pytest.mark.parametrize("rows", [(0, 1), (0, 100), (40, 41), (35, 70), (99, 100)])
@pytest.mark.parametrize("columns", [(0, 1), (0, 200), (80, 81), (60, 150), (199, 200)])
def test_white_around_what_is_drawn_changes_nothing(rows: tuple[int, int], columns: tuple[int, int]) -> None:
    grey = np.full((100, 200), 255, dtype=np.uint8)
    place = np.s_[slice(*rows), slice(*columns)]
    grey[place] = np.random.default_rng(1).integers(0, 256, grey[place].shape)
    assert (drawn(grey) == inked(grey)).all()


def test_a_white_page_has_no_ink() -> None:
    assert not drawn(np.full((100, 200), 255, dtype=np.uint8)).any()


def test_closing_removes_strokes_and_keeps_edges() -> None:
    grey = sheet(255, 0)
    assert (closing(grey, 31) == 255).all()
    grey[:, 150:] = 90
    assert (closing(grey, 31)[:, 150:] == 90).all()


@pytest.mark.parametrize("level", [64, 128, 192])
def test_diffusion_keeps_the_average_grey(level: int) -> None:
    assert diffused(np.full((200, 200), level, dtype=np.uint8)).mean() == pytest.approx(
        1 - level / 255, abs=0.02
    )


def test_uneven_paper_of_a_scan_becomes_white() -> None:
    paper = np.tile(np.linspace(235, 150, 600), (400, 1)).astype(np.uint8)
    paper[100:110, ::20] = 40
    level = levelled(paper)
    assert level[200:].min() == 255
    assert level[100:110, ::20].max() < 40


def test_a_scan_over_most_of_the_page_is_levelled_as_a_whole() -> None:
    grey = np.full((300, 300), 170, dtype=np.uint8)
    assert not bilevel(grey, [Box(0, 0, 300, 150), Box(0, 150, 300, 300)]).any()


def test_a_picture_is_diffused_only_in_its_place() -> None:
    grey = np.full((300, 300), 255, dtype=np.uint8)
    grey[:100, :100] = 128
    black = bilevel(grey, [Box(0, 0, 100, 100)])
    assert black[:100, :100].mean() == pytest.approx(0.5, abs=0.02)
    assert not black[100:].any()


def test_a_picture_beside_the_page_changes_nothing() -> None:
    grey = np.full((50, 50), 255, dtype=np.uint8)
    assert not bilevel(grey, [Box(60, 60, 90, 90)]).any()
