"""Signing and encrypting what leaves. Fails closed: a registered address never gets its mail in clear."""

from __future__ import annotations

import re

from django.utils import timezone

from certificates import smime
from certificates.identity import signing_identity
from certificates.registration import registered_for, usable

_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")


class ProtectionUnavailable(Exception):
    """The address has registered a certificate, but none that can be used now."""


def sign(mail: bytes) -> bytes:
    """The mail with its content signed by the service (RFC 8551 multipart/signed)."""
    headers, entity = _split(mail)
    return headers + smime.sign(entity, signing_identity(timezone.now()))


def protect(mail: bytes, recipient: str, *, only: str = "") -> bytes:
    """Signed, and encrypted around that if ``recipient`` has registered a certificate.

    Of several the newest that works is used. ``only``: the fingerprint of the one that may be used. A receiver
    whose client protects headers itself gets the subject inside. Raises ``ProtectionUnavailable`` if there is
    none to use, and where ``only`` is not among them.
    """
    headers, entity = _split(mail)
    now = timezone.now()
    identity = signing_identity(now)
    if not only and not registered_for([recipient]).exists():
        return headers + smime.sign(entity, identity)
    for row, certificate in usable(recipient, at=now):
        if only in ("", row.fingerprint):
            if row.header_protection:
                headers, entity = smime.hide_subject(headers, entity)
            signed = smime.sign(entity, identity)
            return headers + smime.encrypt(signed, certificate, capabilities=row.capabilities)
    raise ProtectionUnavailable


def _split(mail: bytes) -> tuple[bytes, bytes]:
    """The header fields that stay outside, and the MIME entity that is signed (RFC 8551, 3.1)."""
    head, body = _HEADERS_END.split(mail, maxsplit=1)
    fields = [field for field in _FIELD.findall(head) if field]
    inner = [field for field in fields if field.lower().startswith(b"content-")]
    outer = [field for field in fields if not field.lower().startswith((b"content-", b"mime-version:"))]
    headers = b"".join(field + b"\r\n" for field in [*outer, b"MIME-Version: 1.0"])
    return headers, b"".join(field + b"\r\n" for field in inner) + b"\r\n" + body
