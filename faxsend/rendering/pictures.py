"""Where the photographs of a PDF page lie: its image objects, also those inside forms."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import islice, product
from typing import Any

import pypdfium2.raw as pdfium

from faxsend.rendering.bilevel import Box
from faxsend.rendering.placement import Placement
from notifications.refusals import DocumentTooLarge

DEEPEST = 4
MOST_OBJECTS = 20_000
"""Objects looked at on a page; pictures beyond are treated as drawings."""
MAX_BITS = 40_000_000 * 24
"""40 megapixels in colour; scans of one bit a pixel may be finer."""
SMALLEST = 16
"""Pixels: slices of a gradient, bullets and rules are smaller than a photograph."""

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def find(page: Any, placement: Placement) -> list[Box]:
    """The places of photographs on the fax page, in pixels. Raises ``DocumentTooLarge`` for a huge one."""
    boxes = [
        _box(page, placement, item, matrix)
        for item, matrix in islice(_objects(page), MOST_OBJECTS)
        if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_IMAGE and _is_photograph(page, item)
    ]
    return [box for box in boxes if min(box.right - box.left, box.bottom - box.top) >= SMALLEST]


def _objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        yield from _with_inner(pdfium.FPDFPage_GetObject(page, index), IDENTITY, 0)


def _with_inner(item: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    yield item, matrix
    if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
        inner = _times(_matrix(item), matrix)
        for index in range(pdfium.FPDFFormObj_CountObjects(item)):
            yield from _with_inner(pdfium.FPDFFormObj_GetObject(item, index), inner, depth + 1)


def _is_photograph(page: Any, image: Any) -> bool:
    """Line art of one bit a pixel is none: it is cut like text, without dots."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(image, width, height)
    pixels = width.value * height.value
    if pixels > MAX_BITS:
        raise DocumentTooLarge
    facts = pdfium.FPDF_IMAGEOBJ_METADATA()
    pdfium.FPDFImageObj_GetImageMetadata(image, page, facts)
    if pixels * facts.bits_per_pixel > MAX_BITS:
        raise DocumentTooLarge
    return int(facts.bits_per_pixel) > 1


def _box(page: Any, placement: Placement, item: Any, matrix: Matrix) -> Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    corners = [
        _device(page, placement, *_apply(matrix, x, y))
        for x, y in product((left.value, right.value), (bottom.value, top.value))
    ]
    columns, rows = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    return Box(max(0, columns[0]), max(0, rows[0]), max(0, columns[-1] + 1), max(0, rows[-1] + 1))


def _device(page: Any, placement: Placement, x: float, y: float) -> tuple[int, int]:
    column, row = ctypes.c_int(), ctypes.c_int()
    area = (placement.left, 0, placement.width, placement.height, placement.quarters)
    pdfium.FPDF_PageToDevice(page, *area, x, y, column, row)
    return column.value, row.value


def _matrix(form: Any) -> Matrix:
    values = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(form, values)
    return values.a, values.b, values.c, values.d, values.e, values.f


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _times(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that applies ``first``, then ``then`` (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    ax, ay = a * then[0] + b * then[2], a * then[1] + b * then[3]
    bx, by = c * then[0] + d * then[2], c * then[1] + d * then[3]
    return (ax, ay, bx, by, *_apply(then, e, f))
