"""Which authorities' certificates are believed for customers: the configured bundle and those added."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from certificates.identity import fingerprint, pem
from certificates.models import TrustedRoot
from certificates.smime import TrustStore

_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
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
    """The roots as they are now; parsed again only when the file or the table has changed."""
    added = tuple(TrustedRoot.objects.order_by("pk").values_list("certificate", flat=True))
    files = _root_files()
    return _parsed(tuple((str(file), file.stat().st_mtime_ns) for file in files), added)


def _root_files() -> list[Path]:
    if not settings.SMIME_TRUST_ROOTS:
        return [SYSTEM_BUNDLE] if SYSTEM_BUNDLE.exists() else []
    place = Path(settings.SMIME_TRUST_ROOTS)
    if place.is_dir():
        return sorted(file for file in place.iterdir() if file.suffix in {".pem", ".crt"})
    if not place.exists():
        raise ImproperlyConfigured(f"SMIME_TRUST_ROOTS: there is no {place}.")
    return [place]


@lru_cache(maxsize=2)
def _parsed(files: tuple[tuple[str, int], ...], added: tuple[str, ...]) -> TrustStore:
    sources = [Path(file).read_bytes() for file, _ in files] + [text.encode() for text in added]
    blocks = [block for source in sources for block in _PEM_BLOCK.findall(source)]
    return TrustStore(roots=tuple(root for block in blocks if (root := _readable(block)) is not None))


def _readable(block: bytes) -> x509.Certificate | None:
    """Public bundles hold a root or two that break RFC 5280; these are not believed, the others are."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            return x509.load_pem_x509_certificate(block)
        except (ValueError, CryptographyDeprecationWarning):
            return None
