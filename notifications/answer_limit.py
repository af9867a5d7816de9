"""How many automatic answers one address gets: a program that runs wild must not be answered without end."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.utils import timezone

from notifications.models import OutgoingMail

MOST_A_DAY = 20
"""Of one kind, to one address."""


def answer_key(kind: str, *, to: str, key: str) -> str | None:
    """The outbox key of one more answer to ``to``; None if it has had ``MOST_A_DAY`` of this kind in 24 hours.

    ``kind``: at most 14 letters; ``key``: at most 80. The address comes first, so that the unique index on the
    outbox's keys also answers how many it got.
    """
    prefix = f"{kind}:{hashlib.sha256(to.lower().encode()).hexdigest()[:24]}:"
    since = timezone.now() - timedelta(days=1)
    sent = OutgoingMail.objects.filter(key__startswith=prefix, created_at__gt=since).count()
    return prefix + key if sent < MOST_A_DAY else None
