"""From the mail as it came to the entity inside: one layer after the other, at most six.

Only the root entity is opened, and the root of what was in it. A part that stands beside others is never
decrypted, and its signature counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography import x509

from certificates.smime import cms_read, cms_signed, header_protection, mime
from certificates.smime.addresses import belongs_to
from certificates.smime.ber import normalise
from certificates.smime.cms_read import Envelope
from certificates.smime.cms_signed import SignedData, VerifiedSigner
from certificates.smime.errors import (
    MALFORMED_SIGNATURE,
    PROTECTED_FIELDS,
    TOO_MANY_LAYERS,
    DecryptionError,
    MalformedError,
    SignatureError,
    SmimeError,
    failing_as,
)
from certificates.smime.finding import Layer, find_layer
from certificates.smime.header_protection import Payload
from certificates.smime.limits import MAX_LAYERS, MAX_WORK_BYTES
from certificates.smime.problems import SignatureProblem
from certificates.smime.trust import Chain, Identity, TrustStore, Verdict, examine, may_receive


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that matches the content. `address` is the From address it was compared to, "" if there is no single one.

    `capabilities`: OIDs of the sMIMECapabilities in the signer's order. `encryption_certificate`: the one to
    encrypt answers to, chosen only if `valid`, else the signer's. `chain`: the CA certificates between a root and
    these two, without them, () unless `valid`. `weak`: it, or that of another signer, is by SHA-1. `digests`: of it,
    and behind it of whatever other signatures the address has made of the same content, SHA-256 of what was signed in
    the certificate and in the attributes: everything around, an ECDSA signature itself included, can be rewritten
    without breaking it.
    """

    certificate: x509.Certificate
    address: str
    problem: SignatureProblem | None
    capabilities: tuple[str, ...]
    encryption_certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    weak: bool
    digests: tuple[bytes, ...]

    @property
    def valid(self) -> bool:
        """Whether it proves that the mail comes from `address`."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail without its S/MIME layers.

    `message`: the outer header fields, with the protected ones instead of their counterparts, and the MIME headers and
    the body of the innermost entity; as it came if there is no layer.
    `encrypted_keys`: SHA-256 of each encryptedKey. `content_digest`: SHA-256 of the outermost CMS structure with
    definite lengths, None for a mail without any. `subject_protected`: the subject in `message` came from inside
    the encryption. `header_protection`: its program writes protected header fields as RFC 9788 has them.
    """

    message: bytes
    encrypted: bool
    signature: Signature | None
    encrypted_keys: tuple[bytes, ...]
    content_digest: bytes | None
    subject_protected: bool = False
    header_protection: bool = False


@dataclass(slots=True)
class _Progress:
    """What the loop over the layers has found so far."""

    entity: bytes
    layers: int = 0
    work: int = 0
    encrypted: bool = False
    encrypted_keys: list[bytes] = field(default_factory=list)
    content_digest: bytes | None = None
    signers: tuple[VerifiedSigner, ...] = ()
    certificates: tuple[x509.Certificate, ...] = ()


def open_mail(raw: bytes, identities: Sequence[Identity], trust: TrustStore, at: datetime) -> OpenedMail:
    """Open every layer of `raw` with the keys of `identities` and judge its innermost signature at the aware time `at`.

    A mail without S/MIME, however malformed, comes back unchanged. Raises DecryptionError if anything encrypted
    cannot be opened and SignatureError if a signature does not match what it stands beside.
    """
    progress = _Progress(raw)
    try:
        while (layer := find_layer(progress.entity)) and _open_layer(layer, progress, identities, trust):
            pass
        return (
            _result(raw, progress, trust, at) if progress.layers else OpenedMail(raw, False, None, (), None)
        )
    except SignatureError as error:
        raise SignatureError(
            error.reason, encrypted=progress.encrypted, encrypted_keys=tuple(progress.encrypted_keys)
        ) from None


def _result(raw: bytes, progress: _Progress, trust: TrustStore, at: datetime) -> OpenedMail:
    """What the mail is. Another author inside than outside must be the one who signed (RFC 9788 4.4)."""

    def error() -> SmimeError:
        return SignatureError(PROTECTED_FIELDS) if progress.signers else DecryptionError()

    with failing_as(error):
        payload = header_protection.read(progress.entity)
    outer = mime.split(raw)[0]
    author = payload.fields if payload.has(b"from") else outer
    with failing_as(lambda: SignatureError(MALFORMED_SIGNATURE)):
        signature = _judge(progress, author, trust, at) if progress.signers else None
    proven = author is outer or (signature is not None and signature.valid)
    if not (proven or header_protection.same_author(author, outer)):
        raise error()
    return OpenedMail(
        message=_merge(outer, payload),
        encrypted=progress.encrypted,
        signature=signature,
        encrypted_keys=tuple(progress.encrypted_keys),
        content_digest=progress.content_digest,
        subject_protected=progress.encrypted and payload.has(b"subject"),
        header_protection=payload.stated,
    )


def _open_layer(layer: Layer, progress: _Progress, identities: Sequence[Identity], trust: TrustStore) -> bool:
    """Replace the entity by what is in it; False if there is nothing in it but certificates."""
    der, structure = _read(layer)
    is_envelope = isinstance(structure, Envelope)
    progress.work += len(der)
    if progress.layers == MAX_LAYERS:
        raise DecryptionError if is_envelope else SignatureError(TOO_MANY_LAYERS)
    if isinstance(structure, Envelope):
        _open_envelope(structure, progress, identities)
    elif not structure.signers and structure.content is None and layer.content is None:
        return False
    else:
        _open_signed(structure, layer.content, progress, trust)
    progress.layers += 1
    progress.content_digest = progress.content_digest or sha256(der).digest()
    return True


