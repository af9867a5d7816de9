"""What one order may name, at each limit and one over it; its sizes have a file of their own."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Account
from faxsend import intake
from faxsend.models import Fax, InboundMessage, InboundStatus, Submission
from tests.factories import AuthorizedSenderFactory, ContactListFactory, fill_list
from tests.faxsend.test_intake import SENDER, TEXT, plain_mail, processed, received

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return AuthorizedSenderFactory.create(address=SENDER).account


def numbers(count: int) -> list[str]:
    return [f"03-1111-{last:04}" for last in range(count)]


def folded(subject: str) -> str:
    """A subject of any length as lines that mail may have (RFC 5322, 2.2.3)."""
    return subject.replace(";", ";\r\n ")


def addressed(account: Account, *addresses: str, subject: str = "見積書") -> InboundMessage:
    message = received(plain_mail(subject=subject), account)
    InboundMessage.objects.filter(pk=message.pk).update(recipients=addresses)
    assert intake.process_next()
    message.refresh_from_db()
    return message


def assert_faxed(message: InboundMessage, count: int) -> None:
    assert (message.status, message.rejection_code) == (InboundStatus.ACCEPTED, "")
    assert (Submission.objects.get().open, Fax.objects.count()) == (count, count)


def assert_refused(message: InboundMessage, code: str) -> None:
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, code)
    assert not Submission.objects.exists() and not Fax.objects.exists()


def test_a_hundred_numbers_in_the_subject(account: Account) -> None:
    """「一度のメール送信では最大100件までの送信先を指定することができます。」"""
    assert_faxed(processed(plain_mail(subject=folded("/fax=" + ";".join(numbers(100)))), account), 100)


def test_a_hundred_and_one_numbers_in_the_subject_are_too_many(account: Account) -> None:
    mail = plain_mail(subject=folded("/fax=" + ";".join(numbers(101))))
    assert_refused(processed(mail, account), "too-many-recipients")


def by_body(count: int) -> bytes:
    line = ";\r\n".join(f"!*{number}*!" for number in numbers(count))
    return plain_mail(f"{line}\r\n{TEXT}", subject="/fax=body")


def test_a_hundred_numbers_in_the_body(account: Account) -> None:
    assert_faxed(processed(by_body(100), account), 100)


def test_a_hundred_and_one_numbers_in_the_body_are_too_many(account: Account) -> None:
    assert_refused(processed(by_body(101), account), "too-many-recipients")


def test_five_hundred_numbers_by_address(account: Account) -> None:
    assert_faxed(addressed(account, *(f"{number}@fax.tc" for number in numbers(500))), 500)


def test_five_hundred_and_one_numbers_by_address_are_too_many(account: Account) -> None:
    message = addressed(account, *(f"{number}@fax.tc" for number in numbers(501)))
    assert_refused(message, "too-many-recipients")


@pytest.mark.parametrize(
    ("characters", "code"), [(60, ""), (61, "no-recipients")], ids=["within sixty", "one beyond"]
)
def test_the_first_number_ends_within_sixty_characters_of_the_decoded_subject(
    account: Account, characters: int, code: str
) -> None:
    command = " /fax=03-1111-2222"
    subject = "見" * (characters - len(command)) + command
    message = processed(plain_mail(subject=subject), account)
    assert message.rejection_code == code
    assert Fax.objects.count() == (0 if code else 1)


@pytest.mark.parametrize(
    ("characters", "code"), [(60, ""), (61, "option-too-late")], ids=["within sixty", "one beyond"]
)
def test_an_option_ends_within_sixty_characters_of_the_decoded_subject(
    account: Account, characters: int, code: str
) -> None:
    start, option = "/fax=03-1111-2222 ", " /rt 6"
    subject = start + "見" * (characters - len(start + option)) + option
    message = processed(plain_mail(subject=subject), account)
    assert message.rejection_code == code
    assert list(Submission.objects.values_list("max_attempts", flat=True)) == ([] if code else [6])


@pytest.fixture
def full_list(account: Account) -> str:
    fill_list(ContactListFactory.create(account=account, name="members"), 20_000)
    return "members"


def test_twenty_thousand_faxes_in_one_submission(account: Account, full_list: str) -> None:
    assert_faxed(addressed(account, f"list={full_list}@fax.tc"), 20_000)


def test_one_fax_more_than_twenty_thousand_is_too_many(account: Account, full_list: str) -> None:
    message = addressed(account, f"list={full_list}@fax.tc", "03-1111-2222@fax.tc")
    assert_refused(message, "too-many-recipients")


@pytest.mark.parametrize(
    ("minutes", "code"), [(0, ""), (1, "send-time-too-far")], ids=["thirty days", "more"]
)
def test_a_fax_is_sent_up_to_thirty_days_later(account: Account, minutes: int, code: str) -> None:
    arrived_at = timezone.now().replace(second=0, microsecond=0)
    wanted = arrived_at + timedelta(days=30, minutes=minutes)
    subject = f"/fax=03-1111-2222 /d {wanted.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M}"
    message = received(plain_mail(subject=subject), account)
    InboundMessage.objects.filter(pk=message.pk).update(received_at=arrived_at)
    assert intake.process_next()
    message.refresh_from_db()
    assert message.rejection_code == code
    assert list(Fax.objects.values_list("next_attempt_at", flat=True)) == ([] if code else [wanted])
