"""One job from the parent's side: documents in, a confined child, fax pages out, all of them counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faxsend.mail import Document
from faxsend.rendering import fonts, sandbox, tiff
from faxsend.rendering.pages import JOB, MAX_PAGES, PAGES, POSITION, PageFormat, RenderedPages
from faxsend.rendering.renderers import RENDERERS
from notifications import refusals

TASK = "faxsend.rendering.drawing:draw"
REASONS: dict[str, type[refusals.Rejection]] = {
    reason.code: reason
    for reason in (
        refusals.BrokenDocument,
        refusals.DocumentTooLarge,
        refusals.NothingToFax,
        refusals.PasswordWouldBeDrawn,
        refusals.ProtectedDocument,
        refusals.TooManyPages,
    )
}


def render(documents: Sequence[Document], page_format: PageFormat, *, never: str = "") -> RenderedPages:
    """Draw the documents, joined in order, as the pages of one fax.

    A blank body adds no page. ``never`` is a password line; if a page says it, ``PasswordWouldBeDrawn`` is raised.
    Raises ``NothingToFax``, ``UnsupportedDocument``, ``ProtectedDocument``,
    ``BrokenDocument``, ``DocumentTooLarge``, ``TooManyPages``, with the attachment's ``position`` from 1, or
    None where it is the body; ``sandbox.NotStarted`` if the child could not be started, which is not the
    customer's fault.
    """
    try:
        return _joined(documents, page_format, never)
    except refusals.Rejection as refusal:
        refusal.position = _number_of_attachment(documents, refusal.position)
        raise


def _number_of_attachment(documents: Sequence[Document], position: int | None) -> int | None:
    """What people count: in here the body has a position too."""
    if position is None or not 0 < position <= len(documents) or documents[position - 1].is_body:
        return None
    return sum(not document.is_body for document in documents[:position])


def _joined(documents: Sequence[Document], page_format: PageFormat, never: str) -> RenderedPages:
    jobs = [
        (position, document, _renderer(position, document))
        for position, document in enumerate(documents, 1)
        if not _is_blank_body(document)
    ]
    if not jobs:
        raise refusals.NothingToFax
    with sandbox.job_directory() as directory:
        fonts.provide(directory)
        for position, document, _ in jobs:
            (directory / f"document-{position}").write_bytes(document.content)
            for number, related in enumerate(document.related, 1):
                (directory / f"related-{position}-{number}").write_bytes(related.content)
        listed = [
            {"position": position, "renderer": renderer, "related": _related(document)}
            for position, document, renderer in jobs
        ]
        job = {
            "resolution": page_format.resolution,
            "font_size": page_format.font_size,
            "documents": listed,
            "never": never,
        }
        (directory / JOB).write_text(json.dumps(job))
        return _pages(directory, page_format)


def sandbox_warnings() -> list[str]:
    """What children on this machine cannot give up, in English sentences; empty where all is well.

    Raises ``sandbox.NotStarted`` if no document could be drawn at all.
    """
    with sandbox.job_directory() as directory:
        sandbox.run("faxsend.rendering.child:nothing", directory)
        return sandbox.warnings_of(directory)


def _is_blank_body(document: Document) -> bool:
    """Whether nothing is missed without it; of a file, even an empty one, somebody expects a page."""
    return document.is_body and not document.content.strip()


def _renderer(position: int, document: Document) -> str:
    renderer = RENDERERS.get(document.media_type)
    if renderer is None:
        raise refusals.UnsupportedDocument(position=position, detail=document.media_type)
    return renderer


def _related(document: Document) -> list[tuple[str, str]]:
    return [(related.content_id, related.media_type) for related in document.related]


def _pages(directory: Path, page_format: PageFormat) -> RenderedPages:
    try:
        result = sandbox.run(TASK, directory)
        return _checked(result, directory, page_format)
    except sandbox.Died as death:
        _log(death)
        raise refusals.BrokenDocument(position=_position(directory)) from death


def _checked(result: Any, directory: Path, page_format: PageFormat) -> RenderedPages:
    match result:
        case {"code": str(code), "position": int(position)} if code in REASONS:
            raise REASONS[code](position=position)
        case {"pages": int(count)} if 0 < count <= MAX_PAGES:
            content = sandbox.read(directory / PAGES)
            if _count(content) != count:
                raise sandbox.Died("left another number of pages than it said")
            return RenderedPages(content, count, page_format.resolution)
        case _:
            raise sandbox.Died("left an odd result")


def _count(content: bytes) -> int:
    try:
        return tiff.count(content)
    except ValueError as error:
        raise sandbox.Died("left an odd file of pages") from error


def _log(death: sandbox.Died) -> None:
    # Imported here because each child imports this module too, and this alone would take 0.1 s of its start.
    import structlog

    structlog.get_logger(__name__).warning("document-killed-its-child", reason=str(death))


def _position(directory: Path) -> int | None:
    """The document at work when the child died."""
    try:
        return int(sandbox.read(directory / POSITION, 16))
    except (sandbox.Died, ValueError):
        return None
