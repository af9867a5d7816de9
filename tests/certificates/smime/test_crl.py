"""Revocation lists: which can be used, for whom they count, and from when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.smime import Crl, SignatureProblem, TrustStore, UnusableCrl
from certificates.smime.trust import certificate_problem
from tests.pki import CA_USAGE, DAY, Authority, Person, Usage, certify, name

NOW = datetime.now(UTC).replace(microsecond=0)
AGO = NOW - timedelta(hours=1)
Entry = tuple[int, datetime, Sequence[x509.ExtensionType]]


def crl_of(
    issuer: Person,
    *entries: Entry,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: Person | None = None,
    next_update: datetime = NOW + DAY,
) -> bytes:
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, NOW - 9 * DAY, next_update)
    for serial, since, about in entries:
        entry = x509.RevokedCertificateBuilder(serial, since)
        for extension in about:
            entry = entry.add_extension(extension, critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign((signer or issuer).private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def revoked(person: Person, since: datetime = AGO, *about: x509.ExtensionType) -> Entry:
    return person.certificate.serial_number, since, about


def problem(pki: Authority, person: Person, *lists: bytes, at: datetime = NOW) -> SignatureProblem | None:
    trust = TrustStore((pki.root.certificate,), (), tuple(map(Crl.parse, lists)))
    return certificate_problem(person.certificate, person.chain, trust, at)


def test_a_listed_certificate_is_revoked_and_its_neighbour_is_not(pki: Authority) -> None:
    crl = crl_of(pki.intermediate, revoked(pki.alice))
    assert problem(pki, pki.alice, crl) is SignatureProblem.REVOKED
    assert problem(pki, pki.bob, crl) is None


def test_a_ca_in_the_chain_that_is_revoked_takes_everybody_with_it(pki: Authority) -> None:
    crl = crl_of(pki.root, revoked(pki.intermediate))
    assert problem(pki, pki.alice, crl) is SignatureProblem.REVOKED


def test_a_revocation_counts_from_its_date_on(pki: Authority) -> None:
    crl = crl_of(pki.intermediate, revoked(pki.alice))
    second = timedelta(seconds=1)
    verdicts = [problem(pki, pki.alice, crl, at=at) for at in (AGO - second, AGO, AGO + second)]
    assert verdicts == [None, SignatureProblem.REVOKED, SignatureProblem.REVOKED]


def test_a_certificate_both_revoked_and_expired_is_revoked(pki: Authority) -> None:
    assert (
        problem(pki, pki.expired, crl_of(pki.intermediate, revoked(pki.expired))) is SignatureProblem.REVOKED
    )


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (x509.ReasonFlags.certificate_hold, SignatureProblem.REVOKED),
        (x509.ReasonFlags.key_compromise, SignatureProblem.REVOKED),
        (x509.ReasonFlags.remove_from_crl, None),
    ],
)
def test_a_hold_revokes_and_its_removal_does_not(
    pki: Authority, reason: x509.ReasonFlags, expected: SignatureProblem | None
) -> None:
    crl = crl_of(pki.intermediate, revoked(pki.alice, AGO, x509.CRLReason(reason)))
    assert problem(pki, pki.alice, crl) is expected


def test_an_entry_that_cannot_be_read_revokes(pki: Authority) -> None:
    junk = x509.UnrecognizedExtension(x509.CRLReason.oid, b"junk")
    crl = crl_of(pki.intermediate, revoked(pki.alice, AGO, junk))
    assert problem(pki, pki.alice, crl) is SignatureProblem.REVOKED


def test_the_list_of_another_issuer_says_nothing(pki: Authority) -> None:
    assert problem(pki, pki.alice, crl_of(pki.root, revoked(pki.alice))) is None


def test_a_list_signed_by_another_key_says_nothing(pki: Authority) -> None:
    forged = crl_of(pki.intermediate, revoked(pki.alice), signer=pki.bob)
    assert problem(pki, pki.alice, forged) is None
    assert problem(pki, pki.alice, forged, crl_of(pki.intermediate, revoked(pki.alice))) is (
        SignatureProblem.REVOKED
    )


def test_a_list_changed_after_signing_says_nothing(pki: Authority) -> None:
    serial = pki.alice.certificate.serial_number
    size = serial.bit_length() // 8 + 1
    for signed, expected in ((serial, SignatureProblem.REVOKED), (serial ^ 1, None)):
        crl = crl_of(pki.intermediate, (signed, AGO, ()))
        changed = crl.replace(signed.to_bytes(size, "big"), serial.to_bytes(size, "big"))
        assert serial.to_bytes(size, "big") in changed
        assert problem(pki, pki.alice, changed) is expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (frozenset({"key_cert_sign"}), None),
        (frozenset({"key_cert_sign", "crl_sign"}), SignatureProblem.REVOKED),
        (None, SignatureProblem.REVOKED),
    ],
)
def test_the_issuer_must_be_allowed_to_sign_lists(
    pki: Authority, usage: frozenset[str] | None, expected: SignatureProblem | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    ca = certify(name("A CA"), key, pki.root, usage=Usage(usage, None, is_ca=True))
    leaf = certify(name("A"), key, ca, usage=Usage())
    assert problem(pki, leaf, crl_of(ca, revoked(leaf))) is expected


def test_a_list_of_another_ca_of_the_same_name_says_nothing(pki: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    namesake = certify(pki.intermediate.certificate.subject, key, pki.root, usage=CA_USAGE)
    assert problem(pki, pki.alice, crl_of(namesake, revoked(pki.alice))) is None


def test_a_list_in_another_name_of_the_same_key_says_nothing(pki: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    one, two = (certify(name(ca), key, pki.root, usage=CA_USAGE) for ca in ("One CA", "Two CA"))
    leaf = certify(name("A"), key, one, usage=Usage())
    assert problem(pki, leaf, crl_of(two, revoked(leaf))) is None
    assert problem(pki, leaf, crl_of(one, revoked(leaf))) is SignatureProblem.REVOKED


def test_an_outdated_list_still_revokes_and_its_silence_stops_nobody(pki: Authority) -> None:
    outdated = crl_of(pki.intermediate, revoked(pki.alice, NOW - 9 * DAY), next_update=NOW - 2 * DAY)
    assert problem(pki, pki.alice, outdated) is SignatureProblem.REVOKED
    assert problem(pki, pki.bob, outdated) is None


def _scope(**given: bool) -> x509.IssuingDistributionPoint:
    flags = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl")
    values = {flag: given.get(flag, False) for flag in (*flags, "only_contains_attribute_certs")}
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier("http://ca.example/1.crl")],
        relative_name=None,
        only_some_reasons=None,
        **values,
    )


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
UNUSABLE: dict[str, tuple[x509.ExtensionType, bool, str]] = {
    "delta": (x509.DeltaCRLIndicator(1), True, "delta"),
    "delta, not critical": (x509.DeltaCRLIndicator(1), False, "delta"),
    "indirect": (_scope(indirect_crl=True), True, "indirect"),
    "of attributes": (_scope(only_contains_attribute_certs=True), True, "attribute"),
    "unknown critical": (UNKNOWN, True, "critical"),
}


@pytest.mark.parametrize(("extension", "critical", "word"), UNUSABLE.values(), ids=UNUSABLE)
def test_lists_whose_entries_mean_something_else_are_unusable(
    pki: Authority, extension: x509.ExtensionType, critical: bool, word: str
) -> None:
    crl = crl_of(pki.intermediate, revoked(pki.alice), extensions=[(extension, critical)])
    with pytest.raises(UnusableCrl, match=word):
        Crl.parse(crl)


@pytest.mark.parametrize(
    "extension",
    [
        (UNKNOWN, False),
        (x509.CRLNumber(7), False),
        (_scope(only_contains_user_certs=True), True),
        (x509.AuthorityKeyIdentifier(b"1" * 20, None, None), True),
    ],
)
def test_other_lists_are_used(pki: Authority, extension: tuple[x509.ExtensionType, bool]) -> None:
    crl = crl_of(pki.intermediate, revoked(pki.alice), extensions=[extension])
    assert problem(pki, pki.alice, crl) is SignatureProblem.REVOKED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        b"0\x00",
        b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UnusableCrl, match=r"^This is not a certificate revocation list that can be read\.$"):
        Crl.parse(data)


SHA256_WITH_RSA = "2a864886f70d01010b"


def _renamed(pki: Authority, algorithm: str) -> bytes:
    """A list that names another algorithm than it is signed by; both hexadecimal contents of OIDs."""
    crl = crl_of(pki.intermediate, revoked(pki.alice))
    return crl.replace(bytes.fromhex(SHA256_WITH_RSA), bytes.fromhex(algorithm))


def test_a_list_signed_in_an_unknown_way_is_unusable(pki: Authority) -> None:
    with pytest.raises(UnusableCrl, match="signed"):
        Crl.parse(_renamed(pki, "2a864886f70d01017f"))


def test_a_list_signed_in_another_way_than_it_says_counts_for_nothing(pki: Authority) -> None:
    assert problem(pki, pki.alice, _renamed(pki, "2a864886f70d01010d")) is None


def test_a_list_signed_without_a_digest_is_unusable(pki: Authority) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateRevocationListBuilder(pki.intermediate.certificate.subject, NOW, NOW + DAY)
    with pytest.raises(UnusableCrl, match="signed"):
        Crl.parse(builder.sign(key, None).public_bytes(Encoding.DER))


def test_the_facts_of_a_list_from_der_and_pem(pki: Authority) -> None:
    scope = _scope(only_contains_user_certs=True)
    der = crl_of(pki.intermediate, revoked(pki.alice), revoked(pki.bob), extensions=[(scope, True)])
    crl = Crl.parse(der)
    assert crl.der == der
    assert crl.issuer == pki.alice.certificate.issuer.public_bytes()
    assert crl.issuer_text == "CN=Test Mail CA,O=Test,C=JP"
    assert crl.scope == scope.public_bytes()
    assert (crl.this_update, crl.next_update, crl.entries) == (NOW - 9 * DAY, NOW + DAY, 2)
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    assert Crl.parse(b"# a comment\n" + pem) == crl
    assert hash(Crl.parse(pem)) == hash(crl)
    assert Crl.parse(crl_of(pki.root)).scope == b""


def test_numbers_of_every_length_are_found(pki: Authority) -> None:
    """The encoding searched for must be the one in the list, with its leading zero where the first bit is set."""
    key = ec.generate_private_key(ec.SECP256R1())
    ca = certify(name("Counting CA"), key, pki.root, usage=CA_USAGE)
    numbers = (1, 127, 128, 255, 256, 2**63, 2**127, 2**159 - 1)
    crl = Crl.parse(crl_of(ca, *((number, AGO, ()) for number in numbers)))

    def numbered(serial: int) -> x509.Certificate:
        subject, issuer = name("A"), ca.certificate.subject
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial, AGO, NOW + DAY)
        return builder.sign(key, hashes.SHA256())

    assert all(crl.revokes(numbered(number), ca.certificate, NOW) for number in numbers)
    assert not any(crl.revokes(numbered(number + 1), ca.certificate, NOW) for number in (1, 2**63, 2**127))