def _read(layer: Layer) -> tuple[bytes, Envelope | SignedData]:
    """Parse the structure. What claims to be a signature fails as one, everything else as a failed decryption."""
    der = b""

    def error() -> SmimeError:
        is_signature = layer.claims_signature or cms_read.claims_signed_data(der)
        return SignatureError(MALFORMED_SIGNATURE) if is_signature else DecryptionError()

    with failing_as(error):
        if mime.first_byte(layer.body, layer.encoding) not in (b"", b"\x30"):
            raise MalformedError
        der = normalise(mime.decode_body(layer.body, layer.encoding))
        structure = cms_read.parse(der)
        if layer.content is not None and isinstance(structure, Envelope):
            raise MalformedError
    return der, structure


def _open_envelope(envelope: Envelope, progress: _Progress, identities: Sequence[Identity]) -> None:
    progress.encrypted = True
    progress.entity = cms_read.decrypt(envelope, identities)
    progress.encrypted_keys += envelope.encrypted_keys


def _open_signed(signed: SignedData, detached: bytes | None, progress: _Progress, trust: TrustStore) -> None:
    """Verify. The content stands in one place only: two would allow to show one and sign the other."""
    content = signed.content if detached is None else detached
    if content is None or (detached is not None and signed.content is not None):
        raise SignatureError(MALFORMED_SIGNATURE)
    progress.work += len(content) * len({signer.digest for signer in signed.signers})
    if progress.work > MAX_WORK_BYTES:
        raise SignatureError(TOO_MANY_LAYERS)
    progress.signers = cms_signed.verify(signed, content, trust.intermediates)
    progress.certificates = signed.certificates
    progress.entity = content


def _merge(outer: bytes, payload: Payload) -> bytes:
    """The mail's own header fields, first those from inside, with the MIME headers and body of the payload."""
    kept = [
        (name, line)
        for name, line in mime.tidy_fields(outer)
        if not name.startswith(b"content-") and name not in payload.replaced
    ]
    entity = payload.entity
    headers, body = mime.split(entity) if mime.has_headers(entity) else (b"", entity)
    inner = [field for field in mime.tidy_fields(headers) if field[0].startswith(b"content-")]
    version = [] if any(name == b"mime-version" for name, _ in kept) else [(b"", b"MIME-Version: 1.0\r\n")]
    ordered = (*mime.tidy_fields(payload.fields), *kept, *version, *inner)
    return b"".join((*(line for _, line in ordered), b"\r\n", body))


def _judge(progress: _Progress, headers: bytes, trust: TrustStore, at: datetime) -> Signature:
    """Every signer must be trusted; the one whose certificate names the From address speaks for the mail."""
    address = mime.single_from(headers)
    own = [s for s in progress.signers if address is not None and belongs_to(s.certificate, address)]
    speaker = own[0] if own else progress.signers[0]
    others = [signer for signer in progress.signers if signer is not speaker]
    verdicts = [_examine(signer, progress, trust, at) for signer in (speaker, *others)]
    problems = [verdict.problem for verdict in verdicts]
    if address is None:
        problems.append(SignatureProblem.AMBIGUOUS_FROM)
    elif not own:
        problems.append(SignatureProblem.ADDRESS_MISMATCH)
    problem = next((problem for problem in problems if problem), None)
    encryption = _Chosen(speaker.certificate, ())
    if problem is None:
        encryption = _encryption_certificate(speaker, verdicts[0].chain, progress, address or "", trust, at)
    return Signature(
        certificate=speaker.certificate,
        address=address or "",
        problem=problem,
        capabilities=speaker.capabilities,
        encryption_certificate=encryption.certificate,
        chain=() if problem else tuple(dict.fromkeys((*verdicts[0].chain[1:-1], *encryption.chain[1:-1]))),
        weak=any(signer.weak for signer in progress.signers),
        digests=tuple(
            sha256(signer.certificate.tbs_certificate_bytes + signer.signed).digest()
            for signer in own or [speaker]
        ),
    )


def _examine(signer: VerifiedSigner, progress: _Progress, trust: TrustStore, at: datetime) -> Verdict:
    verdict = examine(signer.certificate, progress.certificates, trust, at)
    if verdict.problem is None and signer.weak and not trust.accepts_sha1(at):
        return Verdict(SignatureProblem.WEAK_ALGORITHM, ())
    return verdict


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A certificate to encrypt to, and its chain up to a root, () where nobody asked for one."""

    certificate: x509.Certificate
    chain: Chain


def _encryption_certificate(
    signer: VerifiedSigner, own: Chain, progress: _Progress, address: str, trust: TrustStore, at: datetime
) -> _Chosen:
    """The preferred certificate, the valid signer's, or another of the same address (RFC 8551 2.5.3), if usable.

    If none is, the signer's, whose chain is `own`: whoever encrypts to it is refused by `encrypt`.
    """
    preferred = [c for c in progress.certificates if signer.preferred and signer.preferred.names(c)]
    signers = _Chosen(signer.certificate, own)
    if not any(c != signer.certificate for c in preferred) and may_receive(signer.certificate):
        return signers
    for certificate in (*preferred, signer.certificate, *progress.certificates):
        if belongs_to(certificate, address) and may_receive(certificate):
            verdict = examine(certificate, progress.certificates, trust, at, for_signing=False)
            if verdict.problem is None:
                return _Chosen(certificate, verdict.chain)
    return signers
