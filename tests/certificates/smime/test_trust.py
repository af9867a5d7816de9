"""Addresses in certificates, chains and purposes."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from certificates.smime import SignatureProblem, TrustStore, address_in
from certificates.smime.addresses import belongs_to, canonical_address
from certificates.smime.ber import encode
from certificates.smime.trust import certificate_problem, may_receive
from tests.pki import CA_USAGE, DAY, Authority, Usage, certify, name, rsa_key

UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")


def test_the_addresses_of_a_certificate_in_order_and_once(pki: Authority) -> None:
    person = pki.issue("a@example.com", "b@example.com", "a@example.com", subject_email="c@example.com")
    assert address_in(person.certificate) == ("a@example.com", "b@example.com")


def test_the_subject_address_counts_only_without_another(pki: Authority) -> None:
    site = x509.DNSName("example.com")
    person = pki.issue(subject_email="c@example.com", extra_names=[site])
    assert address_in(person.certificate) == ("c@example.com",)
    assert address_in(pki.root.certificate) == ()


def test_an_internationalised_mailbox_is_an_address(pki: Authority) -> None:
    mailbox = x509.OtherName(UTF8_MAILBOX, encode(0x0C, "佐藤@example.com".encode()))
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), encode(0x0C, b"x@example.com"))
    person = pki.issue(extra_names=[other, mailbox], subject_email="c@example.com")
    assert address_in(person.certificate) == ("佐藤@example.com",)


def test_unreadable_names_are_no_addresses_and_do_not_fall_back_to_the_subject(pki: Authority) -> None:
    mailbox = x509.OtherName(UTF8_MAILBOX, encode(0x04, b"c@example.com"))
    person = pki.issue(extra_names=[mailbox], subject_email="c@example.com")
    assert address_in(person.certificate) == ()


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Alice@Example.COM", "alice@example.com", True),
        ("a@xn--r8jz45g.jp", "a@例え.jp", True),
        ("a@XN--r8jz45g.jp", "a@例え.JP", True),
        ("a@straße.example", "a@strasse.example", False),
        ("a@straße.example", "a@straße.example", True),
        ("a@example\u200b.com", "a@example.com", False),
        ("a@example\u3002com", "a@example.com", False),
        ("a@ｅxample.com", "a@example.com", False),
        ("K@example.com", "k@example.com", True),
        ("\u212a@example.com", "k@example.com", False),
        ("É@example.com", "é@example.com", False),
        ("a@example.com", "a@example.com.", False),
        ("a@" + "x" * 64 + ".jp", "a@" + "X" * 64 + ".jp", True),
        ("a@example.com\0", "a@example.com", False),
        ("a", "a", True),
    ],
)
def test_addresses_are_compared_without_regard_to_ascii_case(one: str, two: str, same: bool) -> None:
    assert (canonical_address(one) == canonical_address(two)) is same


def test_a_certificate_belongs_to_its_own_address_only(pki: Authority) -> None:
    assert belongs_to(pki.alice.certificate, "ALICE@example.com")
    assert not belongs_to(pki.alice.certificate, "bob@example.com")
    assert not belongs_to(pki.root.certificate, "")


def _problem_under(pki: Authority, usage: Usage, **options: tuple[int, int]) -> SignatureProblem | None:
    """The verdict on a certificate issued by a CA of the given kind below the trusted root."""
    ca = certify(name("Odd CA"), rsa_key(), pki.root, usage=usage, days=options.get("days", (-300, 300)))
    leaf = certify(name("A"), rsa_key(), ca, usage=Usage())
    trust = TrustStore((pki.root.certificate,))
    return certificate_problem(leaf.certificate, leaf.chain, trust, datetime.now(UTC))


MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION


@pytest.mark.parametrize(
    ("usage", "problem"),
    [
        (CA_USAGE, None),
        (Usage(CA_USAGE.key_usage, (MAIL,), is_ca=True), None),
        (
            Usage(CA_USAGE.key_usage, (ExtendedKeyUsageOID.SERVER_AUTH,), is_ca=True),
            SignatureProblem.UNTRUSTED,
        ),
        (Usage(None, None, is_ca=True), None),
        (Usage(frozenset({"digital_signature"}), None, is_ca=True), SignatureProblem.UNTRUSTED),
        (Usage(), SignatureProblem.UNTRUSTED),
    ],
)
def test_a_ca_in_the_chain_must_be_one_for_mail(
    pki: Authority, usage: Usage, problem: SignatureProblem | None
) -> None:
    assert _problem_under(pki, usage) is problem


def test_an_expired_ca_breaks_the_chain(pki: Authority) -> None:
    assert _problem_under(pki, CA_USAGE, days=(-300, -1)) is SignatureProblem.UNTRUSTED


def test_a_root_without_key_usage_is_taken(pki: Authority) -> None:
    root = certify(name("Old Root"), rsa_key(), None, usage=Usage(None, None, is_ca=True))
    leaf = certify(name("A"), rsa_key(), root, usage=Usage())
    trust = TrustStore((root.certificate,))
    assert certificate_problem(leaf.certificate, (), trust, datetime.now(UTC)) is None


def test_a_curve_nobody_asked_for_is_a_weak_key(pki: Authority) -> None:
    person = pki.issue("a@example.com", private_key=ec.generate_private_key(ec.SECP256K1()))
    trust = TrustStore((pki.root.certificate,))
    found = certificate_problem(person.certificate, person.chain, trust, datetime.now(UTC))
    assert found in (SignatureProblem.WEAK_KEY, SignatureProblem.UNTRUSTED)


def test_a_certificate_with_an_unreadable_extension_is_not_trusted(pki: Authority) -> None:
    key, now = rsa_key(), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(pki.intermediate.certificate.subject, name("A"), key.public_key(), 77)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.UnrecognizedExtension(ExtensionOID.KEY_USAGE, b"junk"), critical=False)
        .sign(pki.intermediate.private_key, hashes.SHA256())
    )
    trust = TrustStore((pki.root.certificate,), (pki.intermediate.certificate,))
    assert certificate_problem(certificate, (), trust, now) is SignatureProblem.UNTRUSTED


@pytest.mark.parametrize(
    ("usages", "for_rsa", "for_ec"),
    [
        (None, True, True),
        (frozenset({"key_encipherment"}), True, False),
        (frozenset({"key_agreement"}), False, True),
        (frozenset({"digital_signature"}), False, False),
    ],
)
def test_the_key_usage_says_whether_one_may_encrypt_to_it(
    pki: Authority, usages: frozenset[str] | None, for_rsa: bool, for_ec: bool
) -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    for key, expected in ((rsa_key(), for_rsa), (elliptic, for_ec)):
        person = pki.issue("a@example.com", usage=Usage(usages), private_key=key)
        assert may_receive(person.certificate) is expected


def test_trust_stores_are_values(pki: Authority) -> None:
    roots = (pki.root.certificate,)
    assert TrustStore(roots) == TrustStore(roots)
    assert hash(TrustStore(roots)) == hash(TrustStore(roots))
    assert "Store(" not in repr(TrustStore(())).removeprefix("TrustStore(")


@pytest.mark.parametrize("problem", list(SignatureProblem))
def test_every_problem_has_a_sentence_for_the_wire(problem: SignatureProblem) -> None:
    assert problem.sentence.isascii()
    assert len(problem.sentence) < 60


def test_a_certificate_that_says_nothing_of_being_an_authority_is_none(pki: Authority) -> None:
    """Without basicConstraints, as many an old one for mail."""
    issuer, own = pki.intermediate, pki.alice.certificate
    builder = (
        x509.CertificateBuilder(subject_name=own.subject, issuer_name=issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
    )
    for extension in own.extensions:
        if not isinstance(extension.value, x509.BasicConstraints):
            builder = builder.add_extension(extension.value, extension.critical)
    certificate = builder.sign(issuer.private_key, hashes.SHA256())
    trust = TrustStore((pki.root.certificate,))
    assert certificate_problem(certificate, [issuer.certificate], trust, datetime.now(UTC)) is None
