"""Writing CMS signatures: SignedData as clients from 2000 on like it. Envelopes are written by `cms_envelope`.

Encoded with `ber.encode` rather than by a builder: cryptography's PKCS7SignatureBuilder fixes the capabilities
and leaves out 3DES, which Outlook Express 6 must see.
"""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.smime.ber import CONTEXT_0, OCTETS, OID, SEQUENCE, SET, encode
from certificates.smime.cms_parts import NO_PARAMETERS, algorithm, content_info, integer, issuer_and_serial
from certificates.smime.cms_signed import (
    CAPABILITIES,
    CONTENT_TYPE,
    KEY_PREFERENCE,
    MESSAGE_DIGEST,
    MICROSOFT_KEY_PREFERENCE,
)
from certificates.smime.policy import ECDSA_WITH_SHA256, OWN_CAPABILITIES, RSA_ENCRYPTION, SHA256
from certificates.smime.references import DATA, issuer_of, oid_contents
from certificates.smime.trust import Identity

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_SIGNING_TIME = oid_contents("1.2.840.113549.1.9.5")


def signed_data(content: bytes, identity: Identity) -> bytes:
    """The DER of a detached signature over `content` (SHA-256, RSA PKCS#1 v1.5 or ECDSA), with certificate and chain."""
    certificate = identity.certificate
    attributes = _signed_attributes(content, certificate)
    signer = encode(
        SEQUENCE,
        integer(1),
        issuer_and_serial(certificate),
        algorithm(SHA256, NO_PARAMETERS),
        encode(CONTEXT_0, attributes),
        *_signature(encode(SET, attributes), identity),
    )
    bag = sorted(c.public_bytes(Encoding.DER) for c in (certificate, *identity.chain))
    signed = encode(
        SEQUENCE,
        integer(1),
        encode(SET, algorithm(SHA256, NO_PARAMETERS)),
        encode(SEQUENCE, encode(OID, DATA)),
        encode(CONTEXT_0, *bag),
        encode(SET, signer),
    )
    return content_info(_SIGNED_DATA, signed)


def _signature(signed: bytes, identity: Identity) -> tuple[bytes, bytes]:
    """SignatureAlgorithm and signature, by the kind of the key."""
    key = identity.private_key
    if isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return algorithm(RSA_ENCRYPTION, NO_PARAMETERS), encode(OCTETS, value)
    return algorithm(ECDSA_WITH_SHA256), encode(OCTETS, key.sign(signed, ec.ECDSA(hashes.SHA256())))


def _signed_attributes(content: bytes, certificate: x509.Certificate) -> bytes:
    """The contents of the SET, in DER order."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    reference = issuer_and_serial(certificate)
    capabilities = [encode(SEQUENCE, encode(OID, oid_contents(oid))) for oid in OWN_CAPABILITIES]
    time = datetime.now(UTC).strftime("%y%m%d%H%M%SZ").encode()
    attributes = (
        (CONTENT_TYPE, encode(OID, DATA)),
        (_SIGNING_TIME, encode(0x17, time)),
        (MESSAGE_DIGEST, encode(OCTETS, digest.finalize())),
        (CAPABILITIES, encode(SEQUENCE, *capabilities)),
        (KEY_PREFERENCE, encode(CONTEXT_0, issuer_of(certificate), integer(certificate.serial_number))),
        (MICROSOFT_KEY_PREFERENCE, reference),
    )
    return b"".join(
        sorted(encode(SEQUENCE, encode(OID, kind), encode(SET, value)) for kind, value in attributes)
    )
