"""A service certificate from outside: read from a file, and taken only if mail can be signed and opened by it.

Pure of the database. A refusal is a sentence that says what to do, and never quotes the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from certificates.importable import UnusableCertificate, check
from certificates.smime import Identity

LARGEST_FILE = 1 << 20
MOST_CERTIFICATES = 50
_PEM_KEY = re.compile(rb"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_PEM = b"-----BEGIN "
_DER_SEQUENCE = b"\x30"


class PasswordNeeded(UnusableCertificate):
    """The key is encrypted, and no password or a wrong one was given."""


@dataclass(frozen=True, slots=True)
class _Bundle:
    key: PrivateKeyTypes
    certificates: list[x509.Certificate]


def read_identity(data: bytes, password: bytes | None, *, address: str, at: datetime) -> Identity:
    """The identity in a PKCS #12 file (RFC 7292), or in PEM with certificate, chain and key in any order.

    Checked by ``importable.check``; roots and foreign certificates are left out. Raises
    ``UnusableCertificate``, as ``PasswordNeeded`` if another password may help.
    """
    if len(data) > LARGEST_FILE:
        raise UnusableCertificate(
            "The file is larger than 1 MB. Give one with certificate, chain and key only."
        )
    bundle = _read_pem(data, password) if _PEM in data else _read_pkcs12(data, password)
    if len(bundle.certificates) > MOST_CERTIFICATES:
        raise UnusableCertificate(
            f"The file has more than {MOST_CERTIFICATES} certificates. Leave only the chain of the service's."
        )
    certificate = _certificate_of(bundle)
    if not isinstance(bundle.key, RSAPrivateKey):
        raise UnusableCertificate(
            "The key is not RSA. Have the certificate issued for an RSA key of 2048 bits or more."
        )
    check(certificate, address=address, at=at)
    return Identity(certificate, bundle.key, chain_of(certificate, bundle.certificates))


def chain_of(certificate: x509.Certificate, others: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """From the issuer upwards, whatever the order of ``others``; a root is left out (RFC 8551, 2.5)."""
    chain: list[x509.Certificate] = []
    left = [other for other in others if other != certificate and other.subject != other.issuer]
    last = certificate
    while (issuer := next((each for each in left if _has_issued(each, last)), None)) is not None:
        chain.append(issuer)
        left.remove(issuer)
        last = issuer
    return tuple(chain)


def _read_pem(data: bytes, password: bytes | None) -> _Bundle:
    keys = [match[0] for match in _PEM_KEY.finditer(data)]
    if len(keys) != 1:
        found = "no private key" if not keys else "several private keys"
        raise UnusableCertificate(
            f"There is {found} in the file. Give one with the key that the certificate is for."
        )
    try:
        certificates = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise UnusableCertificate(
            "There is no readable certificate in the file. Put certificate and chain into it, in PEM."
        ) from error
    return _Bundle(_pem_key(keys[0], password), certificates)


def _pem_key(block: bytes, password: bytes | None) -> PrivateKeyTypes:
    encrypted = b"ENCRYPTED" in block
    if encrypted and not password:
        raise PasswordNeeded("The private key is encrypted. Give its password.")
    try:
        return load_pem_private_key(block, password if encrypted else None)
    except UnsupportedAlgorithm as error:
        raise _unsupported() from error
    except (ValueError, TypeError) as error:
        if encrypted:
            raise PasswordNeeded("The password does not open the private key.") from error
        raise UnusableCertificate(
            "The private key cannot be read. Export it again, in PEM or PKCS #12."
        ) from error


def _read_pkcs12(data: bytes, password: bytes | None) -> _Bundle:
    if not data.startswith(_DER_SEQUENCE):
        raise UnusableCertificate(
            "The file is neither PEM nor PKCS #12 (.p12, .pfx). Export it again as one of them."
        )
    if _is_bare_certificate(data):
        raise UnusableCertificate(
            "The file is a certificate without its key. Give a PKCS #12 file (.p12, .pfx)."
        )
    try:
        opened = pkcs12.load_pkcs12(data, password)
    except UnsupportedAlgorithm as error:
        raise _unsupported() from error
    except ValueError as error:
        raise PasswordNeeded(
            "This is no PKCS #12 file, or the password does not open it."
            if password
            else "The file needs a password."
        ) from error
    if opened.key is None:
        raise UnusableCertificate(
            "There is no private key in the file. Export it again, together with its key."
        )
    certificates = [opened.cert, *opened.additional_certs]
    return _Bundle(opened.key, [each.certificate for each in certificates if each is not None])


def _is_bare_certificate(data: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _unsupported() -> UnusableCertificate:
    return UnusableCertificate(
        "The file is encrypted by an algorithm that is not supported. Export it again with AES-256."
    )


def _certificate_of(bundle: _Bundle) -> x509.Certificate:
    ours = _public_part(bundle.key)
    for certificate in bundle.certificates:
        if ours is not None and _public_part(certificate) == ours:
            return certificate
    raise UnusableCertificate(
        "The private key belongs to no certificate of the file. Give the two that were made together."
    )


def _public_part(owner: PrivateKeyTypes | x509.Certificate) -> bytes | None:
    """None for a key of a kind that nobody here knows."""
    try:
        return owner.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
