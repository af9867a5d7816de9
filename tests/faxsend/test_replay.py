"""A captured mail sent again: by the intake as it runs, with mails of the openssl program."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import cms
from django.db import connections
from django.utils import timezone

from accounts.mail_password import clear_mail_password
from accounts.models import Account
from certificates.models import SeenEnvelope
from faxsend import intake
from faxsend.models import Fax, InboundMessage, InboundStatus, Submission
from faxsend.refused import refused_mails
from tests.factories import AuthorizedSenderFactory, hashed_password
from tests.faxsend.encrypting import LETTER, changed, order, processed, received, recoded, told
from tests.notifications.signing import ALICE, encrypted, signed, trusted_service
from tests.pki import authority

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]

THIEF = "thief@example.net"
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def service() -> None:
    trusted_service()


@pytest.fixture
def account() -> Account:
    return AuthorizedSenderFactory.create(address=ALICE).account


@cache
def for_two() -> bytes:
    """An encrypted entity that bob can read too."""
    return encrypted(LETTER, authority().bob)


@cache
def broken() -> bytes:
    """An encrypted entity that the service cannot read."""
    return changed(for_two(), without_the_service)


def without_the_service(envelope: cms.EnvelopedData) -> None:
    infos = envelope["recipient_infos"]
    serial = authority().service.certificate.serial_number
    envelope["recipient_infos"] = [
        info for info in infos if info.chosen["rid"].chosen["serial_number"].native != serial
    ]


def without_the_other(envelope: cms.EnvelopedData) -> None:
    infos = envelope["recipient_infos"]
    serial = authority().bob.certificate.serial_number
    envelope["recipient_infos"] = [
        info for info in infos if info.chosen["rid"].chosen["serial_number"].native != serial
    ]


def assert_refused_like_a_failed_decryption(
    message: InboundMessage, *, subject: str = "/fax=03-1111-2222", unreadable: bytes = b""
) -> None:
    """To the sender's eyes and to its account's."""
    assert message.account is not None
    twin = processed(order(unreadable or broken(), subject=subject), message.account, sender=message.sender)
    assert (message.status, twin.status) == (InboundStatus.REJECTED, InboundStatus.REJECTED)
    assert told(message) == told(twin) != b""
    assert b"Message cannot be decrypted" in told(message)
    rows = [replace(row, received_at=twin.received_at) for row in refused_mails(message.account)[0]]
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert message.signature == twin.signature == ""


def test_the_same_mail_is_delivered_twice_and_faxed_once(account: Account) -> None:
    processed(order(for_two()), account)
    again = processed(order(for_two(), more="Received: by another relay\r\nX-Scanned: yes\r\n"), account)
    assert (again.status, told(again)) == (InboundStatus.DUPLICATE, b"")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("later", [DAY - MINUTE, DAY + MINUTE])
def test_the_same_mail_out_of_the_sent_folder_is_the_same_order_however_late(
    account: Account, later: timedelta
) -> None:
    processed(order(for_two()), account)
    SeenEnvelope.objects.update(seen_at=timezone.now() - later)
    Submission.objects.update(created_at=timezone.now() - later)
    again = processed(order(for_two()), account)
    assert (again.status, told(again)) == (InboundStatus.DUPLICATE, b"")


def test_the_same_letter_encrypted_again_is_another_order(account: Account) -> None:
    processed(order(for_two()), account)
    assert processed(order(encrypted(LETTER)), account).status == InboundStatus.ACCEPTED


def test_a_mail_that_relays_have_split_is_faxed_to_each_once(account: Account) -> None:
    raw = order(for_two(), subject="見積")
    first, second, third = ("03-1111-2222@fax.tc", "03-1111-3333@fax.tc", "03-1111-4444@fax.tc")
    assert processed(raw, account, first, second).status == InboundStatus.ACCEPTED
    assert processed(raw, account, second, third).status == InboundStatus.ACCEPTED
    assert processed(raw, account, third).status == InboundStatus.DUPLICATE
    numbers = Fax.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == ["0081311112222", "0081311113333", "0081311114444"]


@pytest.mark.parametrize("message_id", ["<1@example.com>", "<2@example.com>"])
def test_what_comes_for_others_is_the_rest_only_for_a_day_and_with_the_same_id(
    account: Account, message_id: str
) -> None:
    raw = order(for_two(), subject="見積")
    processed(raw, account, "03-1111-2222@fax.tc")
    if message_id == "<1@example.com>":
        SeenEnvelope.objects.update(seen_at=timezone.now() - DAY - MINUTE)
    late = processed(order(for_two(), subject="見積", message_id=message_id), account, "03-1111-3333@fax.tc")
    assert late.rejection_code == "cannot-decrypt"
    assert Fax.objects.count() == 1


def test_a_captured_mail_with_another_number_outside_is_refused(account: Account) -> None:
    """The thief writes the customer's address on the envelope and a number of the thief's into the subject."""
    processed(order(for_two()), account)
    captured = processed(order(for_two(), subject="/fax=06-9999-9999"), account)
    assert_refused_like_a_failed_decryption(captured, subject="/fax=06-9999-9999")
    assert Fax.objects.count() == 1


def test_a_captured_mail_from_another_account_is_refused(account: Account) -> None:
    processed(order(for_two()), account)
    thief = AuthorizedSenderFactory.create(address=THIEF).account
    captured = processed(order(for_two()), thief, sender=THIEF)
    assert_refused_like_a_failed_decryption(captured)
    assert not thief.submissions.exists()


def in_another_order(der: bytes) -> bytes:
    first, second = (info.dump() for info in cms.ContentInfo.load(der)["content"]["recipient_infos"])
    assert first + second in der
    return der.replace(first + second, second + first)


def wrapped(entity: bytes) -> bytes:
    """In a signature of somebody else's."""
    return signed(authority().bob, entity=entity, options=("-nodetach",))


