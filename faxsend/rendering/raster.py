"""PDF pages to grey pixels, straight into the non-square pixels of a fax page.

Runs only in the sandboxed child: the engine aborts its process when memory runs out.
"""

from __future__ import annotations

import codecs
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from faxsend.rendering import fonts, pictures
from faxsend.rendering.bilevel import bilevel
from faxsend.rendering.pages import WIDTH, Resolution
from faxsend.rendering.placement import Placement, placed
from notifications.refusals import BrokenDocument, DocumentTooLarge, ProtectedDocument

SMALLEST, LARGEST = 18.0, 14_400.0
"""Side of a page in points: ISO 32000-1, annex C."""
LOCKED = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE | pdfium.FPDF_PRINTING


def use_fonts() -> None:
    """Start the engine again with the font of the job directory instead of the system's."""
    folder = ctypes.create_string_buffer(fonts.DIRECTORY.encode())
    # An array of two, ended by a null pointer.
    paths = (ctypes.POINTER(ctypes.c_char) * 2)(ctypes.cast(folder, ctypes.POINTER(ctypes.c_char)))
    pdfium.FPDF_DestroyLibrary()
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=paths))


@dataclass(frozen=True, slots=True)
class Opened:
    """Handles of the engine: the document, and its form (drawn apart, or else it would be blank)."""

    document: Any
    form: Any


@contextmanager
def opened(pdf: bytes) -> Iterator[Opened]:
    """A document in the engine, with what is filled in in its form. Raises ``ProtectedDocument``, ``BrokenDocument``."""
    document = pdfium.FPDF_LoadMemDocument64(pdf, len(pdf), None)
    if not document:
        raise ProtectedDocument if pdfium.FPDF_GetLastError() in LOCKED else BrokenDocument
    callbacks = pdfium.FPDF_FORMFILLINFO(version=1)
    form = pdfium.FPDFDOC_InitFormFillEnvironment(document, callbacks)
    pdfium.FPDF_SetFormFieldHighlightAlpha(form, 0)
    try:
        yield Opened(document, form)
    finally:
        pdfium.FPDFDOC_ExitFormFillEnvironment(form)
        pdfium.FPDF_CloseDocument(document)


def page_count(pdf: Opened) -> int:
    """Number of pages. Raises ``BrokenDocument`` if there are none."""
    count = int(pdfium.FPDF_GetPageCount(pdf.document))
    if count < 1:
        raise BrokenDocument
    return count


def draw(pdf: Opened, index: int, resolution: Resolution) -> NDArray[np.bool_]:
    """Draw page ``index`` (from 0): shape (height of the resolution, 1728), true is black.

    Raises ``BrokenDocument`` for a page that cannot be loaded, ``DocumentTooLarge`` by its size.
    """
    page = pdfium.FPDF_LoadPage(pdf.document, index)
    if not page:
        raise BrokenDocument
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        if max(width, height) > LARGEST:
            raise DocumentTooLarge
        if min(width, height) < SMALLEST:
            raise BrokenDocument
        placement = placed(width, height, resolution)
        photographs = pictures.find(page, placement)
        return bilevel(_grey(page, pdf.form, placement, resolution), photographs)
    finally:
        pdfium.FPDF_ClosePage(page)


def text_of(pdf: Opened) -> str:
    """What can be read on its pages, with ``\\ufffd`` for a glyph of which the engine does not know the character.

    Fields of forms are left out. Raises ``BrokenDocument`` for a page that cannot be loaded.
    """
    return "".join(_text_of(pdf, number) for number in range(page_count(pdf)))


def _text_of(pdf: Opened, index: int) -> str:
    page = pdfium.FPDF_LoadPage(pdf.document, index)
    if not page:
        raise BrokenDocument
    text = pdfium.FPDFText_LoadPage(page)
    try:
        length = max(0, pdfium.FPDFText_CountChars(text))
        units = (ctypes.c_ushort * (2 * length + 1))()  # UTF-16 with a null at the end
        written = pdfium.FPDFText_GetText(text, 0, length, units)
        # By its own function: the child cannot reach the library to look a codec up.
        return codecs.utf_16_le_decode(bytes(units)[: 2 * max(0, written - 1)], "replace")[0]
    finally:
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)


def _grey(page: Any, form: Any, placement: Placement, resolution: Resolution) -> NDArray[np.uint8]:
    grey = np.full((resolution.height, WIDTH), 255, dtype=np.uint8)
    bitmap = pdfium.FPDFBitmap_CreateEx(
        WIDTH, resolution.height, pdfium.FPDFBitmap_Gray, grey.ctypes.data_as(ctypes.c_void_p), WIDTH
    )
    area = (placement.left, 0, placement.width, placement.height, placement.quarters)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, *area, FLAGS)
    pdfium.FPDF_FFLDraw(form, bitmap, page, *area, FLAGS)
    pdfium.FPDFBitmap_Destroy(bitmap)
    return grey
