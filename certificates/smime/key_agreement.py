"""The content key by ephemeral-static ECDH with the service's elliptic key (RFC 5753). What is allowed: `policy`."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from certificates.smime.ber import CONTEXT_0, OCTETS, SEQUENCE, encode
from certificates.smime.key_transport import PrivateKey, Wrapped, key_or_random

_SUPP_PUB_INFO = CONTEXT_0 + 2
_TRIPLE_DES_WRAP_IV = bytes.fromhex("4adda22c79e82105")
_WRAPPED_TRIPLE_DES_BYTES = 40


@dataclass(frozen=True, slots=True)
class KeyWrap:
    """How the agreed key wraps the content key. `key_size` in bytes; `unwrap` raises if it is the wrong key."""

    key_size: int
    unwrap: Callable[[bytes, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One sender's side: the ephemeral point as it came, the digest of the KDF, and the key wrap.

    The KDF gets the key wrap's AlgorithmIdentifier as it came, and the sender's `ukm`, None if there is none.
    """

    point: bytes
    digest: hashes.HashAlgorithm
    wrap: KeyWrap
    wrap_identifier: bytes
    ukm: bytes | None

    def wrapped(self, encrypted_key: bytes) -> Wrapped:
        """The key for one recipient."""

        def unwrap(private_key: PrivateKey, size: int) -> bytes:
            assert isinstance(private_key, ec.EllipticCurvePrivateKey)
            return key_or_random(lambda: self.wrap.unwrap(self._agreed(private_key), encrypted_key), size)

        return Wrapped(encrypted_key, ec.EllipticCurvePrivateKey, unwrap)

    def _agreed(self, private_key: ec.EllipticCurvePrivateKey) -> bytes:
        """ValueError for a point that is not on our curve. The cofactor of the curves allowed is 1, so both
        kinds of Diffie-Hellman of RFC 5753 are the same.
        """
        public_key = ec.EllipticCurvePublicKey.from_encoded_point(private_key.curve, self.point)
        secret = private_key.exchange(ec.ECDH(), public_key)
        info = shared_info(self.wrap_identifier, self.wrap.key_size, self.ukm)
        return X963KDF(self.digest, self.wrap.key_size, info).derive(secret)


def shared_info(wrap_identifier: bytes, key_size: int, ukm: bytes | None = None) -> bytes:
    """ECC-CMS-SharedInfo (RFC 5753 7.2): the key wrap, the sender's words, and the size of its key in bytes."""
    words = b"" if ukm is None else encode(CONTEXT_0, encode(OCTETS, ukm))
    size = encode(OCTETS, (key_size * 8).to_bytes(4, "big"))
    return encode(SEQUENCE, wrap_identifier, words, encode(_SUPP_PUB_INFO, size))


def unwrap_triple_des(wrapping_key: bytes, wrapped: bytes) -> bytes:
    """The Triple-DES key wrap (RFC 3217 3.2); InvalidUnwrap if its checksum differs."""
    if len(wrapped) != _WRAPPED_TRIPLE_DES_BYTES:
        raise InvalidUnwrap
    inner = _triple_des(wrapping_key, _TRIPLE_DES_WRAP_IV, wrapped)[::-1]
    unwrapped = _triple_des(wrapping_key, inner[:8], inner[8:])
    key, checksum = unwrapped[:-8], unwrapped[-8:]
    if not bytes_eq(sha1(key, usedforsecurity=False).digest()[:8], checksum):
        raise InvalidUnwrap
    return key


def _triple_des(key: bytes, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(TripleDES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


AES_128_WRAP = KeyWrap(16, aes_key_unwrap)
AES_192_WRAP = KeyWrap(24, aes_key_unwrap)
AES_256_WRAP = KeyWrap(32, aes_key_unwrap)
TRIPLE_DES_WRAP = KeyWrap(24, unwrap_triple_des)
