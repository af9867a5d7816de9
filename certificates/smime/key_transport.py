"""The content key under the service's RSA key (RFC 5652 6.2.1). Which ways are allowed stands in `policy`."""

import os

from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives.asymmetric import padding, rsa

FIRST_OPENSSL_WITH_IMPLICIT_REJECTION = 0x30200000


def require_implicit_rejection(openssl_version: int) -> None:
    """Refuse to work with a library whose RSA PKCS#1 v1.5 unpadding is an oracle (OpenSSL before 3.2)."""
    if openssl_version < FIRST_OPENSSL_WITH_IMPLICIT_REJECTION:
        raise ImportError(
            f"S/MIME needs a cryptography wheel with OpenSSL 3.2 or later, this one has {openssl_version:#x}"
        )


require_implicit_rejection(backend.openssl_version_number())


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
