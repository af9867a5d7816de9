"""The service's keys: made, kept sealed, and handed to the S/MIME engine.

Every identity whose key has not been destroyed can open mail; the newest valid one signs (docs/adr/0012).
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from accounts.sealing import Ring, seal, unseal
from certificates.issuing import Authority, create_authority, issue_service_certificate
from certificates.models import ServiceIdentity
from certificates.smime import Identity

AUTHORITY_NAME = "interfax local root"
SERVICE_NAME = "secure interfax"


class NoServiceIdentity(Exception):
    """There is no valid service certificate: nothing can be signed."""


class KeyIsNeeded(Exception):
    """The key must not be destroyed: it signs, or it is the last one that opens mail."""


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER form, 64 lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def pem(*certificates: x509.Certificate) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def keep(identity: Identity) -> ServiceIdentity:
    """Store an identity, its key sealed; the same certificate again is the same row."""
    certificate = identity.certificate
    row, _ = ServiceIdentity.objects.get_or_create(
        fingerprint=fingerprint(certificate),
        defaults={
            "certificate": pem(certificate, *identity.chain),
            "private_key": identity.private_key.private_bytes(
                Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
            ),
            "not_before": certificate.not_valid_before_utc,
            "not_after": certificate.not_valid_after_utc,
        },
    )
    return row


def service_identities() -> tuple[Identity, ...]:
    """All identities that can still open mail, the newest first."""
    return tuple(_identity(row) for row in opening_rows().order_by("-not_before", "-pk"))


def opening_rows() -> QuerySet[ServiceIdentity]:
    """Identities that can open mail."""
    return ServiceIdentity.objects.filter(destroyed_at__isnull=True)


def signing_identity(at: datetime) -> Identity:
    """The newest identity valid at ``at``. Raises ``NoServiceIdentity``."""
    row = signing_rows(at).first()
    if row is None:
        raise NoServiceIdentity
    return _identity(row)


def signing_rows(at: datetime) -> QuerySet[ServiceIdentity]:
    """Identities that can sign at ``at``; the first of them does: the one that became usable last.

    That is not always the one that was issued last: an authority may have dated it before it was imported.
    """
    rows = opening_rows().filter(not_before__lte=at, not_after__gt=at)
    return rows.order_by(Greatest(F("not_before"), F("created_at")).desc(), "-pk")


@transaction.atomic
def destroy_key(row: ServiceIdentity, *, at: datetime, force: bool = False) -> None:
    """Forget the key for good: mail encrypted to its certificate can never be opened again.

    Raises ``KeyIsNeeded`` unless ``force`` is given.
    """
    # All are locked, so that two destroyers cannot each leave the other's as the last one.
    list(opening_rows().order_by("pk").select_for_update().values_list("pk"))
    if not force and is_needed(row, at):
        raise KeyIsNeeded
    ServiceIdentity.objects.filter(pk=row.pk).update(private_key=b"", destroyed_at=at)


def is_needed(row: ServiceIdentity, at: datetime) -> bool:
    """Whether it signs at ``at`` or is the only one that opens mail."""
    ours = set(opening_rows().values_list("pk", flat=True))
    return row.pk in ours and (
        ours == {row.pk} or row.pk == signing_rows(at).values_list("pk", flat=True).first()
    )


def load_or_create_authority(directory: Path, *, at: datetime) -> Authority:
    """The local root of the embedded default: ``root.crt`` in clear for everybody, its key sealed beside it."""
    certificate_file, key_file = directory / "root.crt", directory / "root.key.sealed"
    if not key_file.exists():
        directory.mkdir(parents=True, exist_ok=True)
        authority = create_authority(AUTHORITY_NAME, at=at)
        key = authority.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        certificate_file.write_text(pem(authority.certificate))
        key_file.write_bytes(seal(key, Ring.KEYS))
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    private_key = load_der_private_key(unseal(key_file.read_bytes(), Ring.KEYS), password=None)
    assert isinstance(private_key, RSAPrivateKey)
    return Authority(certificate, private_key)


def create_identity(authority: Authority, *, address: str, at: datetime) -> ServiceIdentity:
    """Issue a new service certificate and keep it."""
    return keep(issue_service_certificate(authority, common_name=SERVICE_NAME, address=address, at=at))


def _identity(row: ServiceIdentity) -> Identity:
    return _parsed(row.certificate, row.private_key)


@lru_cache(maxsize=8)
def _parsed(certificates: str, der_key: bytes) -> Identity:
    """Each mail needs all of them. Keys of ours were valid when they were sealed, so they are not tested again."""
    certificate, *chain = x509.load_pem_x509_certificates(certificates.encode())
    private_key = load_der_private_key(der_key, password=None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(private_key, RSAPrivateKey | EllipticCurvePrivateKey)
    return Identity(certificate=certificate, private_key=private_key, chain=tuple(chain))
