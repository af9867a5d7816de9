"""Reading envelopes (RFC 5652 6, RFC 5083): all of it is parsed into frozen values, only then a key is used.

`parse` takes normalised bytes (`ber.normalise`). MalformedError, or any exception of a parser, means that the
structure cannot be read; `layers` maps them all. SignedData is in `cms_signed`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from asn1crypto import cms

from certificates.smime.ber import (
    CONTEXT_0,
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    Element,
    children,
    encode,
    only,
)
from certificates.smime.ciphers import CbcContent, GcmContent, cbc_content, gcm_content
from certificates.smime.cms_signed import SignedData, read_signed_data
from certificates.smime.errors import DecryptionError, MalformedError, failing_as
from certificates.smime.key_agreement import Agreement
from certificates.smime.key_transport import PrivateKey, Wrapped
from certificates.smime.limits import MAX_RECIPIENTS
from certificates.smime.mime import has_content_type, is_strict
from certificates.smime.policy import CBC_CIPHERS, GCM_CIPHERS, KEY_AGREEMENTS, KEY_TRANSPORTS, KEY_WRAPS
from certificates.smime.references import DATA, CertificateReference, dotted, oid_contents, reference_in
from certificates.smime.trust import Identity

ENVELOPED_DATA = oid_contents("1.2.840.113549.1.7.3")
SIGNED_DATA = oid_contents("1.2.840.113549.1.7.2")
AUTH_ENVELOPED_DATA = oid_contents("1.2.840.113549.1.9.16.1.23")
_KEY_AGREEMENT = CONTEXT_0 + 1
_ORIGINATOR_KEY = CONTEXT_0 + 1
_ENCRYPTED_CONTENT = 0x80
_BIT_STRING = 0x03


@dataclass(frozen=True, slots=True)
class Recipient:
    """One whom the content is for; `wrapped` is None where the key travels in a way we do not take."""

    reference: CertificateReference
    encrypted_key: bytes
    wrapped: Wrapped | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An EnvelopedData or AuthEnvelopedData; `encrypted_keys` are the SHA-256 of every recipient's, ours or not."""

    recipients: tuple[Recipient, ...]
    content: CbcContent | GcmContent

    @property
    def encrypted_keys(self) -> tuple[bytes, ...]:
        return tuple(sha256(recipient.encrypted_key).digest() for recipient in self.recipients)


def parse(der: bytes) -> Envelope | SignedData:
    """Parse a ContentInfo of one of the three kinds we open; MalformedError for the others."""
    kind, content = only(only(der, SEQUENCE)[0].contents, OID, CONTEXT_0)
    if kind.contents == ENVELOPED_DATA:
        return _enveloped(only(content.contents, SEQUENCE)[0].contents)
    if kind.contents == AUTH_ENVELOPED_DATA:
        return _auth_enveloped(only(content.contents, SEQUENCE)[0].contents)
    if kind.contents == SIGNED_DATA:
        return read_signed_data(cms.ContentInfo.load(der, strict=True)["content"])
    raise MalformedError


def claims_signed_data(der: bytes) -> bool:
    """Whether the ContentInfo calls itself SignedData, however broken it is. Only for choosing an error."""
    try:
        return children(children(der)[0].contents)[0].contents == SIGNED_DATA
    except Exception:
        return False


def _enveloped(contents: bytes) -> Envelope:
    recipients, info, rest = _common(contents)
    if [element.tag for element in rest] not in ([], [CONTEXT_0 + 1]):
        raise MalformedError
    oid, parameters, ciphertext = _encrypted_content(info)
    return Envelope(recipients, cbc_content(CBC_CIPHERS[oid], parameters, ciphertext))


def _auth_enveloped(contents: bytes) -> Envelope:
    """RFC 5083 2.1. The authenticated attributes are authenticated as a SET (2.2)."""
    recipients, info, rest = _common(contents)
    attributes = rest.pop(0).contents if rest[0].tag == CONTEXT_0 + 1 else None
    tags = [element.tag for element in rest]
    if tags not in ([OCTETS], [OCTETS, CONTEXT_0 + 2]):
        raise MalformedError
    oid, parameters, ciphertext = _encrypted_content(info)
    associated = b"" if attributes is None else encode(SET, attributes)
    content = gcm_content(GCM_CIPHERS[oid], parameters, ciphertext, rest[0].contents, associated)
    return Envelope(recipients, content)


def _common(contents: bytes) -> tuple[tuple[Recipient, ...], Element, list[Element]]:
    """Recipients, EncryptedContentInfo and what follows. The originator's certificates, if any, say nothing to us."""
    version, *rest = children(contents)
    if rest[0].tag == CONTEXT_0:
        rest.pop(0)
    infos, info, *rest = rest
    if (version.tag, infos.tag, info.tag) != (INTEGER, SET, SEQUENCE):
        raise MalformedError
    recipients = tuple(recipient for each in _few(infos) for recipient in _recipients(each))
    if not 0 < len(recipients) <= MAX_RECIPIENTS:
        raise MalformedError
    return recipients, info, rest


