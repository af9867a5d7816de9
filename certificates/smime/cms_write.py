"""Writing CMS: SignedData as clients from 2000 on like it, and EnvelopedData for one recipient.

Encoded with `ber.encode` rather than by a builder: cryptography's PKCS7SignatureBuilder fixes the capabilities
and leaves out 3DES, which Outlook Express 6 must see.
"""

import os
from datetime import UTC, datetime

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.smime.ber import CONTEXT_0, INTEGER, NULL, OCTETS, OID, SEQUENCE, SET, encode
from certificates.smime.ciphers import CbcCipher
from certificates.smime.cms_signed import (
    CAPABILITIES,
    CONTENT_TYPE,
    KEY_PREFERENCE,
    MESSAGE_DIGEST,
    MICROSOFT_KEY_PREFERENCE,
)
from certificates.smime.errors import EncryptionError
from certificates.smime.policy import ECDSA_WITH_SHA256, OWN_CAPABILITIES, RSA_ENCRYPTION, SHA256, is_strong
from certificates.smime.references import DATA, issuer_of, oid_contents
from certificates.smime.trust import Identity, may_receive

_SIGNED_DATA = oid_contents("1.2.840.113549.1.7.2")
_ENVELOPED_DATA = oid_contents("1.2.840.113549.1.7.3")
_SIGNING_TIME = oid_contents("1.2.840.113549.1.9.5")
_NULL = encode(NULL)


def signed_data(content: bytes, identity: Identity) -> bytes:
    """The DER of a detached signature over `content` (SHA-256, RSA PKCS#1 v1.5 or ECDSA), with certificate and chain."""
    certificate = identity.certificate
    attributes = _signed_attributes(content, certificate)
    signer = encode(
        SEQUENCE,
        _integer(1),
        _issuer_and_serial(certificate),
        _algorithm(SHA256, _NULL),
        encode(CONTEXT_0, attributes),
        *_signature(encode(SET, attributes), identity),
    )
    bag = sorted(c.public_bytes(Encoding.DER) for c in (certificate, *identity.chain))
    signed = encode(
        SEQUENCE,
        _integer(1),
        encode(SET, _algorithm(SHA256, _NULL)),
        encode(SEQUENCE, encode(OID, DATA)),
        encode(CONTEXT_0, *bag),
        encode(SET, signer),
    )
    return encode(SEQUENCE, encode(OID, _SIGNED_DATA), encode(CONTEXT_0, signed))


def _signature(signed: bytes, identity: Identity) -> tuple[bytes, bytes]:
    """SignatureAlgorithm and signature, by the kind of the key."""
    key = identity.private_key
    if isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return _algorithm(RSA_ENCRYPTION, _NULL), encode(OCTETS, value)
    return _algorithm(ECDSA_WITH_SHA256), encode(OCTETS, key.sign(signed, ec.ECDSA(hashes.SHA256())))


def _signed_attributes(content: bytes, certificate: x509.Certificate) -> bytes:
    """The contents of the SET, in DER order."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    reference = _issuer_and_serial(certificate)
    capabilities = [encode(SEQUENCE, encode(OID, oid_contents(oid))) for oid in OWN_CAPABILITIES]
    time = datetime.now(UTC).strftime("%y%m%d%H%M%SZ").encode()
    attributes = (
        (CONTENT_TYPE, encode(OID, DATA)),
        (_SIGNING_TIME, encode(0x17, time)),
        (MESSAGE_DIGEST, encode(OCTETS, digest.finalize())),
        (CAPABILITIES, encode(SEQUENCE, *capabilities)),
        (KEY_PREFERENCE, encode(CONTEXT_0, issuer_of(certificate), _integer(certificate.serial_number))),
        (MICROSOFT_KEY_PREFERENCE, reference),
    )
    return b"".join(
        sorted(encode(SEQUENCE, encode(OID, kind), encode(SET, value)) for kind, value in attributes)
    )


def enveloped_data(content: bytes, certificate: x509.Certificate, cipher: CbcCipher) -> bytes:
    """The DER of `content` encrypted to one RSA certificate (PKCS#1 v1.5); EncryptionError if it does not fit."""
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey) or not is_strong(public_key):
        raise EncryptionError("certificate has no RSA key of 2048 to 8192 bits")
    if not may_receive(certificate):
        raise EncryptionError("certificate is not meant for encryption")
    key, iv = os.urandom(cipher.key_size), os.urandom(cipher.block_size)
    recipient = encode(
        SEQUENCE,
        _integer(0),
        _issuer_and_serial(certificate),
        _algorithm(RSA_ENCRYPTION, _NULL),
        encode(OCTETS, public_key.encrypt(key, padding.PKCS1v15())),
    )
    encrypted = encode(
        SEQUENCE,
        encode(OID, DATA),
        _algorithm(cipher.oid, encode(OCTETS, iv)),
        encode(0x80, cipher.encrypt(key, iv, content)),
    )
    envelope = encode(SEQUENCE, _integer(0), encode(SET, recipient), encrypted)
    return encode(SEQUENCE, encode(OID, _ENVELOPED_DATA), encode(CONTEXT_0, envelope))


def _integer(value: int) -> bytes:
    encoded: bytes = core.Integer(value).contents
    return encode(INTEGER, encoded)


def _algorithm(oid: str, parameters: bytes = b"") -> bytes:
    return encode(SEQUENCE, encode(OID, oid_contents(oid)), parameters)


def _issuer_and_serial(certificate: x509.Certificate) -> bytes:
    return encode(SEQUENCE, issuer_of(certificate), _integer(certificate.serial_number))
