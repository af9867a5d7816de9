"""PDF documents: looked at before they are drawn."""

from __future__ import annotations

import re

from faxsend.mail import Document
from faxsend.rendering import raster
from faxsend.rendering.pages import PageFormat, Sheets
from notifications.refusals import BrokenDocument

HEADER_WITHIN = 1024
END_WITHIN = 2048
LINEARIZED = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d+)")


def to_pdf(document: Document, page_format: PageFormat) -> Sheets:
    """A PDF is drawn as it is. Raises ``BrokenDocument``, ``ProtectedDocument``.

    The engine repairs what it can and says nothing of pages lost on the way, so a file without its
    end (ISO 32000-1, 7.5.5; Annex F for the length of a linearized file) is refused here.
    """
    content = document.content
    if b"%PDF-" not in content[:HEADER_WITHIN] or b"%%EOF" not in content[-END_WITHIN:]:
        raise BrokenDocument
    linearized = LINEARIZED.search(content[:HEADER_WITHIN])
    if linearized and len(content) < int(linearized[1]):
        raise BrokenDocument
    with raster.opened(content) as opened:
        return Sheets(content, raster.page_count(opened))
