"""Requests for the service certificate that wait for their mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from certificates.models import CertificateRequest

GIVE_UP_AFTER = timedelta(days=1)


def waiting(at: datetime) -> QuerySet[CertificateRequest]:
    """Those without a mail. One that nobody could mail for a day is left."""
    return CertificateRequest.objects.filter(mailed_at__isnull=True, requested_at__gt=at - GIVE_UP_AFTER)
