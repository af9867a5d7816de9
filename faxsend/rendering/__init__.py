"""Documents to fax pages: ``render`` is the only way in."""

from faxsend.rendering.job import render, sandbox_warnings
from faxsend.rendering.media_types import RENDERERS
from faxsend.rendering.pages import PageFormat, RenderedPages, Resolution

__all__ = ["RENDERERS", "PageFormat", "RenderedPages", "Resolution", "render", "sandbox_warnings"]