def _few(infos: Element) -> list[Element]:
    """Counted before any of them is read."""
    found = children(infos.contents)
    if len(found) > MAX_RECIPIENTS:
        raise MalformedError
    return found


def _encrypted_content(info: Element) -> tuple[str, bytes, bytes]:
    """Algorithm, its parameters' DER, and the ciphertext, which must stand here and be of type data."""
    kind, algorithm, content = only(info.contents, OID, SEQUENCE, _ENCRYPTED_CONTENT)
    if kind.contents != DATA:
        raise MalformedError
    return *_algorithm(algorithm), content.contents


def _algorithm(identifier: Element) -> tuple[str, bytes]:
    """An AlgorithmIdentifier: dotted OID, and the DER of its parameters, empty for none."""
    oid, *parameters = children(identifier.contents)
    if identifier.tag != SEQUENCE or oid.tag != OID or len(parameters) > 1:
        raise MalformedError
    return dotted(oid.contents), parameters[0].whole if parameters else b""


def _recipients(info: Element) -> list[Recipient]:
    """Passwords, key encryption keys and other kinds are refused along with everybody beside them."""
    if info.tag == SEQUENCE:
        return [_key_transport(info.contents)]
    if info.tag == _KEY_AGREEMENT:
        return _key_agreement(info.contents)
    raise MalformedError


def _key_transport(contents: bytes) -> Recipient:
    _version, identifier, algorithm, key = children(contents)
    if key.tag != OCTETS:
        raise MalformedError
    oid, parameters = _algorithm(algorithm)
    way = KEY_TRANSPORTS.get(oid)
    return Recipient(reference_in(identifier), key.contents, way(parameters, key.contents) if way else None)


def _key_agreement(contents: bytes) -> list[Recipient]:
    """RFC 5652 6.2.2. The sender's key must be of this mail only: a static one proves nothing and repeats itself."""
    _version, originator, *ukm, algorithm, keys = children(contents)
    if [element.tag for element in ukm] not in ([], [CONTEXT_0 + 1]) or originator.tag != CONTEXT_0:
        raise MalformedError
    _, point = children(only(originator.contents, _ORIGINATOR_KEY)[0].contents)
    oid, wrap = _algorithm(algorithm)
    digest = KEY_AGREEMENTS.get(oid)
    key_wrap = KEY_WRAPS.get(_algorithm(only(wrap, SEQUENCE)[0])[0])
    if point.tag != _BIT_STRING or not point.contents.startswith(b"\0"):
        raise MalformedError
    agreement = None
    if digest and key_wrap:
        words = only(ukm[0].contents, OCTETS)[0].contents if ukm else None
        agreement = Agreement(point.contents[1:], digest(), key_wrap, wrap, words)
    return [_agreed(each, agreement) for each in _few(keys)]


def _agreed(entry: Element, agreement: Agreement | None) -> Recipient:
    identifier, key = children(entry.contents)
    if key.tag != OCTETS:
        raise MalformedError
    wrapped = agreement.wrapped(key.contents) if agreement else None
    return Recipient(_agreed_reference(identifier), key.contents, wrapped)


def _agreed_reference(identifier: Element) -> CertificateReference:
    """KeyAgreeRecipientIdentifier: by issuer and serial, or a RecipientKeyIdentifier, whose date is passed over."""
    if identifier.tag == CONTEXT_0:
        return CertificateReference(key_id=children(identifier.contents)[0].contents)
    return reference_in(identifier)


@failing_as(DecryptionError)
def decrypt(envelope: Envelope, identities: Sequence[Identity]) -> bytes:
    """The entity inside. One private key operation at most; raises DecryptionError whatever goes wrong.

    What is no MIME entity was not decrypted: CBC proves nothing by itself, and its first block can be chosen by
    whoever knows what stands there. Without a Content-Type it is none, so that one block is not enough to end the
    header fields early and write the first line of the text. A wrong key, wrong padding and broken
    content all come to the same last line, so that the time tells nothing of them (RFC 3218, RFC 8551 6).
    """
    opening = next(_openings(envelope, identities), None)
    if opening is None:
        raise DecryptionError
    private_key, wrapped = opening
    entity, sound = envelope.content.open(wrapped.unwrap(private_key, envelope.content.cipher.key_size))
    strict = is_strict(entity) and has_content_type(entity)
    if not (strict and sound):
        raise DecryptionError
    return entity


def _openings(envelope: Envelope, identities: Sequence[Identity]) -> Iterator[tuple[PrivateKey, Wrapped]]:
    for identity in identities:
        for recipient in envelope.recipients:
            wrapped = recipient.wrapped
            fits = wrapped is not None and isinstance(identity.private_key, wrapped.opens_with)
            if wrapped is not None and fits and recipient.reference.names(identity.certificate):
                yield identity.private_key, wrapped
