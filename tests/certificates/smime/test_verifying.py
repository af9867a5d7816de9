"""Signed mail, made by openssl: what counts as the sender's and what does not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.smime import OpenedMail, Signature, SignatureError, SignatureProblem, TrustStore, open_mail
from certificates.smime.mime import split
from tests.certificates.smime.conftest import BODY, ENTITY, Peer
from tests.pki import Authority, Person, Usage, rsa_key

Open = Callable[[bytes], OpenedMail]


def signature_in(mail: OpenedMail) -> Signature:
    assert mail.signature is not None
    return mail.signature


def problem_of(mail: OpenedMail) -> SignatureProblem | None:
    assert signature_in(mail).valid is (signature_in(mail).problem is None)
    return signature_in(mail).problem


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-md", "sha384"),
        ("-md", "sha512"),
        ("-nodetach",),
        ("-nodetach", "-stream"),
        ("-stream",),
        ("-keyid",),
        ("-nosmimecap",),
        ("-keyopt", "rsa_padding_mode:pss"),
        ("-nodetach", "-indef"),
    ],
)
def test_what_openssl_signs_is_verified(
    pki: Authority, peer: Peer, opened: Open, options: tuple[str, ...]
) -> None:
    mail = opened(peer.sign(ENTITY, pki.alice, options=options))
    assert problem_of(mail) is None
    assert signature_in(mail).certificate == pki.alice.certificate
    assert signature_in(mail).address == "alice@example.com"
    assert split(mail.message)[1] == BODY
    assert not mail.encrypted
    assert mail.content_digest is not None


@pytest.mark.parametrize(("curve", "digest"), [(ec.SECP256R1(), "sha256"), (ec.SECP384R1(), "sha384")])
def test_elliptic_signatures_are_verified(
    pki: Authority, peer: Peer, opened: Open, curve: ec.EllipticCurve, digest: str
) -> None:
    person = pki.issue("alice@example.com", private_key=ec.generate_private_key(curve))
    assert problem_of(opened(peer.sign(ENTITY, person, options=("-md", digest)))) is None


def test_the_capabilities_come_in_the_signers_order(pki: Authority, peer: Peer, opened: Open) -> None:
    found = signature_in(opened(peer.sign(ENTITY, pki.alice))).capabilities
    assert found[0] == "2.16.840.1.101.3.4.1.42"
    assert "1.2.840.113549.3.7" in found
    without = peer.sign(ENTITY, pki.alice, options=("-nosmimecap",))
    assert signature_in(opened(without)).capabilities == ()


@pytest.mark.parametrize("options", [(), ("-nodetach",)])
def test_changed_content_does_not_match_the_signature(
    pki: Authority, peer: Peer, opened: Open, options: tuple[str, ...]
) -> None:
    raw = peer.sign(ENTITY, pki.alice, options=("-nosmimecap", *options, "-outform", "SMIME"))
    if options:
        der = peer.sign(ENTITY, pki.alice, options=(*options, "-outform", "DER"), headers=False)
        head = b"From: alice@example.com\r\nContent-Type: application/pkcs7-mime\r\n"
        raw = head + b"Content-Transfer-Encoding: binary\r\n\r\n" + der
    with pytest.raises(SignatureError) as caught:
        opened(raw.replace(b"1111", b"9999"))
    assert caught.value.reason == "signature does not match the content"
    assert not caught.value.encrypted


def test_a_signature_broken_inside_an_encrypted_mail_says_that_it_came_encrypted(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    broken = peer.sign(ENTITY, pki.alice, headers=False).replace(b"1111", b"9999")
    with pytest.raises(SignatureError) as caught:
        opened(peer.encrypt(broken, pki.service))
    assert caught.value.encrypted


def test_line_ends_changed_on_the_way_do_not_matter(pki: Authority, peer: Peer, opened: Open) -> None:
    raw = peer.sign(ENTITY, pki.alice).replace(b"\r\n", b"\n")
    for way in (raw, raw.replace(b"\n", b"\r\n")):
        assert problem_of(opened(way)) is None


ADDRESS = "alice@example.com"
TLS_CLIENT = Usage(extended=(ExtendedKeyUsageOID.CLIENT_AUTH,))
ENCRYPTION = Usage(frozenset({"key_encipherment"}))
P = SignatureProblem
DOUBTFUL: dict[str, tuple[Callable[[Authority], Person], SignatureProblem]] = {
    "expired": (lambda pki: pki.expired, P.EXPIRED),
    "not yet valid": (lambda pki: pki.issue(ADDRESS, days=(5, 100)), P.NOT_YET_VALID),
    "for TLS servers": (lambda pki: pki.wrong_purpose, P.WRONG_PURPOSE),
    "for TLS clients": (lambda pki: pki.issue(ADDRESS, usage=TLS_CLIENT), P.WRONG_PURPOSE),
    "for encryption": (lambda pki: pki.issue(ADDRESS, usage=ENCRYPTION), P.WRONG_PURPOSE),
    "a CA": (lambda pki: pki.issue(ADDRESS, usage=Usage(is_ca=True)), P.WRONG_PURPOSE),
    "unknown CA": (lambda pki: pki.stranger, P.UNTRUSTED),
    "RSA-1024": (lambda pki: pki.issue(ADDRESS, private_key=rsa_key(1024)), P.WEAK_KEY),
    "other address": (lambda pki: pki.bob, P.ADDRESS_MISMATCH),
    "address as name": (lambda pki: pki.issue(common_name=ADDRESS), P.ADDRESS_MISMATCH),
    "address in subject": (
        lambda pki: pki.issue("other@example.com", subject_email=ADDRESS),
        P.ADDRESS_MISMATCH,
    ),
}


@pytest.mark.parametrize(("signer", "problem"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_signature_that_matches_may_still_prove_nothing(
    pki: Authority,
    peer: Peer,
    opened: Open,
    signer: Callable[[Authority], Person],
    problem: SignatureProblem,
) -> None:
    mail = opened(peer.sign(ENTITY, signer(pki)))
    assert problem_of(mail) is problem
    assert split(mail.message)[1] == BODY
    assert problem.sentence.split()[0] in ("certificate", "signature", "mail")


@pytest.mark.parametrize(
    "usage",
    [
        Usage(None, None),
        Usage(extended=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
        Usage(frozenset({"content_commitment"})),
    ],
)
def test_other_usages_that_allow_signing_are_accepted(
    pki: Authority, peer: Peer, opened: Open, usage: Usage
) -> None:
    assert problem_of(opened(peer.sign(ENTITY, pki.issue("alice@example.com", usage=usage)))) is None


def test_the_subject_address_counts_if_there_is_no_other(pki: Authority, peer: Peer, opened: Open) -> None:
    person = pki.issue(subject_email="Alice@Example.COM")
    assert problem_of(opened(peer.sign(ENTITY, person))) is None


def test_the_time_of_receipt_decides_and_not_the_signing_time(
    pki: Authority, peer: Peer, trust: TrustStore
) -> None:
    raw = peer.sign(ENTITY, pki.alice)
    end = pki.alice.certificate.not_valid_after_utc
    begin = pki.alice.certificate.not_valid_before_utc
    second = timedelta(seconds=1)
    times = {
        begin - second: SignatureProblem.NOT_YET_VALID,
        begin: None,
        end: None,
        end + second: SignatureProblem.EXPIRED,
    }
    for at, problem in times.items():
        assert problem_of(open_mail(raw, [], trust, at)) is problem


def test_a_chain_through_an_intermediate_that_is_nowhere_is_not_trusted(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    alone = Person(pki.alice.certificate, pki.alice.private_key)
    assert problem_of(opened(peer.sign(ENTITY, alone))) is SignatureProblem.UNTRUSTED


def test_a_known_intermediate_helps_a_signer_who_forgot_it(pki: Authority, peer: Peer) -> None:
    alone = Person(pki.alice.certificate, pki.alice.private_key)
    trust = TrustStore((pki.root.certificate,), (pki.intermediate.certificate,))
    mail = open_mail(peer.sign(ENTITY, alone), [], trust, datetime.now(UTC))
    assert problem_of(mail) is None


def test_without_any_root_nothing_is_trusted(pki: Authority, peer: Peer) -> None:
    mail = open_mail(peer.sign(ENTITY, pki.alice), [], TrustStore(()), datetime.now(UTC))
    assert problem_of(mail) is SignatureProblem.UNTRUSTED


def test_sha1_is_verified_and_never_trusted(pki: Authority, peer: Peer, opened: Open) -> None:
    mail = opened(peer.sign(ENTITY, pki.alice, options=("-md", "sha1")))
    assert problem_of(mail) is SignatureProblem.WEAK_ALGORITHM


def test_md5_is_not_supported(pki: Authority, peer: Peer, opened: Open) -> None:
    with pytest.raises(SignatureError, match="signature algorithm is not supported"):
        opened(peer.sign(ENTITY, pki.alice, options=("-md", "md5")))


def test_a_signature_without_its_certificate_cannot_be_verified(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    with pytest.raises(SignatureError, match="signature comes without its certificate"):
        opened(peer.sign(ENTITY, pki.alice, options=("-nocerts",)))


def test_a_signature_without_signed_attributes_is_refused(pki: Authority, peer: Peer, opened: Open) -> None:
    with pytest.raises(SignatureError, match="signature is malformed"):
        opened(peer.sign(ENTITY, pki.alice, options=("-noattr",)))


def test_of_two_signers_the_one_named_in_from_speaks(pki: Authority, peer: Peer, opened: Open) -> None:
    for signers in ((pki.alice, pki.bob), (pki.bob, pki.alice)):
        signature = signature_in(opened(peer.sign(ENTITY, *signers)))
        assert signature.valid
        assert signature.certificate == pki.alice.certificate


def test_one_untrusted_signer_spoils_the_others(pki: Authority, peer: Peer, opened: Open) -> None:
    for signers in ((pki.alice, pki.stranger), (pki.bob, pki.expired, pki.alice)):
        assert problem_of(opened(peer.sign(ENTITY, *signers))) is not None


def test_four_signers_are_verified_and_five_refused(pki: Authority, peer: Peer, opened: Open) -> None:
    four = (pki.alice, pki.bob, pki.service, pki.issue("x@example.com"))
    assert problem_of(opened(peer.sign(ENTITY, *four))) is None
    with pytest.raises(SignatureError, match="signature is malformed"):
        opened(peer.sign(ENTITY, *four, pki.issue("y@example.com")))


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        (b"From: alice@example.com", None),
        (b"from:\r\n\t ALICE@Example.com ", None),
        (b'From: "bob@example.com, a" <alice@example.com>', None),
        (b"From: =?iso-2022-jp?B?GyRCO0MbKEI=?= (x (y)) <alice@example.com>", None),
        (b"From: alice@example.com\r\nSender: bob@example.com\r\nReply-To: bob@example.com", None),
        (b"From: alice@example.com, bob@example.com", SignatureProblem.AMBIGUOUS_FROM),
        (b"From: alice@example.com\r\nFrom: alice@example.com", SignatureProblem.AMBIGUOUS_FROM),
        (b"From: alice@example.com\r\nFROM : bob@example.com", SignatureProblem.AMBIGUOUS_FROM),
        (b"X: \rFrom: bob@example.com\r\nFrom: alice@example.com", SignatureProblem.AMBIGUOUS_FROM),
        (b"From: bob@example.com <alice@example.com>", SignatureProblem.AMBIGUOUS_FROM),
        (b"From: <bob@example.com> <alice@example.com>", SignatureProblem.AMBIGUOUS_FROM),
        (b"From: group: alice@example.com;", SignatureProblem.AMBIGUOUS_FROM),
        (b"Sender: alice@example.com", SignatureProblem.AMBIGUOUS_FROM),
        (b"From:", SignatureProblem.AMBIGUOUS_FROM),
        (b'From: "alice@example.com" <bob@example.com>', SignatureProblem.ADDRESS_MISMATCH),
        (b"From: alice@example.com.evil.example", SignatureProblem.ADDRESS_MISMATCH),
        (b"From: bob@example.com\r\nSender: alice@example.com", SignatureProblem.ADDRESS_MISMATCH),
    ],
)
def test_the_signer_must_be_the_one_mailbox_in_from(
    pki: Authority, peer: Peer, opened: Open, headers: bytes, problem: SignatureProblem | None
) -> None:
    raw = headers + b"\r\n" + peer.sign(ENTITY, pki.alice, headers=False)
    assert problem_of(opened(raw)) is problem


def test_both_orders_and_three_layers_are_opened(pki: Authority, peer: Peer, opened: Open) -> None:
    signed = peer.sign(ENTITY, pki.alice, headers=False)
    encrypted = peer.encrypt(signed, pki.service, headers=False)
    ways = {
        "signed, then encrypted": peer.encrypt(signed, pki.service),
        "encrypted, then signed": peer.sign(peer.encrypt(ENTITY, pki.service, headers=False), pki.alice),
        "triple": peer.sign(encrypted, pki.alice),
        "triple, opaque outside": peer.sign(encrypted, pki.alice, options=("-nodetach",)),
    }
    for way, raw in ways.items():
        mail = opened(raw)
        assert mail.encrypted, way
        assert problem_of(mail) is None, way
        assert split(mail.message)[1] == BODY, way


def test_the_inner_signature_decides(pki: Authority, peer: Peer, opened: Open) -> None:
    for inner, outer, problem in (
        (pki.alice, pki.stranger, None),
        (pki.stranger, pki.alice, SignatureProblem.UNTRUSTED),
    ):
        signed = peer.sign(ENTITY, inner, headers=False)
        raw = peer.sign(peer.encrypt(signed, pki.service, headers=False), outer)
        assert problem_of(opened(raw)) is problem


def _usable(pki: Authority, peer: Peer, opened: Open, *others: Person, signer: Person) -> Signature:
    bundle = Person(signer.certificate, signer.private_key, (*signer.chain, *(p.certificate for p in others)))
    return signature_in(opened(peer.sign(ENTITY, bundle)))


def test_the_signers_certificate_is_encrypted_to_if_its_usage_allows(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    other = pki.issue("alice@example.com")
    found = _usable(pki, peer, opened, other, signer=pki.alice)
    assert found.encryption_certificate == pki.alice.certificate


def test_a_second_certificate_of_the_same_address_is_found_for_a_signer_who_only_signs(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    signer = pki.issue("alice@example.com", usage=Usage(frozenset({"digital_signature"})))
    for_encryption = pki.issue("alice@example.com", usage=Usage(frozenset({"key_encipherment"})))
    foreign = Person(pki.bob.certificate, pki.bob.private_key)
    found = _usable(pki, peer, opened, foreign, pki.expired, for_encryption, signer=signer)
    assert found.valid
    assert found.encryption_certificate == for_encryption.certificate
    found = _usable(pki, peer, opened, foreign, pki.expired, pki.stranger, signer=signer)
    assert found.encryption_certificate == signer.certificate
