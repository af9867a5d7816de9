"""What is allowed: every algorithm that is received, and the few that are sent, each with its reason.

A further algorithm is one entry and, where it works differently, one function. What has no entry is refused;
`REFUSED` says why for those that people will meet.
Rules: RFC 8551 (S/MIME 4.0), RFC 3218 (the million message attack), docs/adr/0003.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cryptography.hazmat.decrepit.ciphers.algorithms import RC2, TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from certificates.smime.ciphers import CbcCipher, GcmCipher, rc2_parameter
from certificates.smime.key_agreement import (
    AES_128_WRAP,
    AES_192_WRAP,
    AES_256_WRAP,
    TRIPLE_DES_WRAP,
    KeyWrap,
)
from certificates.smime.key_transport import Wrapped, rsa_oaep, rsa_v15
from certificates.smime.limits import CURVES, MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS
from certificates.smime.signature_schemes import (
    SHAKE_OF_512_BITS,
    Digest,
    SignatureScheme,
    shake256,
    verify_ecdsa,
    verify_ed448,
    verify_ed25519,
    verify_rsa_pss,
    verify_rsa_v15,
)

How = TypeVar("How")


@dataclass(frozen=True, slots=True)
class Entry(Generic[How]):
    """An algorithm to receive, by its object identifier: what it is called, how it is done, and why it is allowed.

    `sent`: we use it too when we write.
    """

    oid: str
    name: str
    how: How
    reason: str
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is not received, and why. `oid`: empty for a structure; `partly`: under it something else is received."""

    oid: str
    name: str
    reason: str
    partly: bool = False


def _by_oid(entries: Sequence[Entry[How]]) -> dict[str, How]:
    return {entry.oid: entry.how for entry in entries}


AES_256_CBC = CbcCipher("2.16.840.1.101.3.4.1.42", 32, 16, AES)
AES_192_CBC = CbcCipher("2.16.840.1.101.3.4.1.22", 24, 16, AES)
AES_128_CBC = CbcCipher("2.16.840.1.101.3.4.1.2", 16, 16, AES)
TRIPLE_DES_CBC = CbcCipher("1.2.840.113549.3.7", 24, 8, TripleDES)
RC2_CBC = CbcCipher("1.2.840.113549.3.2", 16, 8, RC2, rc2_parameter)
AES_256_GCM = GcmCipher("2.16.840.1.101.3.4.1.46", 32)
AES_192_GCM = GcmCipher("2.16.840.1.101.3.4.1.26", 24)
AES_128_GCM = GcmCipher("2.16.840.1.101.3.4.1.6", 16)

CBC = (
    Entry(AES_256_CBC.oid, "AES-256-CBC", AES_256_CBC, "every client of today reads it", sent=True),
    Entry(
        AES_192_CBC.oid,
        "AES-192-CBC",
        AES_192_CBC,
        "RFC 5751 2.7: gpgsm and Outlook can be set to it",
        sent=True,
    ),
    Entry(
        AES_128_CBC.oid,
        "AES-128-CBC",
        AES_128_CBC,
        "RFC 8551 2.7: must be read; many clients' default",
        sent=True,
    ),
    Entry(
        TRIPLE_DES_CBC.oid,
        "3DES-CBC",
        TRIPLE_DES_CBC,
        "the best that Outlook Express and Becky! have",
        sent=True,
    ),
    Entry(RC2_CBC.oid, "RC2-CBC, 128 bits", RC2_CBC, "old versions of Outlook encrypt with it"),
)
"""Received in EnvelopedData; the strongest first."""
GCM = (
    Entry(
        AES_256_GCM.oid, "AES-256-GCM", AES_256_GCM, "RFC 8551 2.7: must be read; stands tampering", sent=True
    ),
    Entry(
        AES_192_GCM.oid, "AES-192-GCM", AES_192_GCM, "RFC 5084: costs nothing beside the others", sent=True
    ),
    Entry(AES_128_GCM.oid, "AES-128-GCM", AES_128_GCM, "RFC 8551 2.7: must be read", sent=True),
)
"""Received in AuthEnvelopedData only: in EnvelopedData nobody would compare the tag."""

CBC_CIPHERS = _by_oid(CBC)
GCM_CIPHERS = _by_oid(GCM)
SENDABLE_CIPHERS: tuple[CbcCipher | GcmCipher, ...] = tuple(entry.how for entry in (*GCM, *CBC) if entry.sent)
"""In the order in which they are chosen: that nobody can alter the mail on the way counts more than key bits."""
OWN_CAPABILITIES = (AES_256_GCM.oid, AES_256_CBC.oid, AES_128_CBC.oid, TRIPLE_DES_CBC.oid)
"""GCM first, for what others then send us stands tampering; clients that do not know it pass over it.

3DES last, but there, because Outlook Express 6 falls back to RC2-40 without it.
"""


