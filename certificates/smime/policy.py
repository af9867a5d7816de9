"""What is allowed: limits, errors, and the algorithms to receive and to send, one table each.

A further algorithm is one line in a table and, where it works differently, one function.
Rules: RFC 8551 (S/MIME 4.0), RFC 3218 (the million message attack), docs/adr/0003.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7

MAX_MAIL_BYTES = 40 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_SEGMENTS = 60_000
MAX_DEPTH = 32
MAX_OID_BYTES = 64
MAX_LAYERS = 6
MAX_RECIPIENTS = 200
MAX_SIGNERS = 4
MAX_CERTIFICATES = 20
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
CURVES = ("secp256r1", "secp384r1", "secp521r1")

FIRST_OPENSSL_WITH_IMPLICIT_REJECTION = 0x30200000


class SmimeError(Exception):
    """Anything this package refuses to do."""


class MalformedError(SmimeError):
    """A structure that cannot be read; inside the package only, see `failing_as`."""


class DecryptionError(SmimeError):
    """The mail cannot be decrypted. One text for every cause, so that it tells an attacker nothing."""

    def __init__(self) -> None:
        super().__init__("message cannot be decrypted")


class EncryptionError(SmimeError):
    """Nothing may be encrypted to this certificate; the text says why."""


class SignatureError(SmimeError):
    """The mail has a signature that does not hold. `reason` is short, fixed English; `encrypted`: it came encrypted."""

    def __init__(self, reason: str, *, encrypted: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.encrypted = encrypted


MALFORMED_SIGNATURE = "signature is malformed"
CONTENT_MISMATCH = "signature does not match the content"
UNSUPPORTED_SIGNATURE = "signature algorithm is not supported"
NO_SIGNER_CERTIFICATE = "signature comes without its certificate"
TOO_MANY_LAYERS = "signature is nested too deep"


@contextmanager
def failing_as(error: Callable[[], SmimeError]) -> Iterator[None]:
    """Turn every exception of a parser or library into `error`; our own final errors pass."""
    try:
        yield
    except (DecryptionError, SignatureError, EncryptionError):
        raise
    except Exception:
        raise error() from None


def require_implicit_rejection(openssl_version: int) -> None:
    """Refuse to work with a library whose RSA PKCS#1 v1.5 unpadding is an oracle (OpenSSL before 3.2)."""
    if openssl_version < FIRST_OPENSSL_WITH_IMPLICIT_REJECTION:
        raise ImportError(
            f"S/MIME needs a cryptography wheel with OpenSSL 3.2 or later, this one has {openssl_version:#x}"
        )


require_implicit_rejection(backend.openssl_version_number())


@dataclass(frozen=True, slots=True)
class CbcCipher:
    """A block cipher in CBC mode with PKCS#7 padding (RFC 3565, RFC 3370 5.1). Sizes in bytes."""

    oid: str
    key_size: int
    block_size: int
    algorithm: Callable[[bytes], BlockCipherAlgorithm]

    def _cipher(self, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
        algorithm: CipherAlgorithm = self.algorithm(key)
        return Cipher(algorithm, modes.CBC(iv))

    def fits(self, iv: bytes, ciphertext: bytes) -> bool:
        """Whether the public sizes are possible at all; asked before any private key is used."""
        return len(iv) == self.block_size and len(ciphertext) > 0 and len(ciphertext) % self.block_size == 0

    def decrypt(self, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """ValueError if the padding is wrong."""
        decryptor = self._cipher(key, iv).decryptor()
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        unpadder = PKCS7(self.block_size * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()

    def encrypt(self, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """The padded ciphertext."""
        padder = PKCS7(self.block_size * 8).padder()
        encryptor = self._cipher(key, iv).encryptor()
        return encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()


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


def unwrap_rsa_v15(private_key: rsa.RSAPrivateKey, encrypted_key: bytes, size: int) -> bytes:
    """The content key of `size` bytes; a random one if the padding or the length is wrong (RFC 3218 2.3.2).

    There is no branch on secret facts: the except arm is taken only for an encrypted key whose length or value
    is impossible for the public modulus.
    """
    fallback = os.urandom(size)
    try:
        found = private_key.decrypt(encrypted_key, padding.PKCS1v15())
    except ValueError:
        found = b""
    return (fallback, found)[len(found) == size]


RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
KEY_TRANSPORTS: dict[str, Callable[[rsa.RSAPrivateKey, bytes, int], bytes]] = {RSA_ENCRYPTION: unwrap_rsa_v15}


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest to receive; `weak` ones verify but are never trusted."""

    name: str
    algorithm: Callable[[], hashes.HashAlgorithm]
    weak: bool = False


SHA256 = "2.16.840.1.101.3.4.2.1"
DIGESTS = {
    SHA256: Digest("sha256", hashes.SHA256),
    "2.16.840.1.101.3.4.2.2": Digest("sha384", hashes.SHA384),
    "2.16.840.1.101.3.4.2.3": Digest("sha512", hashes.SHA512),
    "1.3.14.3.2.26": Digest("sha1", hashes.SHA1, weak=True),
}


def _verify_rsa_v15(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(signature, signed, padding.PKCS1v15(), digest.algorithm())


def _verify_rsa_pss(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    """RSASSA-PSS (RFC 4056): the digest and MGF1's must be the signature's own."""
    given = algos.RSASSAPSSParams.load(parameters, strict=True)
    names = {
        given["hash_algorithm"]["algorithm"].native,
        given["mask_gen_algorithm"]["parameters"]["algorithm"].native,
    }
    if not isinstance(key, rsa.RSAPublicKey) or names != {digest.name}:
        raise InvalidSignature
    scheme = padding.PSS(padding.MGF1(digest.algorithm()), given["salt_length"].native)
    key.verify(signature, signed, scheme, digest.algorithm())


def _verify_ecdsa(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise InvalidSignature
    key.verify(signature, signed, ec.ECDSA(digest.algorithm()))


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """How to verify (raises InvalidSignature), and the digest the OID fixes, if it does."""

    verify: Callable[[PublicKeyTypes, bytes, bytes, Digest, bytes], None]
    digest: str | None = None


SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
SIGNATURE_SCHEMES = {
    RSA_ENCRYPTION: SignatureScheme(_verify_rsa_v15),
    "1.2.840.113549.1.1.5": SignatureScheme(_verify_rsa_v15, "sha1"),
    SHA256_WITH_RSA: SignatureScheme(_verify_rsa_v15, "sha256"),
    "1.2.840.113549.1.1.12": SignatureScheme(_verify_rsa_v15, "sha384"),
    "1.2.840.113549.1.1.13": SignatureScheme(_verify_rsa_v15, "sha512"),
    "1.2.840.113549.1.1.10": SignatureScheme(_verify_rsa_pss),
    ECDSA_WITH_SHA256: SignatureScheme(_verify_ecdsa, "sha256"),
    "1.2.840.10045.4.3.3": SignatureScheme(_verify_ecdsa, "sha384"),
    "1.2.840.10045.4.3.4": SignatureScheme(_verify_ecdsa, "sha512"),
}


def is_strong(key: PublicKeyTypes) -> bool:
    """RSA of 2048 to 8192 bits, or P-256, P-384, P-521."""
    if isinstance(key, rsa.RSAPublicKey):
        return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES
