"""Who we are and whom we trust: identities, chains, validity, purpose, key size, address."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from certificates.smime.policy import is_strong

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_SMTP_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
_MAIL_PURPOSES = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key; `chain` goes from the issuer upwards and travels with every signature."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


class SignatureProblem(StrEnum):
    """Why a signature that does match its content still proves nothing."""

    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_PURPOSE = "wrong-purpose"
    WEAK_KEY = "weak-key"
    WEAK_ALGORITHM = "weak-algorithm"
    AMBIGUOUS_FROM = "ambiguous-from"
    ADDRESS_MISMATCH = "address-mismatch"

    @property
    def sentence(self) -> str:
        """A short English sentence, fit for the wire; also a msgid, for the pages."""
        return _SENTENCES[self]


_SENTENCES = {
    SignatureProblem.UNTRUSTED: gettext_noop("certificate is not trusted"),
    SignatureProblem.EXPIRED: gettext_noop("certificate has expired"),
    SignatureProblem.NOT_YET_VALID: gettext_noop("certificate is not yet valid"),
    SignatureProblem.WRONG_PURPOSE: gettext_noop("certificate is not meant for signing mail"),
    SignatureProblem.WEAK_KEY: gettext_noop("certificate has an unsuitable key"),
    SignatureProblem.WEAK_ALGORITHM: gettext_noop("signature uses a weak algorithm"),
    SignatureProblem.AMBIGUOUS_FROM: gettext_noop("mail has not exactly one From address"),
    SignatureProblem.ADDRESS_MISMATCH: gettext_noop("certificate belongs to another address"),
}


def _ca_purpose(_: Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and not _MAIL_PURPOSES.intersection(usage):
        raise ValueError("the CA is not for mail")


def _ca_key_usage(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("the CA may not sign certificates")


_CA_POLICY = (
    ExtensionPolicy.webpki_defaults_ca()
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _ca_purpose)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _ca_key_usage)
)
_LEAF_POLICY = ExtensionPolicy.permit_all()


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The roots that count, and intermediates for signers who forget theirs. Keep one: the parsed store is cached in it."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()
    _store: Store | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_store", Store(list(self.roots)) if self.roots else None)

    def reaches(
        self, certificate: x509.Certificate, supplied: Iterable[x509.Certificate], at: datetime
    ) -> bool:
        """Whether a chain over `supplied` or known intermediates leads to a root, all of it valid at `at`."""
        if self._store is None:
            return False
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(at)
            .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
            .build_client_verifier()
        )
        try:
            verifier.verify(certificate, [*supplied, *self.intermediates])
        except VerificationError:
            return False
        return True


def certificate_problem(
    certificate: x509.Certificate,
    supplied: Iterable[x509.Certificate],
    trust: TrustStore,
    at: datetime,
    *,
    for_signing: bool = True,
) -> SignatureProblem | None:
    """What speaks against a certificate at the aware time `at`, apart from its address.

    `for_signing=False` leaves the key usage open (`may_receive` asks for encryption's).

    An expired certificate of a known CA is EXPIRED, one of an unknown CA is UNTRUSTED: the chain is examined
    at the nearest moment at which the certificate itself was valid.
    """
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    now = at.astimezone(UTC)
    try:
        trusted = trust.reaches(certificate, supplied, min(max(now, begin), end))
        purpose = _is_for_mail(certificate) and (not for_signing or _may_sign(certificate))
        strong = is_strong(certificate.public_key())
    except Exception:  # an extension or key that cannot be parsed
        return SignatureProblem.UNTRUSTED
    findings = (
        (trusted, SignatureProblem.UNTRUSTED),
        (now <= end, SignatureProblem.EXPIRED),
        (now >= begin, SignatureProblem.NOT_YET_VALID),
        (purpose, SignatureProblem.WRONG_PURPOSE),
        (strong, SignatureProblem.WEAK_KEY),
    )
    return next((problem for holds, problem in findings if not holds), None)


def _is_for_mail(certificate: x509.Certificate) -> bool:
    """emailProtection, any or no EKU, and not a CA (RFC 8550 4.4.4)."""
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    basic = _extension(certificate, x509.BasicConstraints)
    return (extended is None or bool(_MAIL_PURPOSES.intersection(extended))) and not (basic and basic.ca)


def _may_sign(certificate: x509.Certificate) -> bool:
    """digitalSignature, nonRepudiation or no KU (RFC 8550 4.4.2)."""
    usage = _extension(certificate, x509.KeyUsage)
    return usage is None or usage.digital_signature or usage.content_commitment


def may_receive(certificate: x509.Certificate) -> bool:
    """Whether its key usage allows to encrypt to it: keyEncipherment for RSA, keyAgreement for EC, or no KU."""
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None:
        return True
    is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
    return usage.key_encipherment if is_rsa else usage.key_agreement


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def address_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """The mailbox addresses of a certificate; () if it has none or its names cannot be read.

    rfc822Name and SmtpUTF8Mailbox of the subjectAltName; the subject's emailAddress only if that has none
    (RFC 8550 3, RFC 9598).
    """
    try:
        names = _extension(certificate, x509.SubjectAlternativeName) or ()
        found = [address for name in names for address in _mailboxes(name)]
        if not found:
            attributes = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
            found = [str(attribute.value) for attribute in attributes]
    except ValueError:
        return ()
    return tuple(dict.fromkeys(found))


def _mailboxes(name: x509.GeneralName) -> list[str]:
    if isinstance(name, x509.RFC822Name):
        return [name.value]
    if isinstance(name, x509.OtherName) and name.type_id == _SMTP_UTF8_MAILBOX:
        return [str(core.UTF8String.load(name.value, strict=True).native)]
    return []


def canonical_address(address: str) -> str:
    """For comparison: ASCII lower case, the domain in A-labels. An impossible domain stays as it is."""
    local, at, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return "".join(c.lower() if c.isascii() else c for c in f"{local}{at}{domain}")


def belongs_to(certificate: x509.Certificate, address: str) -> bool:
    """Whether `address` is one of the certificate's."""
    return canonical_address(address) in map(canonical_address, address_in(certificate))
