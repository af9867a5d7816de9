"""What waits, on the first page of the operators."""

from __future__ import annotations

from django import template
from django.utils import timezone

from faxsend.alarms import Overview, overview

register = template.Library()


@register.inclusion_tag("admin/workload.html")
def workload() -> dict[str, Overview]:
    """Queues, what is late in them, and what needs somebody."""
    return {"overview": overview(timezone.now())}
