"""How templates say a state and a length of time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django import template

from faxsend import wording
from faxsend.history import Shown

register = template.Library()


@register.inclusion_tag("faxsend/status.html")
def fax_status(shown: Shown) -> dict[str, object]:
    """The state as an icon and its word."""
    return {"name": shown.value, "label": wording.LABELS[shown]}


@register.filter
def minutes_and_seconds(duration: timedelta | None) -> str:
    """``1:05``; nothing for None."""
    if duration is None:
        return ""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"


@register.filter
def yen(amount: Decimal | int) -> str:
    """``1,234円``."""
    return wording.yen(amount)
