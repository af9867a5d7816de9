"""Whose mail leaves encrypted: certificates that belong to an address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography import x509
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from certificates.identity import fingerprint, pem
from certificates.models import RegisteredCertificate, UsedRegistration


def register(
    certificate: x509.Certificate, *, address: str, capabilities: Sequence[str] = ()
) -> RegisteredCertificate:
    """From now on mail to ``address`` is encrypted for ``certificate``; the same one again is the newest."""
    row, _ = RegisteredCertificate.objects.update_or_create(
        address=address.casefold(),
        fingerprint=fingerprint(certificate),
        defaults={
            "certificate": pem(certificate),
            "capabilities": list(capabilities),
            "not_after": certificate.not_valid_after_utc,
            "registered_at": timezone.now(),
        },
    )
    return row


def first_use(digest: bytes) -> bool:
    """Note that a signed mail registers, in the caller's transaction; False if it has done so before.

    ``digest``: ``Signature.digest``. A second worker with the same mail waits here for the first.
    """
    return UsedRegistration.objects.get_or_create(content_digest=digest.hex())[1]


def newest(address: str) -> RegisteredCertificate | None:
    """What was registered last for ``address``, whether or not it can still be used."""
    return registered_for([address]).order_by("-registered_at", "-pk").first()


def registered_for(addresses: Iterable[str]) -> QuerySet[RegisteredCertificate]:
    """All certificates of these addresses, whatever their case; ``known``: the address in small letters."""
    rows = RegisteredCertificate.objects.annotate(known=Lower("address"))
    return rows.filter(known__in=[address.lower() for address in addresses])


def clear(address: str) -> int:
    """From now on mail to ``address`` leaves in clear. Returns how many certificates it had."""
    return registered_for([address]).delete()[0]
