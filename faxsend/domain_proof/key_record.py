"""A key as a domain publishes it in DNS (RFC 6376 3.6.1, RFC 8463). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from faxsend.domain_proof.errors import NO_KEY, UNUSABLE_KEY, Unproven
from faxsend.domain_proof.signature_field import DkimSignature, decoded
from faxsend.domain_proof.tags import listed, read_tags

RSA_BITS = range(1024, 4096 + 1)
"""RFC 8301 3.2."""

PublicKey = RSAPublicKey | Ed25519PublicKey


def read_key(records: Sequence[bytes], signature: DkimSignature) -> PublicKey:
    """The key among the TXT ``records`` of its name, if it may be used for this signature.

    Raises ``Unproven``.
    """
    tags = next((tags for record in records if (tags := read_tags(record)) and b"p" in tags), None)
    if tags is None or not tags[b"p"]:
        raise Unproven(NO_KEY)
    if b"v" in tags and (next(iter(tags)) != b"v" or tags[b"v"] != b"DKIM1"):
        raise Unproven(NO_KEY)
    if not {b"*", b"email"} & set(listed(tags.get(b"s", b"*"))):
        raise Unproven(UNUSABLE_KEY)
    if b"sha256" not in listed(tags.get(b"h", b"sha256")):
        raise Unproven(UNUSABLE_KEY)
    if b"s" in listed(tags.get(b"t", b"")) and signature.identity_domain != signature.domain:
        raise Unproven(UNUSABLE_KEY)
    if tags.get(b"k", b"rsa").lower() != signature.key_kind:
        raise Unproven(UNUSABLE_KEY)
    return _load(signature.key_kind, tags[b"p"])


def holds(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether ``signature`` is that of ``key`` over the SHA-256 of ``signed``."""
    digest = hashlib.sha256(signed).digest()
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, digest, padding.PKCS1v15(), utils.Prehashed(SHA256()))
        else:
            key.verify(signature, digest)
    except InvalidSignature:
        return False
    return True


def _load(kind: bytes, value: bytes) -> PublicKey:
    der = decoded(value)
    try:
        key = Ed25519PublicKey.from_public_bytes(der) if kind == b"ed25519" else load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unproven(UNUSABLE_KEY) from error
    if isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS:
        return key
    if isinstance(key, Ed25519PublicKey) and kind == b"ed25519":
        return key
    raise Unproven(UNUSABLE_KEY)
