"""The service certificate as everybody may see it. No private key is read here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from django.conf import settings

from certificates.identity import NoServiceIdentity, signing_rows
from certificates.smime import address_in


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate in words. SHA-1 is there because it is what Windows shows (拇印).

    A fingerprint is ``AB:CD:…`` in groups of eight bytes, joined it is whole: it may be broken between them.
    """

    issued_to: str
    address: str
    sha256: tuple[str, ...]
    sha1: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    @classmethod
    def of(cls, certificate: x509.Certificate) -> Shown:
        der = certificate.public_bytes(Encoding.DER)
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return cls(
            issued_to=str(names[0].value) if names else certificate.subject.rfc4514_string(),
            address=", ".join(address_in(certificate)),
            sha256=_groups(hashlib.sha256(der).digest()),
            sha1=_groups(hashlib.sha1(der, usedforsecurity=False).digest()),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )


@dataclass(frozen=True, slots=True)
class PublishedCertificate:
    """What customers encrypt to. ``root`` only if it is the local one, which no mail client knows."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    root: x509.Certificate | None

    @property
    def shown(self) -> Shown:
        return Shown.of(self.certificate)

    @property
    def shown_root(self) -> Shown | None:
        return None if self.root is None else Shown.of(self.root)

    @property
    def bundle(self) -> bytes:
        """DER of a certs-only message (RFC 8551, 3.8): the certificate, its chain, the local root."""
        roots = () if self.root is None else (self.root,)
        return pkcs7.serialize_certificates([self.certificate, *self.chain, *roots], Encoding.DER)


def _groups(digest: bytes) -> tuple[str, ...]:
    text = digest.hex(":").upper()
    return tuple(text[begin : begin + 24] for begin in range(0, len(text), 24))


def published_certificate(at: datetime) -> PublishedCertificate:
    """The one that signs at ``at``. Raises ``NoServiceIdentity``."""
    text = signing_rows(at).values_list("certificate", flat=True).first()
    if text is None:
        raise NoServiceIdentity
    certificate, *chain = x509.load_pem_x509_certificates(text.encode())
    return PublishedCertificate(certificate, tuple(chain), _local_root_of([certificate, *chain][-1]))


def _local_root_of(certificate: x509.Certificate) -> x509.Certificate | None:
    """The root of the embedded default, if it has issued ``certificate``."""
    file: Path = settings.DATA_DIR / "ca" / "root.crt"
    if not file.exists():
        return None
    root = x509.load_pem_x509_certificate(file.read_bytes())
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return None
    return root
