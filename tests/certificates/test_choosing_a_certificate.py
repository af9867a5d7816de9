"""Which of several registered certificates mail leaves by, and when it does not leave at all."""

from __future__ import annotations

import email
from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.identity import fingerprint, pem
from certificates.models import Intermediate, RegisteredCertificate
from certificates.protection import ProtectionUnavailable, protect
from certificates.registration import in_use, register
from certificates.revocation import import_crl
from certificates.roots import add_root
from certificates.smime import OpenedMail, TrustStore, open_mail
from tests.certificates.smime.conftest import identity_of
from tests.pki import CA_USAGE, Person, Usage, authority, certify, name, revocation_list, rsa_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]

ALICE = "alice@example.com"
SUBJECT = "03-1111-2222"
MAIL = (
    b"From: send@fax.tc\r\nTo: alice@example.com\r\nSubject: 03-1111-2222\r\nMessage-ID: <1@fax.tc>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nOK\r\n"
)


def registered(
    person: Person,
    *,
    since: timedelta = timedelta(),
    header_protection: bool = False,
    capabilities: tuple[str, ...] = (),
) -> RegisteredCertificate:
    """``since``: how long ago."""
    row = register(
        person.certificate,
        address=ALICE,
        capabilities=capabilities,
        header_protection=header_protection,
    )
    row.registered_at = timezone.now() - since
    row.save()
    return row


def opened(mail: bytes, reader: Person) -> OpenedMail:
    trust = TrustStore((authority().root.certificate,))
    return open_mail(mail, [identity_of(reader)], trust, timezone.now())


def revoke(*people: Person) -> None:
    """By a list of the intermediate authority, which a valid mail has made known."""
    issuer = authority().intermediate
    add_root(pem(authority().root.certificate).encode())
    Intermediate.objects.create(
        certificate=pem(issuer.certificate),
        fingerprint=fingerprint(issuer.certificate),
        not_after=issuer.certificate.not_valid_after_utc,
    )
    import_crl(revocation_list(issuer, *people), at=timezone.now())


def test_mail_is_encrypted_to_one_certificate_only() -> None:
    older, newer = authority().alice, authority().issue(ALICE)
    registered(older, since=timedelta(days=1))
    registered(newer)
    protected = protect(MAIL, ALICE)
    assert opened(protected, newer).encrypted
    with pytest.raises(Exception, match="cannot be decrypted"):
        opened(protected, older)


def test_an_expired_certificate_never_hides_a_valid_one() -> None:
    registered(authority().alice, since=timedelta(days=1))
    registered(authority().expired)
    assert opened(protect(MAIL, ALICE), authority().alice).encrypted


def test_a_certificate_that_was_revoked_meanwhile_is_not_used() -> None:
    registered(authority().alice)
    assert opened(protect(MAIL, ALICE), authority().alice).encrypted
    revoke(authority().alice)
    with pytest.raises(ProtectionUnavailable):
        protect(MAIL, ALICE)


def test_a_revoked_certificate_does_not_hide_an_older_valid_one() -> None:
    other = authority().issue(ALICE)
    registered(other, since=timedelta(days=1))
    registered(authority().alice)
    revoke(authority().alice)
    row = in_use(ALICE)
    assert row is not None and row.fingerprint == fingerprint(other.certificate)
    assert opened(protect(MAIL, ALICE), other).encrypted


def test_the_certificate_of_an_authority_that_is_no_longer_known_is_still_used() -> None:
    registered(authority().stranger)
    assert opened(protect(MAIL, ALICE), authority().stranger).encrypted


def test_a_mail_for_one_certificate_is_encrypted_to_that_one_although_there_is_a_newer() -> None:
    older = registered(authority().alice, since=timedelta(days=1))
    registered(authority().issue(ALICE))
    assert opened(protect(MAIL, ALICE, only=older.fingerprint), authority().alice).encrypted


@pytest.mark.parametrize("others", [0, 1])
def test_a_mail_for_one_certificate_that_is_gone_leaves_neither_in_clear_nor_for_another(others: int) -> None:
    for _ in range(others):
        registered(authority().alice)
    with pytest.raises(ProtectionUnavailable):
        protect(MAIL, ALICE, only="0" * 64)


def test_the_subject_stays_outside_for_a_client_that_does_not_hide_it_itself() -> None:
    registered(authority().alice)
    protected = email.message_from_bytes(protect(MAIL, ALICE))
    assert protected.get_all("Subject") == [SUBJECT]


def test_a_client_that_protects_headers_gets_the_subject_inside() -> None:
    registered(authority().alice, header_protection=True)
    protected = protect(MAIL, ALICE)
    mail = opened(protected, authority().alice)
    assert SUBJECT.encode() not in protected
    assert email.message_from_bytes(protected).get_all("Subject") == ["[...]"]
    assert email.message_from_bytes(mail.message).get_all("Subject") == [SUBJECT]
    assert mail.subject_protected
    assert mail.signature is not None and mail.signature.address == "send@fax.tc" and mail.signature.valid


def test_registered_again_without_protected_headers_the_subject_is_outside_again() -> None:
    registered(authority().alice, header_protection=True)
    registered(authority().alice)
    assert SUBJECT.encode() in protect(MAIL, ALICE)


def test_the_capabilities_that_were_registered_choose_the_cipher() -> None:
    registered(authority().alice, capabilities=("2.16.840.1.101.3.4.1.46",))
    assert b"smime-type=authEnveloped-data" in protect(MAIL, ALICE)


def encryption_authority() -> Person:
    """An intermediate of its own for encryption: many companies' cards are made so."""
    return certify(
        name("Encryption CA"),
        rsa_key(),
        authority().root,
        usage=CA_USAGE,
        alternative_names=(),
        days=(-1, 100),
    )


def registered_with_chain(person: Person) -> None:
    register(person.certificate, address=ALICE, chain=person.chain)


def test_a_certificate_is_judged_by_the_chain_it_came_with() -> None:
    """Revoked by an authority that no signer has ever named, and that operators have since forgotten."""
    issuer = encryption_authority()
    person = certify(
        name("Alice", ALICE), rsa_key(), issuer, usage=Usage(frozenset({"key_encipherment"})), days=(-1, 90)
    )
    add_root(pem(authority().root.certificate).encode())
    registered_with_chain(person)
    assert in_use(ALICE) is not None
    learned = Intermediate.objects.create(
        certificate=pem(issuer.certificate),
        fingerprint=fingerprint(issuer.certificate),
        not_after=timezone.now(),
    )
    import_crl(revocation_list(issuer, person), at=timezone.now())
    assert in_use(ALICE) is None
    learned.delete()
    assert in_use(ALICE) is None
