"""The notice on every operations page of an installation that may not work."""

from __future__ import annotations

from django import template

from accounts.installation import why_held
from faxsend.restoring import waiting

register = template.Library()


@register.inclusion_tag("admin/hold_notice.html")
def hold_notice() -> dict[str, object]:
    """Nothing while it works: what waits is counted only when it matters."""
    hold = why_held()
    return {"hold": hold, "waiting": waiting() if hold else None}
