"""Writing CMS envelopes for one recipient: EnvelopedData for what needs it, AuthEnvelopedData for AES-GCM.

One recipient an envelope: older NSS cannot parse a mail that holds any elliptic recipient beside its own.
"""

import os

from cryptography import x509

from certificates.smime.ber import OCTETS, OID, SEQUENCE, encode
from certificates.smime.ciphers import CbcCipher
from certificates.smime.cms_parts import algorithm, content_info, integer
from certificates.smime.cms_recipient import recipient_infos
from certificates.smime.references import DATA

_ENVELOPED_DATA = "1.2.840.113549.1.7.3"


def enveloped_data(content: bytes, certificate: x509.Certificate, cipher: CbcCipher) -> bytes:
    """The DER of `content` encrypted to one certificate; EncryptionError if nothing may be encrypted to it."""
    key, iv = os.urandom(cipher.key_size), os.urandom(cipher.block_size)
    version, recipients = recipient_infos(key, certificate)
    encrypted = encode(
        SEQUENCE,
        encode(OID, DATA),
        algorithm(cipher.oid, encode(OCTETS, iv)),
        encode(0x80, cipher.encrypt(key, iv, content)),
    )
    return content_info(_ENVELOPED_DATA, encode(SEQUENCE, integer(version), recipients, encrypted))
