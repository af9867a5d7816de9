"""A new certificate is announced to whoever holds the one used until now, readable with that one alone."""

from __future__ import annotations

import email
from collections.abc import Callable
from email import policy

import pytest

from accounts.models import Account
from certificates import registration
from certificates.identity import fingerprint
from certificates.models import RegisteredCertificate
from notifications.draining import NO_SUCH_CERTIFICATE, drain
from notifications.models import MailState, OutgoingMail
from tests.factories import AuthorizedSenderFactory
from tests.notifications.conftest import Inbox
from tests.notifications.factories import message
from tests.notifications.signing import ALICE, decrypted, handle, mail, signed, trusted_service, workplace
from tests.pki import Person, authority

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(inbox: Inbox) -> Account:
    """Alice's company; what it is sent arrives in ``inbox``."""
    trusted_service()
    return AuthorizedSenderFactory.create(address=ALICE).account


@pytest.fixture
def newcomer() -> Person:
    """Another certificate for Alice's address."""
    return authority().issue(ALICE)


def announcements() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.exclude(only_certificate=""))


def registered(person: Person) -> None:
    registration.register(person.certificate, address=ALICE)


def test_the_old_certificate_alone_reads_of_the_new_one(inbox: Inbox, newcomer: Person) -> None:
    registered(authority().alice)
    handle(mail(signed(newcomer)))
    [announcement] = announcements()
    while drain():
        pass
    announcement.refresh_from_db()
    assert announcement.state == MailState.SENT
    wire = next(each for each in inbox.contents() if announcement.message_id.encode() in each)
    entity = decrypted(wire, authority().alice)
    content = workplace().verify(entity, root=workplace().root, signer="send@fax.tc")
    text = email.message_from_bytes(content, policy=policy.default).get_content()
    assert fingerprint(newcomer.certificate) in text
    assert "このメールの暗号化に使われている" in text
    assert "その証明書で電子署名を付けた" in text


def test_its_subject_is_harmless_and_it_comes_from_nobody(newcomer: Person) -> None:
    registered(authority().alice)
    handle(mail(signed(newcomer)))
    [announcement] = announcements()
    sent = email.message_from_bytes(announcement.content, policy=policy.default)
    assert sent["Subject"] == "InterFAX: 別の証明書が登録されました"
    assert (announcement.recipient, announcement.envelope_sender) == (ALICE, "")
    assert sent["Auto-Submitted"] == "auto-generated"


def test_an_english_account_reads_it_in_english(account: Account, newcomer: Person) -> None:
    Account.objects.update(language="en")
    registered(authority().alice)
    handle(mail(signed(newcomer)))
    [announcement] = announcements()
    text = email.message_from_bytes(announcement.content, policy=policy.default).get_content()
    assert "than the one that this mail is encrypted for" in text


@pytest.mark.parametrize("before", ["none", "the same", "expired"])
def test_there_is_nothing_to_announce_to_without_another_certificate_in_use(before: str) -> None:
    known = {"the same": authority().alice, "expired": authority().expired}.get(before)
    if known is not None:
        registered(known)
    handle(mail(signed(authority().alice)))
    assert RegisteredCertificate.objects.exists()
    assert not announcements()


def test_the_one_in_use_hears_of_it_although_an_expired_one_was_registered_later(newcomer: Person) -> None:
    registered(authority().alice)
    registered(authority().expired)
    handle(mail(signed(newcomer)))
    [announcement] = announcements()
    assert announcement.only_certificate == fingerprint(authority().alice.certificate)


def removed() -> None:
    registration.clear(ALICE)


def removed_and_another_registered() -> None:
    registration.clear(ALICE)
    registered(authority().issue(ALICE))


def broken() -> None:
    RegisteredCertificate.objects.update(certificate="-----BEGIN NOTHING-----")


@pytest.mark.parametrize("happened", [removed, removed_and_another_registered, broken])
def test_a_mail_whose_certificate_is_gone_is_given_up_and_reaches_nobody(
    inbox: Inbox, happened: Callable[[], None]
) -> None:
    registered(authority().alice)
    certificate = fingerprint(authority().alice.certificate)
    message(ALICE, key="k", only_certificate=certificate).send()
    happened()
    assert [drain(), drain()] == [True, False]
    row = OutgoingMail.objects.get(key="k")
    assert (row.state, row.error, row.wire) == (MailState.FAILED, NO_SUCH_CERTIFICATE, b"")
    assert not inbox.contents()


def test_a_mail_for_one_certificate_is_encrypted_whatever_else_its_options_say(inbox: Inbox) -> None:
    registered(authority().alice)
    message(ALICE, only_certificate=fingerprint(authority().alice.certificate)).send()
    assert drain()
    [wire] = inbox.contents()
    assert email.message_from_bytes(wire).get_content_type() == "application/pkcs7-mime"


def test_an_unsigned_mail_takes_the_announcement_back_with_the_certificates(
    inbox: Inbox, newcomer: Person
) -> None:
    registered(authority().alice)
    handle(mail(signed(newcomer)))
    handle(mail(), key="m2")
    while drain():
        pass
    [announcement] = announcements()
    assert (announcement.state, announcement.error) == (MailState.FAILED, NO_SUCH_CERTIFICATE)
    assert not any(announcement.message_id.encode() in each for each in inbox.contents())


def test_a_client_that_protects_headers_is_answered_with_protected_ones() -> None:
    fields = f'From: {ALICE}\r\nSubject: x\r\nContent-Type: text/plain; hp="clear"\r\n\r\n\r\n'
    handle(mail(signed(authority().alice, entity=fields.encode()), headers="Subject: x\r\n"))
    row = RegisteredCertificate.objects.get()
    assert row.header_protection
    handle(mail(signed(authority().alice)), key="m2")
    row.refresh_from_db()
    assert not row.header_protection
