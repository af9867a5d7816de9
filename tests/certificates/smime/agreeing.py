"""Hand-made recipients whose key is agreed by elliptic curves (RFC 5753)."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.smime.ber import CONTEXT_0, OCTETS, SEQUENCE, encode
from tests.certificates.smime import forge
from tests.certificates.smime.receiving import elliptic
from tests.pki import Person


def own_point(bits: bytes = b"\0\x04" + b"\x01" * 64) -> bytes:
    return encode(CONTEXT_0 + 1, forge.algorithm("1.2.840.10045.2.1", b""), encode(0x03, bits))


def kari(
    originator: bytes, *, scheme: bytes | None = None, ukm: bytes = b"", keys: bytes | None = None
) -> bytes:
    """A KeyAgreeRecipientInfo for the P-256 identity."""
    wrap = forge.algorithm("2.16.840.1.101.3.4.1.5", b"")
    entry = encode(SEQUENCE, forge.issuer_and_serial(elliptic("256")), encode(OCTETS, b"k" * 24))
    return encode(
        CONTEXT_0 + 1,
        forge.integer(3),
        encode(CONTEXT_0, originator),
        ukm,
        forge.algorithm("1.3.132.1.11.1", wrap) if scheme is None else scheme,
        encode(SEQUENCE, entry) if keys is None else keys,
    )


def agreement(
    person: Person,
    key: bytes,
    *,
    wrap_parameters: bytes = b"",
    ukm: bytes | None = None,
    identifier: bytes | None = None,
    form: PublicFormat = PublicFormat.UncompressedPoint,
) -> bytes:
    """The RecipientInfo of ECDH with SHA-256 and AES-128 wrap, by the letter of RFC 5753 7.2 and X9.63."""
    public_key = person.certificate.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    ephemeral = ec.generate_private_key(public_key.curve)
    wrap = forge.algorithm("2.16.840.1.101.3.4.1.5", wrap_parameters)
    words = b"" if ukm is None else encode(CONTEXT_0, encode(OCTETS, ukm))
    shared_info = encode(SEQUENCE, wrap, words, encode(CONTEXT_0 + 2, encode(OCTETS, b"\0\0\0\x80")))
    secret = ephemeral.exchange(ec.ECDH(), public_key)
    wrapping_key = sha256(secret + b"\0\0\0\1" + shared_info).digest()[:16]
    entry = (identifier or forge.issuer_and_serial(person), encode(OCTETS, aes_key_wrap(wrapping_key, key)))
    return kari(
        own_point(b"\0" + ephemeral.public_key().public_bytes(Encoding.X962, form)),
        scheme=forge.algorithm("1.3.132.1.11.1", wrap),
        ukm=b"" if ukm is None else encode(CONTEXT_0 + 1, encode(OCTETS, ukm)),
        keys=encode(SEQUENCE, encode(SEQUENCE, *entry)),
    )
