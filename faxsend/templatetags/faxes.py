"""How templates say a state and a length of time."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from faxsend.history import Shown

register = template.Library()

LABELS: dict[Shown, str | Promise] = {
    Shown.IN_PROCESS: _("In process"),
    Shown.ON_HOLD: _("On hold"),
    Shown.CHECKING: _("Being checked"),
    Shown.OK: _("OK"),
    Shown.ERROR: _("Error"),
}


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
