"""Intermediate certificates: learned from valid mail, used for signers who forget theirs, never fetched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID
from django.utils import timezone

from accounts.models import Account
from certificates import intermediates
from certificates.identity import fingerprint, pem
from certificates.models import Intermediate, RegisteredCertificate
from certificates.roots import trust_store
from certificates.smime import SignatureProblem, open_mail
from faxsend.models import InboundStatus
from tests.certificates.trusting import mail_of, problem_of
from tests.factories import AuthorizedSenderFactory
from tests.faxsend.encrypting import LETTER, order, processed
from tests.notifications.signing import ALICE, handle, mail, signed, trusted_service
from tests.pki import CA_USAGE, Person, Usage, authority, certify, name, rsa_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_test_ca")]

DAY = timedelta(days=1)


def forgetful(person: Person) -> Person:
    """The same without the intermediate."""
    return replace(person, chain=())


def test_a_signer_who_forgets_the_intermediate_is_believed_once_another_mail_has_brought_it() -> None:
    alice = authority().alice
    assert problem_of(mail_of(alice, chain=False)) is SignatureProblem.UNTRUSTED
    assert problem_of(mail_of(alice)) is None
    assert problem_of(mail_of(alice, chain=False)) is None
    kept = Intermediate.objects.get()
    assert kept.fingerprint == fingerprint(authority().intermediate.certificate)
    assert kept.not_after == authority().intermediate.certificate.not_valid_after_utc


@pytest.fixture
def account() -> Account:
    trusted_service()
    return AuthorizedSenderFactory.create(address=ALICE, account__signature_required=True).account


def ordered(account: Account, person: Person, number: int) -> str:
    """The rejection of a signed order, "" if it is accepted."""
    raw = order(signed(person, entity=LETTER), message_id=f"<{number}@example.com>")
    message = processed(raw, account)
    assert (message.status == InboundStatus.ACCEPTED) == (not message.rejection_code)
    return message.rejection_code


def test_what_an_order_brings_counts_at_digitalid(account: Account) -> None:
    handle(mail(signed(forgetful(authority().alice))), key="before")
    assert not RegisteredCertificate.objects.exists()
    assert ordered(account, authority().alice, 1) == ""
    handle(mail(signed(forgetful(authority().alice))), key="after")
    assert RegisteredCertificate.objects.get().address == ALICE


def test_what_digitalid_gets_counts_for_orders(account: Account) -> None:
    assert ordered(account, forgetful(authority().alice), 1) == "signature-rejected"
    handle(mail(signed(authority().alice)))
    assert ordered(account, forgetful(authority().alice), 2) == ""


def test_nothing_is_learned_from_a_signature_that_does_not_count() -> None:
    for person in (authority().stranger, authority().expired, authority().wrong_purpose):
        assert problem_of(mail_of(person)) is not None
    assert not Intermediate.objects.exists()


def test_nothing_is_learned_from_a_chain_that_is_spoken_against() -> None:
    signature = open_mail(mail_of(authority().alice), (), trust_store(), timezone.now()).signature
    assert signature is not None
    intermediates.learn(replace(signature, problem=SignatureProblem.REVOKED), timezone.now())
    assert not Intermediate.objects.exists()
    intermediates.learn(signature, timezone.now())
    assert Intermediate.objects.exists()


def test_nothing_is_learned_but_the_authorities_between_signer_and_root() -> None:
    alice = authority().alice
    unneeded = certify(name("Other CA"), rsa_key(), authority().root, usage=CA_USAGE).certificate
    brought = (*alice.chain, authority().root.certificate, authority().bob.certificate, unneeded)
    assert problem_of(mail_of(replace(alice, chain=brought))) is None
    assert Intermediate.objects.get().fingerprint == fingerprint(authority().intermediate.certificate)


def test_a_learned_one_proves_nothing_without_its_root() -> None:
    stranger_ca = certify(name("Foreign Mail CA"), rsa_key(), authority().unknown_root, usage=CA_USAGE)
    person = certify(
        name("Alice"), rsa_key(), stranger_ca, usage=Usage(), alternative_names=[x509.RFC822Name(ALICE)]
    )
    kept = Intermediate.objects.create(
        certificate=pem(stranger_ca.certificate),
        fingerprint=fingerprint(stranger_ca.certificate),
        subject="x",
        not_after=timezone.now() + DAY,
    )
    assert problem_of(mail_of(person, chain=False)) is SignatureProblem.UNTRUSTED
    assert Intermediate.objects.get() == kept


def test_when_there_are_too_many_an_expired_one_makes_room() -> None:
    now = timezone.now()
    learned = fingerprint(authority().intermediate.certificate)
    Intermediate.objects.bulk_create(
        Intermediate(certificate="", fingerprint=f"{number:064}", subject="x", not_after=now + DAY)
        for number in range(intermediates.MOST)
    )
    problem_of(mail_of(authority().alice))
    assert Intermediate.objects.count() == intermediates.MOST
    assert not Intermediate.objects.filter(fingerprint=learned).exists()

    Intermediate.objects.filter(fingerprint__in=[f"{7:064}", f"{8:064}"]).update(not_after=now - DAY)
    Intermediate.objects.filter(fingerprint=f"{8:064}").update(not_after=now - 2 * DAY)
    problem_of(mail_of(authority().alice))
    assert Intermediate.objects.count() == intermediates.MOST
    assert Intermediate.objects.filter(fingerprint=learned).exists()
    assert not Intermediate.objects.filter(fingerprint=f"{8:064}").exists()


def test_addresses_in_a_received_certificate_are_never_fetched() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        person = pointing_to(f"http://127.0.0.1:{server.getsockname()[1]}/")
        assert problem_of(mail_of(person, chain=False)) is SignatureProblem.UNTRUSTED
        assert problem_of(mail_of(person)) is None
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


def pointing_to(address: str) -> Person:
    """Alice's certificate with addresses of its issuer's certificate, of OCSP and of revocation lists."""
    alice, issuer = authority().alice, authority().intermediate
    url = x509.UniformResourceIdentifier(address)
    kinds = (AuthorityInformationAccessOID.CA_ISSUERS, AuthorityInformationAccessOID.OCSP)
    added = (
        x509.AuthorityInformationAccess([x509.AccessDescription(kind, url) for kind in kinds]),
        x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)]),
        x509.FreshestCRL([x509.DistributionPoint([url], None, None, None)]),
    )
    builder = x509.CertificateBuilder(
        issuer_name=issuer.certificate.subject,
        subject_name=alice.certificate.subject,
        public_key=alice.certificate.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=alice.certificate.not_valid_before_utc,
        not_valid_after=alice.certificate.not_valid_after_utc,
        extensions=list(alice.certificate.extensions),
    )
    for value in added:
        builder = builder.add_extension(value, critical=False)
    return Person(builder.sign(issuer.private_key, hashes.SHA256()), alice.private_key, alice.chain)
