"""Calls that were claimed and given back: no carrier could dial, or there was nothing that it could have sent."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from faxsend.models import Attempt

PAUSE = timedelta(minutes=1)
"""Until a call is tried again that the carrier could not place (its server is down, no modem is free), or that was
given back before and whose caller has died."""


def undialled() -> QuerySet[Attempt]:
    """Those since the last call of their fax that was dialled. They put its next attempt off without an end."""
    dialled_later = Attempt.objects.filter(
        fax=OuterRef("fax"), result_code__isnull=False, pk__gt=OuterRef("pk")
    )
    return Attempt.objects.filter(ended_at__isnull=False, result_code=None).exclude(Exists(dialled_later))
