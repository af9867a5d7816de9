"""TIFF class F: what is written can be read, by us and by others, bit for bit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from faxsend.rendering import Resolution, tiff

RESOLUTIONS = list(Resolution)


def noise(rows: int, seed: int = 1, share: float = 0.5) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random((rows, 1728)) < share


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 99)), min_size=1, max_size=4),
    st.sampled_from(RESOLUTIONS),
)
@settings(max_examples=30, deadline=None)
def test_pages_come_back_bit_for_bit(shapes: list[tuple[int, int]], resolution: Resolution) -> None:
    pages = [noise(rows, seed, seed / 100) for rows, seed in shapes]
    written = tiff.write(pages, resolution)
    assert tiff.count(written) == len(pages)
    assert all(np.array_equal(*pair) for pair in zip(tiff.pages(written), pages, strict=True))


@pytest.mark.parametrize("resolution,lines", [(Resolution.FINE, 196), (Resolution.STANDARD, 98)])
def test_another_reader_finds_the_fields_of_class_f(resolution: Resolution, lines: int) -> None:
    image = Image.open(io.BytesIO(tiff.write([noise(1140), noise(1140)], resolution)))
    for number in (0, 1):
        image.seek(number)
        tags = dict(image.getexif())
        assert {tag: tags[tag] for tag in (254, 256, 257, 259, 262, 266, 278, 296)} == {
            254: 2, 256: 1728, 257: 1140, 259: 4, 262: 0, 266: 1, 278: 1140, 296: 2,
        }  # fmt: skip
        assert (tags[282], tags[283], tags[297]) == (204, lines, (number, 2))


def test_another_reader_sees_the_same_pages() -> None:
    pages = [noise(2280, seed) for seed in (1, 2)]
    image = Image.open(io.BytesIO(tiff.write(pages, Resolution.FINE)))
    for number, page in enumerate(pages):
        image.seek(number)
        assert np.array_equal(np.asarray(image.convert("1")), ~page)


def test_bytes_other_than_zero_are_black() -> None:
    page = noise(10)
    assert tiff.write([page.astype(np.uint8) * 255], Resolution.FINE) == tiff.write([page], Resolution.FINE)


@pytest.mark.parametrize("shape", [(10, 1727), (10, 1729), (0, 1728), (2293, 1728)])
def test_other_shapes_are_no_fax_pages(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="shape"):
        tiff.encode(np.zeros(shape, dtype=np.bool_))


@pytest.mark.parametrize("length", [0, 1, 7, 8, 30, 100, -1, -5, -20])
def test_a_file_that_is_cut_off_is_none(length: int) -> None:
    written = tiff.write([noise(50), noise(50)], Resolution.FINE)
    with pytest.raises(ValueError, match=r"cut off|outside|not a"):
        tiff.count(written[:length])


def test_a_file_that_loops_is_none() -> None:
    written = bytearray(tiff.write([noise(5)], Resolution.FINE))
    written[-4:] = written[4:8]
    with pytest.raises(ValueError, match="loop"):
        tiff.count(bytes(written))


def test_a_tiff_of_another_kind_is_none() -> None:
    other = io.BytesIO()
    Image.new("L", (1728, 10)).save(other, "TIFF")
    with pytest.raises(ValueError, match="class F"):
        tiff.count(other.getvalue())


@given(st.binary(max_size=300))
def test_any_bytes_are_either_read_or_a_value_error(content: bytes) -> None:
    try:
        tiff.read(b"II*\0" + content)
    except ValueError:
        return
    assert content[:4] == bytes(4)


@pytest.mark.parametrize("resolution,rows", [(Resolution.FINE, 2280), (Resolution.STANDARD, 1140)])
def test_a_page_is_shown_in_its_true_proportions(resolution: Resolution, rows: int) -> None:
    written = tiff.write([noise(rows), noise(rows, share=0)], resolution)
    shown = Image.open(io.BytesIO(tiff.page_png(written, 2)))
    assert (shown.format, shown.size, shown.getextrema()) == ("PNG", (1728, 2373), (255, 255))
    assert Image.open(io.BytesIO(tiff.page_png(written, 1, width=432))).size == (432, 593)


@pytest.mark.parametrize("number", [0, 2])
def test_a_page_that_is_not_there_cannot_be_shown(number: int) -> None:
    with pytest.raises(IndexError):
        tiff.page_png(tiff.write([noise(5)], Resolution.FINE), number)
