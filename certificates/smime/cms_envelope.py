"""Writing CMS envelopes for one recipient: EnvelopedData for what needs it, AuthEnvelopedData for AES-GCM.

One recipient an envelope: older NSS cannot parse a mail that holds any elliptic recipient beside its own.
"""

import os

from cryptography import x509

from certificates.smime.ber import OCTETS, OID, SEQUENCE, encode
from certificates.smime.ciphers import GCM_TAG_BYTES, CbcCipher, GcmCipher
from certificates.smime.cms_parts import algorithm, content_info, integer
from certificates.smime.cms_recipient import recipient_infos
from certificates.smime.references import DATA

_ENVELOPED_DATA = "1.2.840.113549.1.7.3"
_AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"
_NONCE_BYTES = 12
_ENCRYPTED_CONTENT = 0x80


def enveloped_data(content: bytes, certificate: x509.Certificate, cipher: CbcCipher) -> bytes:
    """The DER of `content` encrypted to one certificate; EncryptionError if nothing may be encrypted to it."""
    key, iv = os.urandom(cipher.key_size), os.urandom(cipher.block_size)
    version, recipients = recipient_infos(key, certificate)
    encrypted = _content(algorithm(cipher.oid, encode(OCTETS, iv)), cipher.encrypt(key, iv, content))
    return content_info(_ENVELOPED_DATA, encode(SEQUENCE, integer(version), recipients, encrypted))


def auth_enveloped_data(content: bytes, certificate: x509.Certificate, cipher: GcmCipher) -> bytes:
    """The same by AES-GCM (RFC 5083, RFC 5084), without attributes."""
    key, nonce = os.urandom(cipher.key_size), os.urandom(_NONCE_BYTES)
    _, recipients = recipient_infos(key, certificate)
    ciphertext, tag = cipher.encrypt(key, nonce, content)
    parameters = encode(SEQUENCE, encode(OCTETS, nonce), integer(GCM_TAG_BYTES))
    encrypted = _content(algorithm(cipher.oid, parameters), ciphertext)
    envelope = encode(SEQUENCE, integer(0), recipients, encrypted, encode(OCTETS, tag))
    return content_info(_AUTH_ENVELOPED_DATA, envelope)


def _content(cipher: bytes, ciphertext: bytes) -> bytes:
    """EncryptedContentInfo; `cipher`: its AlgorithmIdentifier."""
    return encode(SEQUENCE, encode(OID, DATA), cipher, encode(_ENCRYPTED_CONTENT, ciphertext))
