"""Content encryption: how each kind of cipher opens and closes. Which ones are allowed stands in `policy`."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.padding import PKCS7


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
