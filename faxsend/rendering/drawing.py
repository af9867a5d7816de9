"""The child's task: documents of the job directory to one file of fax pages, or a reason to refuse.

In: ``job.json`` and ``document-1`` … with ``related-1-1`` …; out: ``pages.tiff`` and the result, either the number of pages
or the code of a ``Rejection``. ``position`` always names the document at work, for when it kills us.
"""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

from faxsend.mail import Document, Related
from faxsend.password_line import says
from faxsend.rendering import fonts, raster, text, tiff
from faxsend.rendering.confinement import FILE_BYTES, allow_for
from faxsend.rendering.pages import JOB, MAX_PAGES, PAGES, POSITION, PageFormat, Resolution, Sheets
from faxsend.rendering.renderers import RENDERERS
from notifications.refusals import (
    BrokenDocument,
    DocumentTooLarge,
    PasswordWouldBeDrawn,
    Rejection,
    TooManyPages,
)

RENDER = {name: import_module(f"faxsend.rendering.{name}").to_pdf for name in set(RENDERERS.values())}


def get_ready(directory: Path) -> None:
    """Have the engine for text read the font, in the directory that works as a job's; children inherit it."""
    fonts.provide(directory)
    os.chdir(directory)
    text.to_pdf(Document("", "", "A あ".encode()), PageFormat())
    os.chdir("/")


def draw(directory: Path) -> dict[str, Any]:
    """Draw all documents in order; returns ``{"pages": n}`` or ``{"code": …, "position": n}``."""
    job = json.loads((directory / JOB).read_bytes())
    page_format = PageFormat(Resolution(job["resolution"]), job["font_size"])
    raster.use_fonts()
    position = 0
    try:
        sheets: list[Sheets] = []
        for listed in job["documents"]:
            position = listed["position"]
            (directory / POSITION).write_text(str(position))
            sheets.append(RENDER[listed["renderer"]](_document(directory, listed), page_format))
            if sum(each.count for each in sheets) > MAX_PAGES:
                raise TooManyPages
        allow_for(pages=sum(each.count for each in sheets))
        strips: list[tiff.Strip] = []
        for listed, each in zip(job["documents"], sheets, strict=True):
            position = listed["position"]
            (directory / POSITION).write_text(str(position))
            strips += drawn(each, page_format.resolution, never=job["never"])
        pages = tiff.assemble(strips, page_format.resolution)
        if len(pages) > FILE_BYTES:
            raise DocumentTooLarge
    except Rejection as refusal:
        return {"code": refusal.code, "position": position}
    (directory / PAGES).write_bytes(pages)
    return {"pages": len(strips)}


def _document(directory: Path, listed: dict[str, Any]) -> Document:
    position = listed["position"]
    related = (
        Related(content_id, media_type, (directory / f"related-{position}-{number}").read_bytes())
        for number, (content_id, media_type) in enumerate(listed["related"], 1)
    )
    content = (directory / f"document-{position}").read_bytes()
    return Document("", "", content, tuple(related))


def drawn(sheets: Sheets, resolution: Resolution, *, never: str) -> list[tiff.Strip]:
    """Draw one document. As many pages come out as went in, or it is broken.

    Raises ``PasswordWouldBeDrawn`` if the pages say the password line ``never``, unless that is empty.
    """
    with raster.opened(sheets.pdf) as document:
        if raster.page_count(document) != sheets.count:
            raise BrokenDocument
        if never and says(raster.text_of(document), never):
            raise PasswordWouldBeDrawn
        return [tiff.encode(raster.draw(document, number, resolution)) for number in range(sheets.count)]
