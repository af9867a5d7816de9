"""Content encryption: how each kind of cipher opens and closes. Which ones are allowed stands in `policy`."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7

from certificates.smime.ber import INTEGER, OCTETS, SEQUENCE, children, encode, only
from certificates.smime.errors import MalformedError

MIN_TAG_BYTES = 12
"""Of AES-GCM (NIST SP 800-38D allows fewer, which can be guessed)."""
GCM_TAG_BYTES = 16
_DEFAULT_TAG_BYTES = 12
_RC2_128_BITS = b"\x3a"
"""RC2ParameterVersion of 128 effective bits (RFC 8018 B.2.3)."""


def octet_string(parameters: bytes) -> bytes:
    """The IV of AES (RFC 3565) and 3DES (RFC 3370 5.1) in CBC mode."""
    return only(parameters, OCTETS)[0].contents


def rc2_parameter(parameters: bytes) -> bytes:
    """The IV of an RC2CBCParameter (RFC 3370 5.2); MalformedError unless it says 128 bits."""
    version, iv = only(only(parameters, SEQUENCE)[0].contents, INTEGER, OCTETS)
    if version.contents != _RC2_128_BITS:
        raise MalformedError
    return iv.contents


@dataclass(frozen=True, slots=True)
class CbcCipher:
    """A block cipher in CBC mode with PKCS#7 padding. Sizes in bytes; `read_iv` takes the DER of the parameters."""

    oid: str
    key_size: int
    block_size: int
    algorithm: Callable[[bytes], BlockCipherAlgorithm]
    read_iv: Callable[[bytes], bytes] = octet_string

    def _cipher(self, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
        algorithm: CipherAlgorithm = self.algorithm(key)
        return Cipher(algorithm, modes.CBC(iv))

    def decrypt(self, key: bytes, iv: bytes, ciphertext: bytes) -> tuple[bytes, bool]:
        """The content and True; with wrong padding all there is, padding included, and False."""
        decryptor = self._cipher(key, iv).decryptor()
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        unpadder = PKCS7(self.block_size * 8).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize(), True
        except ValueError:
            return padded, False

    def encrypt(self, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """The padded ciphertext."""
        padder = PKCS7(self.block_size * 8).padder()
        encryptor = self._cipher(key, iv).encryptor()
        return encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()


@dataclass(frozen=True, slots=True)
class GcmCipher:
    """AES in Galois/Counter Mode (RFC 5084). `key_size` in bytes."""

    oid: str
    key_size: int

    def decrypt(self, key: bytes, nonce: bytes, tag: bytes, ciphertext: bytes, associated: bytes) -> bytes:
        """Nothing comes out before the whole tag has been compared; InvalidTag if it differs."""
        mode = modes.GCM(nonce, tag, min_tag_length=MIN_TAG_BYTES)
        decryptor = Cipher(AES(key), mode).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(ciphertext) + decryptor.finalize()

    def encrypt(self, key: bytes, nonce: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
        """Ciphertext and tag of `GCM_TAG_BYTES`."""
        sealed = AESGCM(key).encrypt(nonce, plaintext, None)
        return sealed[:-GCM_TAG_BYTES], sealed[-GCM_TAG_BYTES:]


@dataclass(frozen=True, slots=True)
class CbcContent:
    """What an EnvelopedData holds."""

    cipher: CbcCipher
    iv: bytes
    ciphertext: bytes

    def open(self, key: bytes) -> tuple[bytes, bool]:
        """The content, and whether its padding is right; looked at only after the content has been."""
        return self.cipher.decrypt(key, self.iv, self.ciphertext)


@dataclass(frozen=True, slots=True)
class GcmContent:
    """What an AuthEnvelopedData holds; `associated`: the DER of its authenticated attributes, empty for none."""

    cipher: GcmCipher
    nonce: bytes
    tag: bytes
    ciphertext: bytes
    associated: bytes

    def open(self, key: bytes) -> tuple[bytes, bool]:
        """The content and True; InvalidTag if key, content or attributes are not what was encrypted."""
        return self.cipher.decrypt(key, self.nonce, self.tag, self.ciphertext, self.associated), True


def cbc_content(cipher: CbcCipher, parameters: bytes, ciphertext: bytes) -> CbcContent:
    """MalformedError for sizes that are impossible; asked before any private key is used."""
    iv = cipher.read_iv(parameters)
    if len(iv) != cipher.block_size or not ciphertext or len(ciphertext) % cipher.block_size:
        raise MalformedError
    return CbcContent(cipher, iv, ciphertext)


def gcm_content(
    cipher: GcmCipher, parameters: bytes, ciphertext: bytes, tag: bytes, associated: bytes
) -> GcmContent:
    """GCMParameters (RFC 5084 3.2) must state the length of the tag that came; 12 bytes if they do not."""
    nonce, *length = children(only(parameters, SEQUENCE)[0].contents)
    if nonce.tag != OCTETS or not 8 <= len(nonce.contents) <= 128:
        raise MalformedError
    if not MIN_TAG_BYTES <= len(tag) <= GCM_TAG_BYTES:
        raise MalformedError
    stated = [element.whole for element in length] or [encode(INTEGER, bytes((_DEFAULT_TAG_BYTES,)))]
    if stated != [encode(INTEGER, bytes((len(tag),)))]:
        raise MalformedError
    return GcmContent(cipher, nonce.contents, tag, ciphertext, associated)
