"""Chains: name constraints, path lengths, policies, and what the library refuses by itself."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from certificates.smime import SignatureProblem, TrustStore
from certificates.smime.ber import SEQUENCE, children, encode
from certificates.smime.limits import MAX_RSA_BITS
from certificates.smime.policy import is_strong
from certificates.smime.trust import certificate_problem
from tests.pki import CA_USAGE, Authority, Person, Usage, certify, name, rsa_key

KEY = ec.generate_private_key(ec.SECP256R1())
Extra = list[tuple[x509.ExtensionType, bool]]
MAIL = x509.RFC822Name
UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
UNTRUSTED = SignatureProblem.UNTRUSTED


def problem(pki: Authority, person: Person) -> SignatureProblem | None:
    trust = TrustStore((pki.root.certificate,))
    return certificate_problem(person.certificate, person.chain, trust, datetime.now(UTC))


def ca_with(pki: Authority, extra: Extra, issuer: Person | None = None) -> Person:
    return certify(name("Some CA"), KEY, issuer or pki.root, usage=CA_USAGE, extra=extra)


def _constraints(permitted: list[str], excluded: list[str]) -> Extra:
    subtrees = [[MAIL(value) for value in values] or None for values in (permitted, excluded)]
    return [(x509.NameConstraints(*subtrees), True)]


def _holders(ca: Person, address: str) -> dict[str, Person]:
    """A certificate for the address in each place where one can stand."""
    mailbox = x509.OtherName(UTF8_MAILBOX, encode(0x0C, address.encode()))
    usage = Usage()
    return {
        "rfc822Name": certify(name("A"), KEY, ca, usage=usage, alternative_names=[MAIL(address)]),
        "SmtpUTF8Mailbox": certify(name("A"), KEY, ca, usage=usage, alternative_names=[mailbox]),
        "subject": certify(name("A", address), KEY, ca, usage=usage),
    }


@pytest.mark.parametrize(
    ("permitted", "excluded", "address", "allowed"),
    [
        (["example.com"], [], "a@example.com", True),
        (["example.com"], [], "a@EXAMPLE.com", True),
        (["example.com"], [], "a@evil.example", False),
        (["example.com"], [], "a@sub.example.com", False),
        (["example.com"], [], "a@example.com.evil.example", False),
        ([".example.com"], [], "a@sub.example.com", True),
        ([".example.com"], [], "a@example.com", False),
        (["a@example.com"], [], "a@example.com", True),
        (["a@example.com"], [], "b@example.com", False),
        (["other.example", "example.com"], [], "a@example.com", True),
        ([], ["evil.example"], "a@evil.example", False),
        ([], [".evil.example"], "a@sub.evil.example", False),
        ([], ["evil.example"], "a@example.com", True),
        (["example.com"], ["a@example.com"], "a@example.com", False),
    ],
)
def test_a_ca_may_issue_within_its_name_constraints_only(
    pki: Authority, permitted: list[str], excluded: list[str], address: str, allowed: bool
) -> None:
    """RFC 5280 4.2.1.10 and RFC 9598 6; the library checks the first of the three places."""
    ca = ca_with(pki, _constraints(permitted, excluded))
    for place, person in _holders(ca, address).items():
        assert problem(pki, person) is (None if allowed else UNTRUSTED), place


def test_constraints_hold_for_everything_below(pki: Authority) -> None:
    upper = ca_with(pki, _constraints(["example.com"], []))
    lower = certify(name("Lower CA"), KEY, upper, usage=CA_USAGE)
    for place, person in _holders(lower, "a@evil.example").items():
        assert problem(pki, person) is UNTRUSTED, place
    for place, person in _holders(lower, "a@example.com").items():
        assert problem(pki, person) is None, place


def test_an_internationalised_domain_is_compared_by_its_a_label(pki: Authority) -> None:
    mailbox = x509.OtherName(UTF8_MAILBOX, encode(0x0C, "佐藤@例え.jp".encode()))
    for permitted, expected in ((["xn--r8jz45g.jp"], None), (["example.jp"], UNTRUSTED)):
        ca = ca_with(pki, _constraints(permitted, []))
        person = certify(name("A"), KEY, ca, usage=Usage(), alternative_names=[mailbox])
        assert problem(pki, person) is expected


def test_constraints_on_other_names_are_none_on_addresses(pki: Authority) -> None:
    ca = ca_with(pki, [(x509.NameConstraints([x509.DNSName("example.com")], None), True)])
    assert problem(pki, certify(name("A", "a@other.example"), KEY, ca, usage=Usage())) is None


DIRECTORY = x509.NameConstraints(
    [x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")]))], None
)
POLICIES = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)])
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
OF_CA: dict[str, tuple[x509.ExtensionType, bool, SignatureProblem | None]] = {
    "critical constraints on directory names": (DIRECTORY, True, UNTRUSTED),
    "constraints on directory names": (DIRECTORY, False, None),
    "critical policies": (POLICIES, True, None),
    "no inhibition of any policy": (x509.InhibitAnyPolicy(0), True, None),
    "no mapping of policies": (x509.PolicyConstraints(None, 0), True, None),
    "a policy required": (x509.PolicyConstraints(0, None), True, UNTRUSTED),
    "something critical and unknown": (UNKNOWN, True, UNTRUSTED),
    "something unknown": (UNKNOWN, False, None),
}


@pytest.mark.parametrize(("extension", "critical", "expected"), OF_CA.values(), ids=OF_CA)
def test_what_stands_in_a_ca_certificate(
    pki: Authority, extension: x509.ExtensionType, critical: bool, expected: SignatureProblem | None
) -> None:
    ca = ca_with(pki, [(extension, critical)])
    assert problem(pki, certify(name("A"), KEY, ca, usage=Usage())) is expected


@pytest.mark.parametrize(("extension", "expected"), [(POLICIES, None), (UNKNOWN, UNTRUSTED)])
def test_critical_extensions_of_a_signer_must_be_understood(
    pki: Authority, extension: x509.ExtensionType, expected: SignatureProblem | None
) -> None:
    person = certify(name("A"), KEY, pki.intermediate, usage=Usage(), extra=[(extension, True)])
    assert problem(pki, person) is expected


def test_the_path_length_is_kept(pki: Authority) -> None:
    upper = certify(name("Upper"), KEY, pki.root, usage=CA_USAGE, path_length=0)
    lower = certify(name("Lower"), KEY, upper, usage=CA_USAGE)
    assert problem(pki, certify(name("A"), KEY, upper, usage=Usage())) is None
    assert problem(pki, certify(name("A"), KEY, lower, usage=Usage())) is UNTRUSTED


def test_a_person_cannot_certify_another(pki: Authority) -> None:
    assert problem(pki, certify(name("A"), KEY, pki.alice, usage=Usage())) is UNTRUSTED


def test_a_ca_with_a_short_key_is_not_trusted(pki: Authority) -> None:
    weak = certify(name("Weak"), rsa_key(1024), pki.root, usage=CA_USAGE)
    assert problem(pki, certify(name("A"), KEY, weak, usage=Usage())) is UNTRUSTED


def test_a_signers_rsa_key_has_an_upper_limit_too() -> None:
    """What it costs to verify grows with it. The numbers are no key, but have the size of one."""
    for bits, strong in ((MAX_RSA_BITS, True), (MAX_RSA_BITS + 8, False)):
        assert is_strong(rsa.RSAPublicNumbers(65537, 2 ** (bits - 1) + 1).public_key()) is strong


def test_a_certificate_that_signed_itself_is_not_trusted(pki: Authority) -> None:
    assert problem(pki, certify(name("A"), KEY, None, usage=Usage())) is UNTRUSTED


def _signed_again(person: Person, issuer: Person, oid: str, algorithm: hashes.HashAlgorithm) -> Person:
    """The same certificate with a signature by another digest, which the library does not make."""
    sha256_with_rsa = bytes.fromhex("2a864886f70d01010b")
    tbs = person.certificate.tbs_certificate_bytes.replace(sha256_with_rsa, bytes.fromhex(oid))
    assert isinstance(issuer.private_key, rsa.RSAPrivateKey)
    signature = issuer.private_key.sign(tbs, padding.PKCS1v15(), algorithm)
    named = children(children(tbs)[0].contents)[2].whole
    der = encode(SEQUENCE, tbs, named, encode(0x03, b"\0" + signature))
    return Person(x509.load_der_x509_certificate(der), person.private_key, person.chain)


@pytest.mark.parametrize(
    ("oid", "algorithm", "expected"),
    [
        ("2a864886f70d010105", hashes.SHA1(), UNTRUSTED),
        ("2a864886f70d010104", hashes.MD5(), UNTRUSTED),
        ("2a864886f70d01010d", hashes.SHA512(), None),
    ],
)
def test_certificates_signed_by_sha1_or_md5_are_not_trusted(
    pki: Authority, oid: str, algorithm: hashes.HashAlgorithm, expected: SignatureProblem | None
) -> None:
    leaf = certify(name("A"), KEY, pki.root, usage=Usage())
    assert problem(pki, _signed_again(leaf, pki.root, oid, algorithm)) is expected
    ca = _signed_again(certify(name("Old CA"), KEY, pki.root, usage=CA_USAGE), pki.root, oid, algorithm)
    assert problem(pki, certify(name("A"), KEY, ca, usage=Usage())) is expected