REWRITTEN: dict[str, Callable[[], bytes]] = {
    "without the other recipient": lambda: changed(for_two(), without_the_other),
    "recipients in another order": lambda: recoded(for_two(), in_another_order),
    "inside a new signature": lambda: wrapped(for_two()),
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_a_captured_key_in_another_structure_is_refused(account: Account, how: str) -> None:
    processed(order(for_two()), account)
    captured = processed(order(REWRITTEN[how]()), account)
    unreadable = wrapped(broken()) if how == "inside a new signature" else broken()
    assert_refused_like_a_failed_decryption(captured, unreadable=unreadable)


def test_it_is_not_the_structure_that_cannot_be_read(account: Account) -> None:
    mail = order(recoded(for_two(), in_another_order))
    assert processed(mail, account).status == InboundStatus.ACCEPTED


@pytest.mark.parametrize(("subject", "code"), [("/fax=03-abc", "invalid-number"), ("見積", "no-recipients")])
def test_a_refused_mail_may_be_sent_again_under_a_corrected_subject(
    account: Account, subject: str, code: str
) -> None:
    refused = processed(order(for_two(), subject=subject), account)
    assert (refused.rejection_code, SeenEnvelope.objects.count()) == (code, 0)
    assert processed(order(for_two()), account).status == InboundStatus.ACCEPTED


def test_a_mail_without_its_password_leaves_no_trace(account: Account) -> None:
    Account.objects.update(mail_password=hashed_password())
    assert processed(order(for_two()), account).rejection_code == "password-not-found"
    account.refresh_from_db()
    clear_mail_password(account)
    assert processed(order(for_two(), subject="/fax=06-1111-2222"), account).status == InboundStatus.ACCEPTED


def test_a_mail_that_cannot_be_drawn_leaves_no_trace(account: Account) -> None:
    program = b'Content-Type: application/x-msdownload; name="a.exe"\r\n\r\nMZ\r\n'
    assert processed(order(encrypted(program)), account).rejection_code == "unsupported-document"
    assert not SeenEnvelope.objects.exists()


def tampered(envelope: cms.EnvelopedData) -> None:
    """One bit of the last block but two: its block and the next one change, padding and headers do not."""
    content = envelope["encrypted_content_info"]
    data = bytearray(content["encrypted_content"].native)
    data[-64] ^= 1
    content["encrypted_content"] = bytes(data)


def test_whoever_tries_out_what_decrypts_learns_nothing_once_the_mail_was_accepted(account: Account) -> None:
    """Between "cannot decrypt" and "signature not valid" stands the padding, and so, bit by bit, the content."""
    mail = encrypted(signed(authority().alice, entity=LETTER))
    altered = order(changed(mail, tampered))
    before = processed(altered, account)
    assert (before.rejection_code, before.encrypted) == ("signature-rejected", True)
    processed(order(mail), account)
    InboundMessage.objects.filter(pk=before.pk).delete()
    after = processed(altered, account)
    assert_refused_like_a_failed_decryption(after)


@pytest.mark.parametrize("subject", ["見積", "/fax=03-abc", ""])
def test_a_captured_mail_is_refused_before_anything_is_said_about_it(account: Account, subject: str) -> None:
    processed(order(for_two()), account)
    assert processed(order(for_two(), subject=subject), account).rejection_code == "cannot-decrypt"


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_with_one_mail_at_the_same_moment_one_is_refused(account: Account) -> None:
    thief = AuthorizedSenderFactory.create(address=THIEF).account
    messages = [received(order(for_two()), account), received(order(for_two()), thief, sender=THIEF)]

    def work() -> None:
        assert intake.process_next()
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in messages]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    states = InboundMessage.objects.values_list("status", "rejection_code").order_by("status")
    assert list(states) == [("accepted", ""), ("rejected", "cannot-decrypt")]
    assert Submission.objects.count() == 1
