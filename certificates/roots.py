"""Whom to believe about customers' certificates: roots, known intermediates, and lists of what was revoked."""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from certificates.identity import fingerprint, pem
from certificates.kept_lists import revocations
from certificates.models import Intermediate, TrustedRoot
from certificates.smime import TrustStore

_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_WHAT_IS_KNOWN = """SELECT
    ARRAY(SELECT fingerprint FROM certificates_trustedroot ORDER BY id),
    ARRAY(SELECT fingerprint FROM certificates_intermediate ORDER BY id),
    ARRAY(SELECT id FROM certificates_revocationlist ORDER BY id),
    ARRAY(SELECT imported_at FROM certificates_revocationlist ORDER BY id)"""
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def add_root(pem_data: bytes) -> list[TrustedRoot]:
    """Accept every certificate in ``pem_data`` as a root. Raises ``ValueError`` if there is none."""
    return [
        TrustedRoot.objects.get_or_create(
            fingerprint=fingerprint(certificate),
            defaults={"certificate": pem(certificate), "subject": certificate.subject.rfc4514_string()[:500]},
        )[0]
        for certificate in x509.load_pem_x509_certificates(pem_data)
    ]


def trust_store() -> TrustStore:
    """Whom to believe as of now: roots, learned intermediates, revocation lists, the last day of SHA-1.

    Each mail asks, so only what has changed since the last time is read and parsed.
    Raises ``ImproperlyConfigured``.
    """
    files = tuple((str(file), file.stat().st_mtime_ns) for file in _root_files())
    added, learned, lists = _known()
    return _store(files, added, learned, lists, sha1_until())


def sha1_until() -> date | None:
    """``SMIME_SHA1_UNTIL``. Raises ``ImproperlyConfigured`` if it is no date."""
    if not settings.SMIME_SHA1_UNTIL:
        return None
    try:
        return date.fromisoformat(settings.SMIME_SHA1_UNTIL)
    except ValueError as error:
        raise ImproperlyConfigured("SMIME_SHA1_UNTIL must be a date such as 2027-03-31.") from error


def _known() -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[int, datetime], ...]]:
    """Fingerprints of roots and of intermediates, keys and import times of lists. One query, for each mail asks."""
    with connection.cursor() as cursor:
        cursor.execute(_WHAT_IS_KNOWN)
        roots, learned, lists, imported = cursor.fetchone()
    return tuple(roots), tuple(learned), tuple(zip(lists, imported, strict=True))


def _root_files() -> list[Path]:
    if not settings.SMIME_TRUST_ROOTS:
        return [SYSTEM_BUNDLE] if SYSTEM_BUNDLE.exists() else []
    place = Path(settings.SMIME_TRUST_ROOTS)
    if place.is_dir():
        return sorted(file for file in place.iterdir() if file.suffix in {".pem", ".crt"})
    if not place.exists():
        raise ImproperlyConfigured(f"SMIME_TRUST_ROOTS: there is no {place}.")
    return [place]


@lru_cache(maxsize=1)
def _store(
    files: tuple[tuple[str, int], ...],
    added: tuple[str, ...],
    learned: tuple[str, ...],
    lists: tuple[tuple[int, datetime], ...],
    last_day_of_sha1: date | None,
) -> TrustStore:
    return TrustStore(
        roots=(*_of_files(files), *_of_rows(TrustedRoot, added)),
        intermediates=_of_rows(Intermediate, learned),
        revocations=revocations(lists),
        sha1_until=last_day_of_sha1,
    )


@lru_cache(maxsize=2)
def _of_files(files: tuple[tuple[str, int], ...]) -> tuple[x509.Certificate, ...]:
    return _readable_in(*(Path(file).read_bytes() for file, _ in files))


@lru_cache(maxsize=4)
def _of_rows(
    model: type[TrustedRoot] | type[Intermediate], fingerprints: tuple[str, ...]
) -> tuple[x509.Certificate, ...]:
    rows = model.objects.filter(fingerprint__in=fingerprints).order_by("pk")
    return _readable_in(*(text.encode() for text in rows.values_list("certificate", flat=True)))


def _readable_in(*sources: bytes) -> tuple[x509.Certificate, ...]:
    blocks = [block for source in sources for block in _PEM_BLOCK.findall(source)]
    return tuple(certificate for block in blocks if (certificate := _readable(block)) is not None)


def _readable(block: bytes) -> x509.Certificate | None:
    """Public bundles hold a root or two that break RFC 5280; these are not believed, the others are."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            return x509.load_pem_x509_certificate(block)
        except (ValueError, CryptographyDeprecationWarning):
            return None
