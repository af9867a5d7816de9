"""Reading SignedData (RFC 5652 5): parse it whole, then verify every signer. Nothing here is about trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from asn1crypto import algos, cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from certificates.smime.ber import (
    CONTEXT_0,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    Element,
    children,
    encode,
    only,
)
from certificates.smime.errors import (
    CONTENT_MISMATCH,
    MALFORMED_SIGNATURE,
    NO_SIGNER_CERTIFICATE,
    UNSUPPORTED_SIGNATURE,
    MalformedError,
    SignatureError,
    failing_as,
)
from certificates.smime.limits import MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES, MAX_SIGNERS
from certificates.smime.policy import DIGESTS, SIGNATURE_SCHEMES
from certificates.smime.references import DATA, CertificateReference, oid_contents, reference_of
from certificates.smime.signature_schemes import Digest, SignatureScheme

CONTENT_TYPE = oid_contents("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = oid_contents("1.2.840.113549.1.9.4")
CAPABILITIES = oid_contents("1.2.840.113549.1.9.15")
ALGORITHM_PROTECTION = oid_contents("1.2.840.113549.1.9.52")
KEY_PREFERENCE = oid_contents("1.2.840.113549.1.9.16.2.11")
MICROSOFT_KEY_PREFERENCE = oid_contents("1.3.6.1.4.1.311.16.4")
_SINGLE_VALUED = (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    CAPABILITIES,
    ALGORITHM_PROTECTION,
    KEY_PREFERENCE,
    MICROSOFT_KEY_PREFERENCE,
)


@dataclass(frozen=True, slots=True)
class Signer:
    """A SignerInfo. `attributes`: type (contents octets) to its value, the first if there are several; `to_be_signed`: as sent, then sorted."""

    reference: CertificateReference
    digest: Digest
    scheme: SignatureScheme
    parameters: bytes
    attributes: dict[bytes, Element]
    to_be_signed: tuple[bytes, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedData:
    """A SignedData; `content` is None if it stands elsewhere. No signers: a mere bag of certificates."""

    content: bytes | None
    certificates: tuple[x509.Certificate, ...]
    signers: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class VerifiedSigner:
    """A signer whose signature matches the content; nothing is said about trust. `signed`: the attributes, sorted."""

    certificate: x509.Certificate
    signed: bytes
    weak: bool
    capabilities: tuple[str, ...]
    preferred: CertificateReference | None


def read_signed_data(data: cms.SignedData) -> SignedData:
    bag = data["certificates"]
    infos = data["signer_infos"]
    if len(bag) > MAX_CERTIFICATES or len(infos) > MAX_SIGNERS:
        raise MalformedError
    encapsulated = data["encap_content_info"]
    if encapsulated["content_type"].contents != DATA:
        raise MalformedError
    content = children(encapsulated.contents)[1:]
    return SignedData(
        content=only(content[0].contents, OCTETS)[0].contents if content else None,
        certificates=tuple(_certificates([choice.dump() for choice in bag])),
        signers=tuple(_signer(info) for info in infos),
    )


def _certificates(encodings: Sequence[bytes]) -> list[x509.Certificate]:
    """Those that can be read: a broken one beside the signer's own is no reason to refuse."""
    found = []
    for encoding in encodings:
        if len(encoding) > MAX_CERTIFICATE_BYTES:
            continue
        try:
            found.append(x509.load_der_x509_certificate(encoding))
        except ValueError:
            continue
    return found


def _signer(info: cms.SignerInfo) -> Signer:
    attributes: bytes = info["signed_attrs"].contents
    algorithm = info["signature_algorithm"]
    digest = _digest(info["digest_algorithm"])
    scheme = SIGNATURE_SCHEMES.get(algorithm["algorithm"].dotted)
    if digest is None or scheme is None or digest.name not in scheme.digests:
        raise SignatureError(UNSUPPORTED_SIGNATURE)
    signer = Signer(
        reference=reference_of(info["sid"]),
        digest=digest,
        scheme=scheme,
        parameters=algorithm["parameters"].dump(),
        attributes=_attributes(attributes),
        to_be_signed=(
            encode(SET, attributes),
            encode(SET, *sorted(child.whole for child in children(attributes))),
        ),
        signature=bytes(info["signature"].native),
    )
    if signer.attributes[CONTENT_TYPE].whole != encode(OID, DATA):
        raise MalformedError
    protection = signer.attributes.get(ALGORITHM_PROTECTION)
    if protection is not None:
        _check_protection(protection, info["digest_algorithm"].dump(), algorithm.dump())
    return signer


def _digest(algorithm: algos.DigestAlgorithm) -> Digest | None:
    """The digest, if it is known and has no other parameters than it should; NULL counts as none (RFC 5754 2)."""
    digest = DIGESTS.get(algorithm["algorithm"].dotted)
    stated = b"".join(_algorithm(algorithm.contents)[1:])
    return digest if digest is not None and digest.parameters == stated else None


