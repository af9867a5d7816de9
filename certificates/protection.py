"""Signing and encrypting what leaves. Fails closed: a registered address never gets its mail in clear."""

from __future__ import annotations

import re

import structlog
from cryptography import x509
from django.utils import timezone

from certificates import smime
from certificates.identity import signing_identity
from certificates.models import RegisteredCertificate

log = structlog.get_logger(__name__)

_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")


class ProtectionUnavailable(Exception):
    """The address has registered a certificate, but none that can be used now."""


def sign(mail: bytes) -> bytes:
    """The mail with its content signed by the service (RFC 8551 multipart/signed)."""
    headers, entity = _split(mail)
    return headers + smime.sign(entity, signing_identity(timezone.now()))


def protect(mail: bytes, recipient: str) -> bytes:
    """Signed, and encrypted inside if ``recipient`` has registered a certificate.

    Of several the newest that works is used. Raises ``ProtectionUnavailable`` if none does.
    """
    headers, entity = _split(mail)
    now = timezone.now()
    signed = smime.sign(entity, signing_identity(now))
    registered = RegisteredCertificate.objects.filter(address__iexact=recipient)
    if not registered.exists():
        return headers + signed
    for row in registered.filter(not_after__gt=now).order_by("-registered_at", "-pk"):
        try:
            certificate = x509.load_pem_x509_certificate(row.certificate.encode())
            return headers + smime.encrypt(signed, certificate, capabilities=row.capabilities)
        except (smime.EncryptionError, ValueError):
            log.warning("registered certificate cannot be used", certificate=row.fingerprint)
    raise ProtectionUnavailable


def _split(mail: bytes) -> tuple[bytes, bytes]:
    """The header fields that stay outside, and the MIME entity that is signed (RFC 8551, 3.1)."""
    head, body = _HEADERS_END.split(mail, maxsplit=1)
    fields = [field for field in _FIELD.findall(head) if field]
    inner = [field for field in fields if field.lower().startswith(b"content-")]
    outer = [field for field in fields if not field.lower().startswith((b"content-", b"mime-version:"))]
    headers = b"".join(field + b"\r\n" for field in [*outer, b"MIME-Version: 1.0"])
    return headers, b"".join(field + b"\r\n" for field in inner) + b"\r\n" + body
