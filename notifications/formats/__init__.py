"""The kinds of notification (通知メールの種類): one line each here, one module beside."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.formats import html, text
from notifications.formats.composed import Composed, Format

__all__ = ["DEFAULT_FORMAT", "FORMATS", "Composed", "Format", "choices", "format_of"]

DEFAULT_FORMAT = "html-ja"
FORMATS: dict[str, Format] = {
    "html-ja": Format(_("HTML, Japanese"), html.compose_ja),
    "text-ja": Format(_("Text, Japanese (ISO-2022-JP)"), text.compose_ja),
}


def choices() -> list[tuple[str, Promise]]:
    """Key and label of every kind, in the order in which a form offers them."""
    return [(key, kind.label) for key, kind in FORMATS.items()]


def format_of(key: str) -> Format:
    """The default kind for one that is no longer offered: a notification is not lost for that."""
    return FORMATS.get(key, FORMATS[DEFAULT_FORMAT])
