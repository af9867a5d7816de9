"""How templates say a state and a length of time."""

from __future__ import annotations

from datetime import timedelta

from django import template

from faxsend.history import Shown
from faxsend.wording import LABELS

register = template.Library()


@register.inclusion_tag("faxsend/status.html")
def fax_status(shown: Shown) -> dict[str, object]:
    """The state as an icon and its word."""
    return {"name": shown.value, "label": LABELS[shown]}


@register.filter
def minutes_and_seconds(duration: timedelta | None) -> str:
    """``1:05``; nothing for None."""
    if duration is None:
        return ""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"
