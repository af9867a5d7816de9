"""How each kind of signature is verified. Which ones are allowed stands in `policy`."""

from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest to receive; `weak` ones verify but are never trusted."""

    name: str
    algorithm: Callable[[], hashes.HashAlgorithm]
    weak: bool = False


def verify_rsa_v15(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(signature, signed, padding.PKCS1v15(), digest.algorithm())


def verify_rsa_pss(
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


def verify_ecdsa(
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
