"""Whose mail leaves encrypted: certificates that belong to an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import structlog
from cryptography import x509
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from certificates.identity import fingerprint, pem
from certificates.models import RegisteredCertificate, UsedRegistration
from certificates.roots import trust_store
from certificates.smime import SignatureProblem, TrustStore, can_encrypt_to
from certificates.smime.trust import certificate_problem

log = structlog.get_logger(__name__)


def register(
    certificate: x509.Certificate,
    *,
    address: str,
    chain: Sequence[x509.Certificate] = (),
    capabilities: Sequence[str] = (),
    header_protection: bool = False,
) -> RegisteredCertificate:
    """From now on mail to ``address`` is encrypted for ``certificate``; the same one again is the newest.

    ``chain``: CA certificates that came with it; they are kept, so that it can be judged later by itself.
    ``header_protection``: its client reads protected headers (RFC 9788). Earlier certificates are kept.
    """
    row, _ = RegisteredCertificate.objects.update_or_create(
        address=address.casefold(),
        fingerprint=fingerprint(certificate),
        defaults={
            "certificate": pem(certificate, *chain),
            "capabilities": list(capabilities),
            "header_protection": header_protection,
            "not_after": certificate.not_valid_after_utc,
            "registered_at": timezone.now(),
        },
    )
    return row


def first_use(digest: bytes) -> bool:
    """Note that a signed mail registers, in the caller's transaction; False if it has done so before.

    ``digest``: the first of ``Signature.digests``. A second worker with the same mail waits here for the first.
    """
    return UsedRegistration.objects.get_or_create(content_digest=digest.hex())[1]


def newest(address: str) -> RegisteredCertificate | None:
    """What was registered last for ``address``, whether or not it can still be used."""
    return registered_for([address]).order_by("-registered_at", "-pk").first()


def usable(address: str, *, at: datetime) -> Iterator[tuple[RegisteredCertificate, x509.Certificate]]:
    """Those that mail can be encrypted to at the aware time ``at``, the newest first.

    An expired, revoked or unreadable one hides no other.
    """
    rows = registered_for([address]).filter(not_after__gt=at)
    trust = trust_store()
    for row in rows.order_by("-registered_at", "-pk"):
        certificate = _usable(row, trust, at)
        if certificate is None:
            log.warning("registered_certificate_unusable", certificate=row.fingerprint)
        else:
            yield row, certificate


def is_usable(row: RegisteredCertificate, *, trust: TrustStore, at: datetime) -> bool:
    """Whether mail can be encrypted to this one: not expired, not revoked, and fit for it."""
    return row.not_after > at and _usable(row, trust, at) is not None


def in_use(address: str) -> RegisteredCertificate | None:
    """The one that mail to ``address`` is encrypted to now."""
    return next((row for row, _ in usable(address, at=timezone.now())), None)


def _usable(row: RegisteredCertificate, trust: TrustStore, at: datetime) -> x509.Certificate | None:
    """Parsed, unless it cannot be, its key does not fit, or it has been revoked since it was registered.

    That its authority is no longer known is no reason: it was when the certificate was registered.
    """
    try:
        certificate, *chain = x509.load_pem_x509_certificates(row.certificate.encode())
    except ValueError:
        return None
    problem = certificate_problem(certificate, chain, trust, at, for_signing=False)
    fit = problem is not SignatureProblem.REVOKED and can_encrypt_to(certificate)
    return certificate if fit else None


def registered_for(addresses: Iterable[str]) -> QuerySet[RegisteredCertificate]:
    """All certificates of these addresses, whatever their case; ``known``: the address in small letters."""
    rows = RegisteredCertificate.objects.annotate(known=Lower("address"))
    return rows.filter(known__in=[address.lower() for address in addresses])


def clear(address: str) -> int:
    """From now on mail to ``address`` leaves in clear. Returns how many certificates it had."""
    return registered_for([address]).delete()[0]
