"""Pieces of CMS that signatures and envelopes share when they are written."""

from asn1crypto import core
from cryptography import x509

from certificates.smime.ber import INTEGER, NULL, OID, SEQUENCE, encode
from certificates.smime.references import issuer_of, oid_contents

NO_PARAMETERS = encode(NULL)
"""RFC 3370 asks for a NULL where an algorithm has none."""


def integer(value: int) -> bytes:
    contents: bytes = core.Integer(value).contents
    return encode(INTEGER, contents)


def algorithm(oid: str, parameters: bytes = b"") -> bytes:
    """An AlgorithmIdentifier; `parameters` is DER, empty leaves them out."""
    return encode(SEQUENCE, encode(OID, oid_contents(oid)), parameters)


def issuer_and_serial(certificate: x509.Certificate) -> bytes:
    """An IssuerAndSerialNumber: the one way of naming a certificate that every client since 1998 knows."""
    return encode(SEQUENCE, issuer_of(certificate), integer(certificate.serial_number))


def content_info(kind: str, content: bytes) -> bytes:
    """The outermost structure (RFC 5652 3)."""
    return encode(SEQUENCE, encode(OID, oid_contents(kind)), encode(0xA0, content))
