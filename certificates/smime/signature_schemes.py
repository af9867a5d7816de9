"""How each kind of signature is verified. Which ones are allowed stands in `policy`."""

from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from certificates.smime.ber import INTEGER, encode

SHAKE_OF_512_BITS = encode(INTEGER, (512).to_bytes(2, "big"))
"""ShakeOutputLen, the parameter of id-shake256-len (RFC 8419 2.3)."""


def shake256() -> hashes.SHAKE256:
    """512 bits, the length that Ed448 uses (RFC 8419 3.1) and that id-shake256 has in CMS (RFC 8702 3.1)."""
    return hashes.SHAKE256(64)


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest to receive. `weak` ones verify but are not trusted; `parameters`: DER that must stand beside the OID."""

    name: str
    algorithm: Callable[[], hashes.HashAlgorithm]
    weak: bool = False
    parameters: bytes = b""


def verify_rsa_v15(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(signature, signed, padding.PKCS1v15(), digest.algorithm())


def verify_rsa_pss(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    """RSASSA-PSS (RFC 4056): digest and MGF1's digest must be the signature's own, the trailer 1, the salt any length."""
    given = algos.RSASSAPSSParams.load(parameters, strict=True)
    mask = given["mask_gen_algorithm"]
    stated = (
        given["hash_algorithm"]["algorithm"].native,
        mask["algorithm"].native,
        mask["parameters"]["algorithm"].native,
        int(given["trailer_field"]),
    )
    if not isinstance(key, rsa.RSAPublicKey) or stated != (digest.name, "mgf1", digest.name, 1):
        raise InvalidSignature
    scheme = padding.PSS(padding.MGF1(digest.algorithm()), given["salt_length"].native)
    key.verify(signature, signed, scheme, digest.algorithm())


def verify_ecdsa(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise InvalidSignature
    key.verify(signature, signed, ec.ECDSA(digest.algorithm()))


def verify_ed25519(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise InvalidSignature
    key.verify(signature, signed)


def verify_ed448(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest, parameters: bytes
) -> None:
    if not isinstance(key, ed448.Ed448PublicKey):
        raise InvalidSignature
    key.verify(signature, signed)


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """How to verify (raises InvalidSignature), and the digests of the content that go with it."""

    verify: Callable[[PublicKeyTypes, bytes, bytes, Digest, bytes], None]
    digests: tuple[str, ...]
