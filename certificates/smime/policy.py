"""What is allowed: the algorithms to receive and to send, one table each.

A further algorithm is one line in a table and, where it works differently, one function.
Rules: RFC 8551 (S/MIME 4.0), RFC 3218 (the million message attack), docs/adr/0003.
"""

from collections.abc import Callable, Sequence

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from certificates.smime.ciphers import CbcCipher
from certificates.smime.key_transport import unwrap_rsa_v15
from certificates.smime.limits import CURVES, MAX_RSA_BITS, MIN_RSA_BITS
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

AES_256_CBC = CbcCipher("2.16.840.1.101.3.4.1.42", 32, 16, AES)
AES_192_CBC = CbcCipher("2.16.840.1.101.3.4.1.22", 24, 16, AES)
AES_128_CBC = CbcCipher("2.16.840.1.101.3.4.1.2", 16, 16, AES)
TRIPLE_DES_CBC = CbcCipher("1.2.840.113549.3.7", 24, 8, TripleDES)

CONTENT_CIPHERS = {c.oid: c for c in (AES_256_CBC, AES_192_CBC, AES_128_CBC, TRIPLE_DES_CBC)}
SENDABLE_CIPHERS = (AES_256_CBC, AES_192_CBC, AES_128_CBC, TRIPLE_DES_CBC)
OWN_CAPABILITIES = (AES_256_CBC.oid, AES_128_CBC.oid, TRIPLE_DES_CBC.oid)
"""3DES is listed because Outlook Express 6 falls back to RC2-40 without it."""


def choose_cipher(capabilities: Sequence[str]) -> CbcCipher:
    """The strongest cipher the recipient lists (OIDs of its sMIMECapabilities); AES-256 if it lists none of ours."""
    return next((cipher for cipher in SENDABLE_CIPHERS if cipher.oid in capabilities), AES_256_CBC)


RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
KEY_TRANSPORTS: dict[str, Callable[[rsa.RSAPrivateKey, bytes, int], bytes]] = {RSA_ENCRYPTION: unwrap_rsa_v15}


SHA256 = "2.16.840.1.101.3.4.2.1"
DIGESTS = {
    SHA256: Digest("sha256", hashes.SHA256),
    "2.16.840.1.101.3.4.2.2": Digest("sha384", hashes.SHA384),
    "2.16.840.1.101.3.4.2.3": Digest("sha512", hashes.SHA512),
    "2.16.840.1.101.3.4.2.12": Digest("shake256", shake256),
    "2.16.840.1.101.3.4.2.18": Digest("shake256", shake256, parameters=SHAKE_OF_512_BITS),
    "1.3.14.3.2.26": Digest("sha1", hashes.SHA1, weak=True),
}


SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
_SHA = ("sha1", "sha256", "sha384", "sha512")
SIGNATURE_SCHEMES = {
    RSA_ENCRYPTION: SignatureScheme(verify_rsa_v15, _SHA),
    "1.2.840.113549.1.1.5": SignatureScheme(verify_rsa_v15, ("sha1",)),
    SHA256_WITH_RSA: SignatureScheme(verify_rsa_v15, ("sha256",)),
    "1.2.840.113549.1.1.12": SignatureScheme(verify_rsa_v15, ("sha384",)),
    "1.2.840.113549.1.1.13": SignatureScheme(verify_rsa_v15, ("sha512",)),
    "1.2.840.113549.1.1.10": SignatureScheme(verify_rsa_pss, _SHA),
    "1.2.840.10045.4.1": SignatureScheme(verify_ecdsa, ("sha1",)),
    ECDSA_WITH_SHA256: SignatureScheme(verify_ecdsa, ("sha256",)),
    "1.2.840.10045.4.3.3": SignatureScheme(verify_ecdsa, ("sha384",)),
    "1.2.840.10045.4.3.4": SignatureScheme(verify_ecdsa, ("sha512",)),
    "1.3.101.112": SignatureScheme(verify_ed25519, ("sha512",)),
    "1.3.101.113": SignatureScheme(verify_ed448, ("shake256",)),
}
"""The digests are those of the content; EdDSA's are fixed by RFC 8419 3."""


def is_strong(key: PublicKeyTypes) -> bool:
    """RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519 or Ed448."""
    if isinstance(key, rsa.RSAPublicKey):
        return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in CURVES
    return isinstance(key, ed448.Ed448PublicKey | ed25519.Ed25519PublicKey)
