"""Where the pages of a document go on the fax page, and files that are cut off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.rendering import PageFormat, Resolution, pdf, text
from faxsend.rendering.placement import Placement, placed
from notifications.refusals import BrokenDocument
from tests.faxsend.rendering import pdfs
from tests.faxsend.rendering.drawn import pdf_document


@pytest.mark.parametrize("resolution,height", [(Resolution.FINE, 2280), (Resolution.STANDARD, 1140)])
def test_a4_fills_the_height_of_a_page(resolution: Resolution, height: int) -> None:
    assert placed(595.28, 841.89, resolution) == Placement(25, 1678, height, 0)


def test_a_small_page_keeps_its_size() -> None:
    assert placed(72, 72, Resolution.STANDARD) == Placement(762, 204, 98, 0)


@pytest.mark.parametrize(
    "width,height,quarters", [(842, 595, 1), (595, 842, 0), (500, 200, 0), (2000, 2000, 0)]
)
def test_a_page_is_turned_only_if_it_is_too_wide(width: float, height: float, quarters: int) -> None:
    assert placed(width, height, Resolution.FINE).quarters == quarters


@given(st.floats(18, 14_400), st.floats(18, 14_400), st.sampled_from(list(Resolution)))
def test_every_page_lies_inside_the_fax_page(width: float, height: float, resolution: Resolution) -> None:
    where = placed(width, height, resolution)
    assert 0 <= where.left <= 1728 - where.width
    assert 0 < where.width <= 1728
    assert 0 < where.height <= resolution.height


WHOLE = pdfs.pdf(*[pdfs.words("page")] * 3)


@pytest.mark.parametrize("share", range(0, 100, 4))
def test_a_pdf_cut_off_anywhere_is_broken(share: int) -> None:
    with pytest.raises(BrokenDocument):
        pdf.to_pdf(pdf_document(WHOLE[: len(WHOLE) * share // 100]), PageFormat())


def test_a_linearized_pdf_shorter_than_it_says_is_broken() -> None:
    length = len(WHOLE) + 5000
    linearized = WHOLE.replace(b"%PDF-1.7\n", b"%%PDF-1.7\n%% << /Linearized 1 /L %d >>\n" % length)
    with pytest.raises(BrokenDocument):
        pdf.to_pdf(pdf_document(linearized), PageFormat())


def test_a_pdf_with_lines_before_and_after_it_is_read() -> None:
    assert pdf.to_pdf(pdf_document(b"\n\n" + WHOLE + b"\r\n" * 20), PageFormat()).count == 3


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (b"x" * 18 + b"\xff" * 1, True),
        (b"x" * 3 + b"\xff" * 16, True),
        (b"x" * 19 + b"\xff" * 1, True),
        (b"x" * 18 + b"\xff" * 2, False),
        ("\ufffd".encode() * 20, False),
        (b"x" * 950 + b"\xff" * 50, True),
        (b"x" * 949 + b"\xff" * 51, False),
    ],
)
def test_a_text_of_which_too_much_cannot_be_read_is_broken(content: bytes, is_text: bool) -> None:
    read = True
    try:
        text.decoded(content)
    except BrokenDocument:
        read = False
    assert read is is_text


def test_control_and_invisible_characters_are_left_out() -> None:
    assert text.tidy("a\x00b\x1b[0m\u200b\r\nc\x7f\n\n", 80) == "ab[0m\nc"


def test_markup_in_a_text_is_text() -> None:
    assert text.marked_up("<b>&") == "<span>&lt;b&gt;&amp;</span>"


@pytest.mark.parametrize("size", [0, 3.9, 73, float("nan")])
def test_a_font_size_that_nobody_can_read_or_fit_is_an_error(size: float) -> None:
    with pytest.raises(ValueError, match="pt"):
        PageFormat(font_size=size)
