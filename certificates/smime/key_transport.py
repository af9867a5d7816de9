"""The content key under the service's RSA key (RFC 5652 6.2.1). Which ways are allowed stands in `policy`.

Nobody learns whether a key could be unwrapped: one that could not is replaced by a random one, and the mail
fails later, as one does whose content was tampered with (implicit rejection, RFC 3218 2.3.2).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from certificates.smime.ber import CONTEXT_0, NULL, OCTETS, OID, SEQUENCE, children, encode, only
from certificates.smime.errors import MalformedError
from certificates.smime.references import oid_contents

FIRST_OPENSSL_WITH_IMPLICIT_REJECTION = 0x30200000

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_MGF1 = oid_contents("1.2.840.113549.1.1.8")
_P_SPECIFIED = oid_contents("1.2.840.113549.1.1.9")
_SHA1_OID = "1.3.14.3.2.26"
_SHA1 = encode(SEQUENCE, encode(OID, oid_contents(_SHA1_OID)))
_OAEP_DIGESTS: dict[bytes, Callable[[], hashes.HashAlgorithm]] = {
    oid_contents(_SHA1_OID): hashes.SHA1,
    oid_contents("2.16.840.1.101.3.4.2.4"): hashes.SHA224,
    oid_contents("2.16.840.1.101.3.4.2.1"): hashes.SHA256,
    oid_contents("2.16.840.1.101.3.4.2.2"): hashes.SHA384,
    oid_contents("2.16.840.1.101.3.4.2.3"): hashes.SHA512,
}
"""SHA-1 is sound here: OAEP needs no collision resistance (RFC 8017 B.1)."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A content key for one recipient. `unwrap(private_key, size)` gives `size` bytes whatever happens.

    `opens_with`: the kind of key it takes.
    """

    encrypted_key: bytes
    opens_with: type[rsa.RSAPrivateKey] | type[ec.EllipticCurvePrivateKey]
    unwrap: Callable[[PrivateKey, int], bytes]


def require_implicit_rejection(openssl_version: int) -> None:
    """Refuse to work with a library whose RSA PKCS#1 v1.5 unpadding is an oracle (OpenSSL before 3.2)."""
    if openssl_version < FIRST_OPENSSL_WITH_IMPLICIT_REJECTION:
        raise ImportError(
            f"S/MIME needs a cryptography wheel with OpenSSL 3.2 or later, this one has {openssl_version:#x}"
        )


require_implicit_rejection(backend.openssl_version_number())


def key_or_random(find: Callable[[], bytes], size: int) -> bytes:
    """What `find` finds if it is `size` bytes long, else random bytes.

    There is no branch on secret facts: for RSA PKCS#1 v1.5 the except arm is taken only for an encrypted key
    whose length or value is impossible for the public modulus.
    """
    fallback = os.urandom(size)
    try:
        found = find()
    except Exception:
        found = b""
    return (fallback, found)[len(found) == size]


def rsa_v15(parameters: bytes, encrypted_key: bytes) -> Wrapped:
    """RSAES-PKCS1-v1_5 (RFC 3370 4.2.1); its parameters are NULL and say nothing."""
    return _rsa(encrypted_key, padding.PKCS1v15())


def rsa_oaep(parameters: bytes, encrypted_key: bytes) -> Wrapped | None:
    """RSAES-OAEP (RFC 4055 4.1): digest, mask generation with a digest of its own, label; SHA-1 where silent.

    None for digests that we do not take: it may be meant for somebody else beside us.
    """
    scheme = _oaep(parameters)
    return _rsa(encrypted_key, scheme) if scheme else None


def _rsa(encrypted_key: bytes, scheme: padding.AsymmetricPadding) -> Wrapped:
    def unwrap(private_key: PrivateKey, size: int) -> bytes:
        assert isinstance(private_key, rsa.RSAPrivateKey)
        return key_or_random(lambda: private_key.decrypt(encrypted_key, scheme), size)

    return Wrapped(encrypted_key, rsa.RSAPrivateKey, unwrap)


def _oaep(parameters: bytes) -> padding.OAEP | None:
    fields = {field.tag: field for field in children(only(parameters, SEQUENCE)[0].contents)}
    digest, mask, label = (fields.pop(CONTEXT_0 + number, None) for number in range(3))
    if fields:
        raise MalformedError
    algorithm = _digest(digest.contents if digest else _SHA1)
    mask_algorithm = _digest(_parameter(mask.contents, _MGF1) if mask else _SHA1)
    words = only(_parameter(label.contents, _P_SPECIFIED), OCTETS)[0].contents if label else None
    if algorithm is None or mask_algorithm is None:
        return None
    return padding.OAEP(padding.MGF1(mask_algorithm), algorithm, words)


def _parameter(identifier: bytes, kind: bytes) -> bytes:
    """The DER of the parameter of an AlgorithmIdentifier, which must be of this kind."""
    oid, parameter = children(only(identifier, SEQUENCE)[0].contents)
    if oid.tag != OID or oid.contents != kind:
        raise MalformedError
    return parameter.whole


def _digest(identifier: bytes) -> hashes.HashAlgorithm | None:
    """The digest that an AlgorithmIdentifier names, with NULL or without; None if we do not take it."""
    oid, *parameters = children(only(identifier, SEQUENCE)[0].contents)
    if oid.tag != OID or [each.tag for each in parameters] not in ([], [NULL]):
        raise MalformedError
    digest = _OAEP_DIGESTS.get(oid.contents)
    return digest() if digest else None