def choose_cipher(capabilities: Sequence[str]) -> CbcCipher | GcmCipher:
    """The best cipher the recipient lists (OIDs of its sMIMECapabilities); AES-256-CBC if it lists none of ours.

    So AES-GCM goes to those only who say that they read it: Thunderbird does not.
    """
    return next((cipher for cipher in SENDABLE_CIPHERS if cipher.oid in capabilities), AES_256_CBC)


RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_Transport = Callable[[bytes, bytes], Wrapped | None]
TRANSPORT: tuple[Entry[_Transport], ...] = (
    Entry(
        RSA_ENCRYPTION, "RSA PKCS#1 v1.5", rsa_v15, "RFC 3370 4.2.1: all clients write and read it", sent=True
    ),
    Entry(
        "1.2.840.113549.1.1.7", "RSA OAEP", rsa_oaep, "RFC 8551 2.3: should be read; OpenSSL, newer Outlook"
    ),
)
AGREEMENT: tuple[Entry[Callable[[], hashes.HashAlgorithm]], ...] = (
    Entry("1.3.133.16.840.63.0.2", "ECDH, SHA-1 KDF", hashes.SHA1, "RFC 5753 8: OpenSSL's default"),
    Entry("1.3.132.1.11.0", "ECDH, SHA-224 KDF", hashes.SHA224, "RFC 5753 7.1.4"),
    Entry("1.3.132.1.11.1", "ECDH, SHA-256 KDF", hashes.SHA256, "RFC 8551 2.3: must be read", sent=True),
    Entry("1.3.132.1.11.2", "ECDH, SHA-384 KDF", hashes.SHA384, "RFC 5753 8: goes with P-384", sent=True),
    Entry("1.3.132.1.11.3", "ECDH, SHA-512 KDF", hashes.SHA512, "RFC 5753 8: goes with P-521", sent=True),
    Entry(
        "1.3.133.16.840.63.0.3", "cofactor ECDH, SHA-1 KDF", hashes.SHA1, "the same where the cofactor is 1"
    ),
    Entry("1.3.132.1.14.0", "cofactor ECDH, SHA-224 KDF", hashes.SHA224, "the same where the cofactor is 1"),
    Entry("1.3.132.1.14.1", "cofactor ECDH, SHA-256 KDF", hashes.SHA256, "the same where the cofactor is 1"),
    Entry("1.3.132.1.14.2", "cofactor ECDH, SHA-384 KDF", hashes.SHA384, "the same where the cofactor is 1"),
    Entry("1.3.132.1.14.3", "cofactor ECDH, SHA-512 KDF", hashes.SHA512, "the same where the cofactor is 1"),
)
"""The digest of the key derivation. SHA-1 is sound there: nobody gains by collisions in it."""
WRAPS: tuple[Entry[KeyWrap], ...] = (
    Entry("2.16.840.1.101.3.4.1.5", "AES-128 wrap", AES_128_WRAP, "RFC 8551 2.3: must be read", sent=True),
    Entry("2.16.840.1.101.3.4.1.25", "AES-192 wrap", AES_192_WRAP, "RFC 3565: goes with AES-192"),
    Entry("2.16.840.1.101.3.4.1.45", "AES-256 wrap", AES_256_WRAP, "RFC 3565: goes with AES-256", sent=True),
    Entry(
        "1.2.840.113549.1.9.16.3.6", "3DES wrap", TRIPLE_DES_WRAP, "RFC 5753 8: OpenSSL, where it sends 3DES"
    ),
)
KEY_TRANSPORTS = _by_oid(TRANSPORT)
KEY_AGREEMENTS = _by_oid(AGREEMENT)
KEY_WRAPS = _by_oid(WRAPS)

SHA256 = "2.16.840.1.101.3.4.2.1"
_SHA1 = Digest("sha1", hashes.SHA1, weak=True)
_SHAKE_STATED = Digest("shake256", shake256, parameters=SHAKE_OF_512_BITS)
DIGEST = (
    Entry(SHA256, "SHA-256", Digest("sha256", hashes.SHA256), "RFC 8551 2.1: must be read", sent=True),
    Entry("2.16.840.1.101.3.4.2.2", "SHA-384", Digest("sha384", hashes.SHA384), "goes with P-384"),
    Entry("2.16.840.1.101.3.4.2.3", "SHA-512", Digest("sha512", hashes.SHA512), "RFC 8551 2.1: must be read"),
    Entry("2.16.840.1.101.3.4.2.12", "SHAKE256", Digest("shake256", shake256), "RFC 8702: goes with Ed448"),
    Entry("2.16.840.1.101.3.4.2.18", "SHAKE256, length", _SHAKE_STATED, "RFC 8419 2.3: goes with Ed448"),
    Entry(
        "1.3.14.3.2.26", "SHA-1", _SHA1, "the clients of 2000 have no other; weak, until a day that is set"
    ),
)

SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
_SHA = ("sha1", "sha256", "sha384", "sha512")
_RSA = {digest: SignatureScheme(verify_rsa_v15, (digest,)) for digest in _SHA}
_ECDSA = {digest: SignatureScheme(verify_ecdsa, (digest,)) for digest in _SHA}
_ANY_RSA = SignatureScheme(verify_rsa_v15, _SHA)
_PSS = SignatureScheme(verify_rsa_pss, _SHA)
_ED25519 = SignatureScheme(verify_ed25519, ("sha512",))
_ED448 = SignatureScheme(verify_ed448, ("shake256",))
SCHEME = (
    Entry(RSA_ENCRYPTION, "RSA", _ANY_RSA, "RFC 3370 3.2: the name that all clients know", sent=True),
    Entry("1.2.840.113549.1.1.5", "RSA with SHA-1", _RSA["sha1"], "as SHA-1"),
    Entry(SHA256_WITH_RSA, "RSA with SHA-256", _RSA["sha256"], "RFC 5754 3.2: must be read"),
    Entry("1.2.840.113549.1.1.12", "RSA with SHA-384", _RSA["sha384"], "RFC 5754 3.2"),
    Entry("1.2.840.113549.1.1.13", "RSA with SHA-512", _RSA["sha512"], "RFC 5754 3.2"),
    Entry("1.2.840.113549.1.1.10", "RSA-PSS", _PSS, "RFC 8551 2.2: should be read; demanded in some trades"),
    Entry("1.2.840.10045.4.1", "ECDSA with SHA-1", _ECDSA["sha1"], "as SHA-1"),
    Entry(ECDSA_WITH_SHA256, "ECDSA with SHA-256", _ECDSA["sha256"], "RFC 8551 2.2: must be read", sent=True),
    Entry("1.2.840.10045.4.3.3", "ECDSA with SHA-384", _ECDSA["sha384"], "goes with P-384"),
    Entry("1.2.840.10045.4.3.4", "ECDSA with SHA-512", _ECDSA["sha512"], "goes with P-521"),
    Entry("1.3.101.112", "Ed25519", _ED25519, "RFC 8551 2.2: must be read"),
    Entry("1.3.101.113", "Ed448", _ED448, "RFC 8419: costs nothing beside Ed25519"),
)
"""The digests are those of the content; EdDSA's are fixed by RFC 8419 3."""
DIGESTS = _by_oid(DIGEST)
SIGNATURE_SCHEMES = _by_oid(SCHEME)

REFUSED = (
    Refusal(RC2_CBC.oid, "RC2-CBC of 40 or 64 bits", "a search finds the key", partly=True),
    Refusal("1.3.14.3.2.7", "DES-CBC", "56 bits: a search finds the key"),
    Refusal("1.2.840.113549.3.4", "RC4", "no S/MIME has it: bits of the content flip where one likes"),
    Refusal("1.2.840.113549.2.2", "MD2", "collisions: one signature for two contents"),
    Refusal("1.2.840.113549.2.5", "MD5", "collisions: one signature for two contents"),
    Refusal("1.2.840.113549.1.1.4", "RSA with MD5", "as MD5"),
    Refusal("1.2.840.113549.1.5.3", "PBES1 with MD5 and DES", "no S/MIME has it; as MD5 and DES"),
    Refusal("1.2.840.113549.1.5.13", "PBES2", "no S/MIME has it; the sender sets how long its KDF takes"),
    Refusal("1.2.840.113549.1.9.16.1.9", "CompressedData", "kilobytes that become gigabytes"),
    Refusal(
        "", "AES-GCM in EnvelopedData", "RFC 5084 is for AuthEnvelopedData: nobody would compare the tag"
    ),
    Refusal("", "AES-GCM with a tag below 12 bytes", "RFC 5084 3.2: 12 to 16; shorter ones are guessed"),
    Refusal("", "recipients by password", "nobody has agreed on one with us; its KDF takes long"),
    Refusal("", "recipients by key encryption key", "nobody has agreed on one with us"),
    Refusal("", "key agreement with a static sender", "RFC 5753 3.1: ephemeral-static only"),
)
"""What people will meet without an entry above, and why it has none."""


def is_strong(key: PublicKeyTypes) -> bool:
    """RSA of 2048 to 8192 bits with a usual exponent, P-256, P-384, P-521, Ed25519 or Ed448."""
    if isinstance(key, rsa.RSAPublicKey):
        exponent = key.public_numbers().e
        return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS and exponent.bit_length() <= MAX_RSA_EXPONENT_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in CURVES
    return isinstance(key, ed448.Ed448PublicKey | ed25519.Ed25519PublicKey)
