"""Certificate revocation lists (RFC 5280 5): which ones can be used, and whether one revokes a certificate.

A list is only ever asked for what it revokes. Its silence proves nothing, see docs/adr/0011-revocation-lists.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.smime.ber import INTEGER, encode
from certificates.smime.problems import gettext_noop

_KEPT_ANSWERS = 10_000
_UNDERSTOOD = (
    x509.AuthorityInformationAccess,
    x509.AuthorityKeyIdentifier,
    x509.CRLNumber,
    x509.FreshestCRL,
    x509.IssuerAlternativeName,
    x509.IssuingDistributionPoint,
)
_UNREADABLE = gettext_noop("This is not a certificate revocation list that can be read.")
_DELTA = gettext_noop("This list only has the changes to another one (a delta CRL).")
_INDIRECT = gettext_noop("This list is about the certificates of other issuers (an indirect CRL).")
_ATTRIBUTES = gettext_noop("This list is about attribute certificates.")
_CRITICAL = gettext_noop("This list has a critical extension that is not understood.")

_SIGNATURE = gettext_noop("This list is signed in a way that is not understood.")


class UnusableCrl(ValueError):
    """A list that cannot be used; the text is a sentence that says why, and a msgid."""


@dataclass(frozen=True, slots=True)
class Crl:
    """A usable list. Keep it: what was found out about signatures and certificates is remembered in it.

    `issuer`: DER of the name. `scope`: DER of the issuingDistributionPoint extension, b"" without one. An issuer
    may have one current list for each scope. `entries`: how many certificates it lists.
    """

    der: bytes = field(repr=False)
    issuer: bytes = field(repr=False, compare=False)
    issuer_text: str = field(compare=False)
    scope: bytes = field(repr=False, compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    entries: int = field(compare=False)
    _parsed: x509.CertificateRevocationList = field(repr=False, compare=False)
    _signed_by: dict[bytes, bool] = field(default_factory=dict, repr=False, compare=False)
    _revoked_since: Callable[[int], datetime | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_revoked_since", lru_cache(maxsize=_KEPT_ANSWERS)(self._look_up))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read DER or PEM; UnusableCrl if it is none, or one whose entries cannot be understood."""
        try:
            parsed = _load(data)
            scope = _scope(parsed)
            if parsed.signature_hash_algorithm is None:
                raise UnusableCrl(_SIGNATURE)
            return cls(
                der=parsed.public_bytes(Encoding.DER),
                issuer=parsed.issuer.public_bytes(),
                issuer_text=parsed.issuer.rfc4514_string(),
                scope=scope.public_bytes() if scope else b"",
                this_update=parsed.last_update_utc,
                next_update=parsed.next_update_utc,
                entries=len(parsed),
                _parsed=parsed,
            )
        except UnusableCrl:
            raise
        except UnsupportedAlgorithm:
            raise UnusableCrl(_SIGNATURE) from None
        except Exception:
            raise UnusableCrl(_UNREADABLE) from None

    @property
    def issuer_name(self) -> x509.Name:
        """The issuer, for comparison with that of a certificate."""
        return self._parsed.issuer

    def revokes(self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
        """Whether it counts for a certificate of `issuer` and says that it was revoked at the aware time `at`."""
        if certificate.issuer != self.issuer_name:
            return False
        since = self._revoked_since(certificate.serial_number)
        return since is not None and since <= at and self.is_by(issuer)

    def _look_up(self, serial: int) -> datetime | None:
        """When it lists this number as revoked from, None if it does not.

        The library walks through all entries. That is only done for a number whose encoding occurs anywhere,
        which costs a tenth.
        """
        if encode(INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, "big")) not in self.der:
            return None
        entry = self._parsed.get_revoked_certificate_by_serial_number(serial)
        return None if entry is None or _is_removal(entry) else entry.revocation_date_utc

    def is_by(self, issuer: x509.Certificate) -> bool:
        """Whether the issuer's key signed it and may sign lists. The signature is checked once for each key."""
        if not _may_sign_lists(issuer):
            return False
        key = issuer.public_key()
        encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if encoded not in self._signed_by:
            self._signed_by[encoded] = isinstance(
                key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey
            ) and self._parsed.is_signature_valid(key)
        return self._signed_by[encoded]


def _load(data: bytes) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(data) if b"-----BEGIN " in data[:4096] else x509.load_der_x509_crl(data)


def _scope(crl: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    """The issuingDistributionPoint; UnusableCrl for what makes the entries mean something else (RFC 5280 5.2)."""
    scope = None
    for extension in crl.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise UnusableCrl(_DELTA)
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            raise UnusableCrl(_CRITICAL)
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = extension.value
    if scope is not None and scope.indirect_crl:
        raise UnusableCrl(_INDIRECT)
    if scope is not None and scope.only_contains_attribute_certs:
        raise UnusableCrl(_ATTRIBUTES)
    return scope


def _is_removal(entry: x509.RevokedCertificate) -> bool:
    """Whether the entry takes a hold back. One that cannot be read revokes (X.509 9.5.1: "at a minimum")."""
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, ValueError):
        return False
    return reason is x509.ReasonFlags.remove_from_crl


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    """cRLSign, or no key usage (RFC 5280 4.2.1.3)."""
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True
