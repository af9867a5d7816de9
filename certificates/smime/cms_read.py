"""Reading CMS (RFC 5652): first everything is parsed into frozen values, only then a key is used.

`parse` takes normalised bytes (`ber.normalise`). MalformedError, or any exception of asn1crypto, means that the
structure cannot be read; `layers` maps them all. EnvelopedData is here, SignedData in `cms_signed`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import rsa

from certificates.smime.ber import OCTETS, only
from certificates.smime.ciphers import CbcCipher
from certificates.smime.cms_signed import SignedData, read_signed_data
from certificates.smime.errors import DecryptionError, MalformedError, failing_as
from certificates.smime.limits import MAX_RECIPIENTS
from certificates.smime.policy import CONTENT_CIPHERS, KEY_TRANSPORTS
from certificates.smime.references import DATA, CertificateReference, reference_of
from certificates.smime.trust import Identity

Unwrap = Callable[[rsa.RSAPrivateKey, bytes, int], bytes]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A KeyTransRecipientInfo; `unwrap` is None for an algorithm we do not take."""

    reference: CertificateReference
    unwrap: Unwrap | None
    encrypted_key: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """An EnvelopedData; `encrypted_keys` are the SHA-256 of every recipient's, ours or not."""

    recipients: tuple[Recipient, ...]
    encrypted_keys: tuple[bytes, ...]
    cipher: CbcCipher
    iv: bytes
    ciphertext: bytes


def parse(der: bytes) -> Envelope | SignedData:
    """Parse a ContentInfo of one of the two kinds we open; MalformedError for the others."""
    info = cms.ContentInfo.load(der, strict=True)
    kind: str = info["content_type"].native
    if kind == "enveloped_data":
        return _envelope(info["content"])
    if kind == "signed_data":
        return read_signed_data(info["content"])
    raise MalformedError


def content_kind(der: bytes) -> str:
    """The name of the ContentInfo's type without parsing further; "" if it is none. Only for choosing an error."""
    try:
        kind: str = cms.ContentInfo.load(der, strict=True)["content_type"].native
    except Exception:
        return ""
    return kind


def _envelope(data: cms.EnvelopedData) -> Envelope:
    infos = data["recipient_infos"]
    if not 0 < len(infos) <= MAX_RECIPIENTS:
        raise MalformedError
    recipients: list[Recipient] = []
    keys: list[bytes] = []
    for info in infos:
        if info.name == "ktri":
            recipients.append(_recipient(info.chosen))
            keys.append(recipients[-1].encrypted_key)
        elif info.name == "kari":
            keys += [bytes(key["encrypted_key"].native) for key in info.chosen["recipient_encrypted_keys"]]
        else:
            raise MalformedError
    content = data["encrypted_content_info"]
    algorithm = content["content_encryption_algorithm"]
    cipher = CONTENT_CIPHERS[algorithm["algorithm"].dotted]
    envelope = Envelope(
        recipients=tuple(recipients),
        encrypted_keys=tuple(sha256(key).digest() for key in keys),
        cipher=cipher,
        iv=only(algorithm["parameters"].dump(), OCTETS)[0].contents,
        ciphertext=bytes(content["encrypted_content"].contents),
    )
    if content["content_type"].contents != DATA or not cipher.fits(envelope.iv, envelope.ciphertext):
        raise MalformedError
    return envelope


def _recipient(info: cms.KeyTransRecipientInfo) -> Recipient:
    return Recipient(
        reference=reference_of(info["rid"]),
        unwrap=KEY_TRANSPORTS.get(info["key_encryption_algorithm"]["algorithm"].dotted),
        encrypted_key=bytes(info["encrypted_key"].native),
    )


@failing_as(DecryptionError)
def decrypt(envelope: Envelope, identities: Sequence[Identity]) -> bytes:
    """The content. One RSA operation at most; raises DecryptionError whatever goes wrong."""
    opening = next(_openings(envelope, identities), None)
    if opening is None:
        raise DecryptionError
    private_key, unwrap, encrypted_key = opening
    key = unwrap(private_key, encrypted_key, envelope.cipher.key_size)
    return envelope.cipher.decrypt(key, envelope.iv, envelope.ciphertext)


def _openings(
    envelope: Envelope, identities: Sequence[Identity]
) -> Iterator[tuple[rsa.RSAPrivateKey, Unwrap, bytes]]:
    for identity in identities:
        key = identity.private_key
        if not isinstance(key, rsa.RSAPrivateKey):
            continue
        for recipient in envelope.recipients:
            if recipient.unwrap and recipient.reference.names(identity.certificate):
                yield key, recipient.unwrap, recipient.encrypted_key
