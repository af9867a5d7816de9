"""Whose mail leaves encrypted: certificates that belong to an address."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from django.utils import timezone

from certificates.identity import fingerprint, pem
from certificates.models import RegisteredCertificate


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
