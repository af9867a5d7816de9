"""A whole test CA, made when the tests run: root, intermediate, the service's certificate and customers.

`authority()` builds it once per process. No key is ever stored in the repository.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
DAY = dt.timedelta(days=1)
SERVICE_ADDRESS = "send@fax.tc"


@dataclass(frozen=True, slots=True)
class PemFiles:
    """Paths for the openssl program: the certificate, its key, and the chain (an empty file for none)."""

    certificate: Path
    key: Path
    chain: Path


@dataclass(frozen=True, slots=True)
class Person:
    """A certificate with its private key; `chain` goes from the issuer upwards, without the root."""

    certificate: x509.Certificate
    private_key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def is_below_a_root(self) -> bool:
        """Whether somebody else issued the certificate."""
        return self.certificate.issuer != self.certificate.subject

    def write_pem(self, directory: Path, name: str) -> PemFiles:
        """Write `name`.crt, .key and .chain below `directory`."""
        files = PemFiles(*(directory / f"{name}.{suffix}" for suffix in ("crt", "key", "chain")))
        files.certificate.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        files.key.write_bytes(
            self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        files.chain.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in self.chain))
        return files


@dataclass(frozen=True, slots=True)
class Usage:
    """What a certificate is for; None leaves the extension out."""

    key_usage: frozenset[str] | None = frozenset({"digital_signature", "key_encipherment"})
    extended: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)
    is_ca: bool = False


CA_USAGE = Usage(frozenset({"key_cert_sign", "crl_sign"}), None, is_ca=True)
KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def name(common_name: str, email: str | None = None) -> x509.Name:
    """A distinguished name as Japanese certificate makers write it."""
    parts = [(NameOID.COUNTRY_NAME, "JP"), (NameOID.ORGANIZATION_NAME, "Test")]
    parts.append((NameOID.COMMON_NAME, common_name))
    if email is not None:
        parts.append((NameOID.EMAIL_ADDRESS, email))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _key_usage(wanted: frozenset[str]) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in wanted for usage in KEY_USAGES})


def certify(
    subject: x509.Name,
    private_key: PrivateKey,
    issuer: Person | None,
    *,
    usage: Usage,
    alternative_names: Sequence[x509.GeneralName] = (),
    days: tuple[int, int] = (-30, 700),
    key_id: bool = True,
    path_length: int | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Person:
    """Issue a certificate valid from `days[0]` to `days[1]` days from now; `issuer=None` signs itself.

    `extra`: further extensions, each with whether it is critical.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder(
            subject_name=subject, issuer_name=issuer.certificate.subject if issuer else subject
        )
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(usage.is_ca, path_length), critical=True)
    )
    signing = issuer or Person(builder.sign(private_key, hashes.SHA256()), private_key)
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.private_key.public_key())
    builder = builder.add_extension(authority_key, critical=False)
    if key_id:
        own = x509.SubjectKeyIdentifier.from_public_key(private_key.public_key())
        builder = builder.add_extension(own, critical=False)
    if usage.key_usage is not None:
        builder = builder.add_extension(_key_usage(usage.key_usage), critical=True)
    if usage.extended is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage.extended), critical=False)
    if alternative_names:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative_names), critical=False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    chain = (issuer.certificate, *issuer.chain) if issuer and issuer.is_below_a_root else ()
    return Person(builder.sign(signing.private_key, hashes.SHA256()), private_key, chain)


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A fresh RSA key."""
    return rsa.generate_private_key(65537, bits)


def revocation_list(
    issuer: Person, *revoked: Person, issued: dt.datetime | None = None, next_update: dt.timedelta = DAY
) -> bytes:
    """The DER of a CRL, issued five minutes ago, that lists these people from then on."""
    at = issued or dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, at, at + next_update)
    for person in revoked:
        entry = x509.RevokedCertificateBuilder(person.certificate.serial_number, at)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Authority:
    """The test CA and everybody it (or somebody else) has certified."""

    root: Person
    intermediate: Person
    service: Person
    alice: Person
    bob: Person
    expired: Person
    """alice@example.com, but the certificate ended ten days ago."""
    wrong_purpose: Person
    """alice@example.com, but for TLS servers only."""
    stranger: Person
    """alice@example.com, from a CA nobody trusts."""
    unknown_root: Person

    def issue(
        self,
        *addresses: str,
        common_name: str = "Somebody",
        usage: Usage | None = None,
        private_key: PrivateKey | None = None,
        days: tuple[int, int] = (-30, 700),
        subject_email: str | None = None,
        extra_names: Iterable[x509.GeneralName] = (),
        key_id: bool = True,
    ) -> Person:
        """Certify one more person through the intermediate, `addresses` as rfc822Names."""
        return certify(
            name(common_name, subject_email),
            private_key or rsa_key(),
            self.intermediate,
            usage=usage or Usage(),
            alternative_names=[*(x509.RFC822Name(address) for address in addresses), *extra_names],
            days=days,
            key_id=key_id,
        )


@cache
def authority() -> Authority:
    """Build the test CA; once per process, about half a second."""
    root = certify(name("Test Root CA"), rsa_key(), None, usage=CA_USAGE, days=(-3000, 3000))
    unknown_root = certify(name("Unknown CA"), rsa_key(), None, usage=CA_USAGE, days=(-3000, 3000))
    intermediate = certify(name("Test Mail CA"), rsa_key(), root, usage=CA_USAGE, days=(-2000, 2000))

    def customer(
        address: str, issuer: Person, *, usage: Usage | None = None, days: tuple[int, int] = (-30, 700)
    ) -> Person:
        return certify(
            name(address.partition("@")[0].capitalize()),
            rsa_key(),
            issuer,
            usage=usage or Usage(),
            alternative_names=[x509.RFC822Name(address)],
            days=days,
        )

    service = certify(
        name("secure interfax", SERVICE_ADDRESS),
        rsa_key(),
        intermediate,
        usage=Usage(),
        alternative_names=[x509.RFC822Name(SERVICE_ADDRESS)],
    )
    tls_only = Usage(extended=(ExtendedKeyUsageOID.SERVER_AUTH,))
    return Authority(
        root=root,
        intermediate=intermediate,
        service=service,
        alice=customer("alice@example.com", intermediate),
        bob=customer("bob@example.com", intermediate),
        expired=customer("alice@example.com", intermediate, days=(-400, -10)),
        wrong_purpose=customer("alice@example.com", intermediate, usage=tls_only),
        stranger=customer("alice@example.com", unknown_root),
        unknown_root=unknown_root,
    )
