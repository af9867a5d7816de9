"""Who we are and whom we trust: identities, chains, revocation, validity, purpose, key size."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from certificates.smime.chain_rules import CA_POLICY, LEAF_POLICY, MAIL_PURPOSES, permits_names
from certificates.smime.crl import Crl
from certificates.smime.limits import MAX_CHAIN, MAX_OF_ONE_NAME
from certificates.smime.policy import is_strong
from certificates.smime.problems import SignatureProblem

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
Chain = tuple[x509.Certificate, ...]
"""From a certificate upwards to a root, both included."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key; `chain` goes from the issuer upwards and travels with every signature."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    chain: Chain = ()


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The roots that count, intermediates for signers who forget theirs, and lists of what was revoked.

    `sha1_until`: SHA-1 signatures received until the end of that day (UTC) count; None for none.
    Keep one: the parsed store is cached in it.
    """

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()
    revocations: tuple[Crl, ...] = ()
    sha1_until: date | None = None
    _store: Store | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_store", Store(list(self.roots)) if self.roots else None)

    def chain(
        self, certificate: x509.Certificate, supplied: Iterable[x509.Certificate], at: datetime
    ) -> Chain | None:
        """A chain over `supplied` or known intermediates to a root, all of it valid at `at`; None if there is none."""
        if self._store is None:
            return None
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(at)
            .max_chain_depth(MAX_CHAIN)
            .extension_policies(ca_policy=CA_POLICY, ee_policy=LEAF_POLICY)
            .build_client_verifier()
        )
        try:
            found = verifier.verify(certificate, [*_authorities(supplied), *self.intermediates])
        except VerificationError:
            return None
        chain = tuple(found.chain)
        return chain if permits_names(chain[1:], certificate) else None

    def has_revoked(self, chain: Chain, at: datetime) -> bool:
        """Whether a list says that a certificate of the chain was revoked at `at`."""
        return any(
            crl.revokes(certificate, issuer, at)
            for certificate, issuer in pairwise(chain)
            for crl in self.revocations
        )

    def accepts_sha1(self, at: datetime) -> bool:
        """Whether a SHA-1 signature received at the aware time `at` still counts."""
        return self.sha1_until is not None and at.astimezone(UTC).date() <= self.sha1_until


def _authorities(supplied: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Those of a mail's certificates that a chain may go over: they come from strangers, and every way is tried."""
    names: Counter[x509.Name] = Counter()
    found = []
    for certificate in supplied:
        if names[certificate.subject] < MAX_OF_ONE_NAME and _has_strong_key(certificate):
            names[certificate.subject] += 1
            found.append(certificate)
    return found


def _has_strong_key(certificate: x509.Certificate) -> bool:
    try:
        return is_strong(certificate.public_key())
    except Exception:  # of a kind that the library does not know
        return False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a certificate, and the chain that was found, () without one."""

    problem: SignatureProblem | None
    chain: Chain


def examine(
    certificate: x509.Certificate,
    supplied: Sequence[x509.Certificate],
    trust: TrustStore,
    at: datetime,
    *,
    for_signing: bool = True,
) -> Verdict:
    """Judge a certificate at the aware time `at`, apart from its address.

    `for_signing=False` leaves the key usage open (`may_receive` asks for encryption's).

    An expired certificate of a known CA is EXPIRED, one of an unknown CA is UNTRUSTED: the chain is examined
    at the nearest moment at which the certificate itself was valid.
    """
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    now = at.astimezone(UTC)
    try:
        chain = trust.chain(certificate, supplied, min(max(now, begin), end)) or ()
        purpose = _is_for_mail(certificate) and (not for_signing or _may_sign(certificate))
        strong = is_strong(certificate.public_key())
    except Exception:  # an extension or key that cannot be parsed
        return Verdict(SignatureProblem.UNTRUSTED, ())
    findings = (
        (bool(chain), SignatureProblem.UNTRUSTED),
        (not trust.has_revoked(chain, now), SignatureProblem.REVOKED),
        (now <= end, SignatureProblem.EXPIRED),
        (now >= begin, SignatureProblem.NOT_YET_VALID),
        (purpose, SignatureProblem.WRONG_PURPOSE),
        (strong, SignatureProblem.WEAK_KEY),
    )
    return Verdict(next((problem for holds, problem in findings if not holds), None), chain)


def certificate_problem(
    certificate: x509.Certificate,
    supplied: Sequence[x509.Certificate],
    trust: TrustStore,
    at: datetime,
    *,
    for_signing: bool = True,
) -> SignatureProblem | None:
    """What speaks against a certificate, see `examine`."""
    return examine(certificate, supplied, trust, at, for_signing=for_signing).problem


def _is_for_mail(certificate: x509.Certificate) -> bool:
    """emailProtection, any or no EKU, and not a CA (RFC 8550 4.4.4)."""
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    basic = _extension(certificate, x509.BasicConstraints)
    return (extended is None or bool(MAIL_PURPOSES.intersection(extended))) and not (basic and basic.ca)


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
