"""What a certificate must be for the service to sign with it and customers to encrypt to it.

Source: user guide, chapter 14 (clients since 2000); RFC 8550, 4.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certificates.smime.addresses import canonical_address
from certificates.smime.limits import MAX_RSA_BITS, MIN_RSA_BITS

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class UnusableCertificate(ValueError):
    """Sentences for the operator: what is wrong with the file, and what to do."""


def check(certificate: x509.Certificate, *, address: str, at: datetime) -> None:
    """Raises ``UnusableCertificate`` with one sentence for each thing that is wrong.

    A certificate that is not valid yet at ``at`` is taken: it signs from its first day on.
    """
    try:
        problems = list(_problems(certificate, address, at))
    except ValueError as error:
        raise UnusableCertificate(
            "The certificate's extensions cannot be read. Have it issued again."
        ) from error
    if problems:
        raise UnusableCertificate("\n".join(problems))


def names_address_in_subject(certificate: x509.Certificate) -> bool:
    """Whether old clients, which look for emailAddress in the subject, find one there."""
    return bool(certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS))


def _problems(certificate: x509.Certificate, address: str, at: datetime) -> Iterator[str]:
    key = certificate.public_key()
    if not (isinstance(key, RSAPublicKey) and MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS):
        yield f"The key is not RSA of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits. Have the certificate issued for such a key."
    if certificate.not_valid_after_utc <= at:
        yield f"The certificate ended on {certificate.not_valid_after_utc:%Y-%m-%d}. Have it renewed."
    if canonical_address(address) not in map(canonical_address, _mail_names(certificate)):
        yield f"The certificate does not name {address} as subjectAltName (rfc822Name). Have it issued for that address."
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    if extended is None or ExtendedKeyUsageOID.EMAIL_PROTECTION not in extended:
        yield "The certificate is not for mail (extendedKeyUsage emailProtection). Order one for S/MIME."
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not (usage.digital_signature and usage.key_encipherment):
        yield (
            "The certificate must be for signing and encrypting (keyUsage digitalSignature and keyEncipherment). "
            "Order one for both."
        )
    basic = _extension(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        yield "The certificate is an authority's. Give the key and certificate of the service itself."


def _mail_names(certificate: x509.Certificate) -> list[str]:
    names = _extension(certificate, x509.SubjectAlternativeName)
    return [] if names is None else names.get_values_for_type(x509.RFC822Name)


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
