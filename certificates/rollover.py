"""A new service certificate goes by itself to everybody who holds an older one (docs/adr/0012).

Who holds which is known from the mails: the newest one that went to an address decides. What is to be done is
found by a query, so it may be cut off anywhere and looked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

from certificates.identity import signing_rows
from certificates.models import CertificateRequest, ServiceIdentity
from certificates.waiting import waiting

BATCH = 20
"""Mails at a time: what customers ask for themselves, and notifications, must not wait behind all of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the holder of an older certificate must know; times are aware.

    ``since``: the new one signs since then. ``until``: so long mail clients encrypt to the older one, None if
    that is over. ``readable``: whether mail that is encrypted to the older one can be opened.
    """

    since: datetime
    until: datetime | None
    readable: bool


@transaction.atomic
def write_requests(at: datetime) -> int:
    """Write requests for the next few holders of a certificate that no longer signs; how many.

    Nothing while some are waiting, or while another worker does the same.
    """
    current = signing_rows(at).only("pk", "fingerprint").first()
    if current is None or waiting(at).exclude(replaces="").exists():
        return 0
    # Its row is the lock under which holders are found: no two workers find the same ones.
    lock = ServiceIdentity.objects.filter(pk=current.pk).select_for_update(skip_locked=True, no_key=True)
    if lock.only("pk").first() is None:
        return 0
    found = list(holders_of_others(current.fingerprint, at)[:BATCH])
    CertificateRequest.objects.bulk_create(
        CertificateRequest(
            account_id=row.account_id, address=row.address, requested_at=at, replaces=row.mailed_certificate
        )
        for row in found
    )
    return len(found)


def holders_of_others(current: str, at: datetime) -> QuerySet[CertificateRequest]:
    """For each address the last request that was mailed, if it brought another certificate than ``current``.

    Without those that wait for a mail anyhow. The case of an address does not matter, nor whose account asked.
    Mails from before certificates were noted say nothing.
    """
    same = CertificateRequest.objects.alias(holder=Lower("address")).filter(holder=OuterRef("holder"))
    later = same.filter(mailed_at__gt=OuterRef("mailed_at"))
    awaited = same.filter(pk__in=waiting(at).values("pk"))
    return (
        CertificateRequest.objects.exclude(mailed_certificate__in=["", current])
        .annotate(holder=Lower("address"))
        .filter(~Exists(later), ~Exists(awaited))
        .order_by("holder", "-pk")
        .distinct("holder")
    )


def change_for(request: CertificateRequest, current: str, at: datetime) -> Change | None:
    """What to tell with the certificate ``current``; None if it is the very one that was to be replaced."""
    if request.replaces == current:
        return None
    identities = ServiceIdentity.objects.filter(fingerprint__in=[current, request.replaces]).defer(
        "private_key"
    )
    rows = {row.fingerprint: row for row in identities}
    new, old = rows[current], rows.get(request.replaces)
    readable = old is not None and old.destroyed_at is None
    return Change(
        since=max(new.not_before, new.created_at),
        until=old.not_after if old is not None and readable and old.not_after > at else None,
        readable=readable,
    )