def _attributes(contents: bytes) -> dict[bytes, Element]:
    """The signed attributes by type. Each type once; those that RFC 5652 11 makes single-valued must be so.

    Signed attributes are required: without them the bytes of somebody's attributes could be passed off as
    signed content (attribute confusion).
    """
    found: dict[bytes, Element] = {}
    for attribute in children(contents):
        kind, values = only(attribute.contents, OID, SET)
        value = children(values.contents)
        if kind.contents in found or not value or (len(value) > 1 and kind.contents in _SINGLE_VALUED):
            raise MalformedError
        found[kind.contents] = value[0]
    if CONTENT_TYPE not in found or found.get(MESSAGE_DIGEST, Element(0, b"", b"")).tag != OCTETS:
        raise MalformedError
    return found


def _check_protection(protection: Element, digest: bytes, signature: bytes) -> None:
    """CMSAlgorithmProtection (RFC 6211) must repeat the two algorithms; NULL and absent parameters are the same."""
    stated_digest, stated_signature = only(protection.contents, SEQUENCE, CONTEXT_0 + 1)
    pairs = ((stated_digest.contents, digest), (stated_signature.contents, signature))
    for stated, actual in pairs:
        if _algorithm(stated) != _algorithm(only(actual, SEQUENCE)[0].contents):
            raise MalformedError


def _algorithm(contents: bytes) -> list[bytes]:
    return [element.whole for element in children(contents) if element.tag != NULL]


@failing_as(lambda: SignatureError(MALFORMED_SIGNATURE))
def verify(
    signed: SignedData, content: bytes, known: Sequence[x509.Certificate] = ()
) -> tuple[VerifiedSigner, ...]:
    """Verify every signer over `content`; SignatureError if one fails or there is none.

    A signer's certificate is looked up in the structure, then in `known`.
    """
    if not signed.signers:
        raise MalformedError
    candidates = (*signed.certificates, *known)
    digests = {digest: _digested(digest, content) for digest in {signer.digest for signer in signed.signers}}
    return tuple(_verify_signer(signer, digests[signer.digest], candidates) for signer in signed.signers)


def _digested(digest: Digest, content: bytes) -> bytes:
    state = hashes.Hash(digest.algorithm())
    state.update(content)
    return state.finalize()


def _verify_signer(signer: Signer, digest: bytes, candidates: Sequence[x509.Certificate]) -> VerifiedSigner:
    if not compare_digest(digest, signer.attributes[MESSAGE_DIGEST].contents):
        raise SignatureError(CONTENT_MISMATCH)
    certificate = next((c for c in candidates if signer.reference.names(c)), None)
    if certificate is None:
        raise SignatureError(NO_SIGNER_CERTIFICATE)
    if not any(_holds(signer, certificate, signed) for signed in signer.to_be_signed):
        raise SignatureError(CONTENT_MISMATCH)
    return VerifiedSigner(
        certificate,
        signer.to_be_signed[-1],
        signer.digest.weak,
        _capabilities(signer.attributes),
        _preferred(signer.attributes),
    )


def _holds(signer: Signer, certificate: x509.Certificate, signed: bytes) -> bool:
    try:
        signer.scheme.verify(
            certificate.public_key(), signer.signature, signed, signer.digest, signer.parameters
        )
    except InvalidSignature:
        return False
    return True


def _capabilities(attributes: dict[bytes, Element]) -> tuple[str, ...]:
    """The OIDs of sMIMECapabilities in the signer's order (RFC 8551 2.5.2); () if it cannot be read."""
    value = attributes.get(CAPABILITIES)
    try:
        entries = children(value.contents) if value else []
        first = [children(entry.contents)[0].whole for entry in entries]
        return tuple(core.ObjectIdentifier.load(oid, strict=True).dotted for oid in first)
    except Exception:
        return ()


def _preferred(attributes: dict[bytes, Element]) -> CertificateReference | None:
    """The encryptionKeyPreference (RFC 8551 2.5.3), else Microsoft's; None if absent or unreadable."""
    value = attributes.get(KEY_PREFERENCE) or attributes.get(MICROSOFT_KEY_PREFERENCE)
    try:
        return _preference(value) if value else None
    except Exception:
        return None


def _preference(value: Element) -> CertificateReference:
    if value.tag == CONTEXT_0 + 1:
        return CertificateReference(key_id=children(value.contents)[0].contents)
    if value.tag == 0x82:
        return CertificateReference(key_id=value.contents)
    issuer, serial = only(value.contents, SEQUENCE, INTEGER)
    return CertificateReference(issuer.whole, int.from_bytes(serial.contents, "big", signed=True))
