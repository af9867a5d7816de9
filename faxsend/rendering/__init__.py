"""Documents to fax pages: ``render`` is the only way in."""

from faxsend.rendering.job import render, sandbox_warnings
from faxsend.rendering.pages import PageFormat, RenderedPages, Resolution
from faxsend.rendering.renderers import RENDERERS

__all__ = ["RENDERERS", "PageFormat", "RenderedPages", "Resolution", "render", "sandbox_warnings"]
