"""The password of a mail, and how often it can be guessed."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from django.utils import timezone

from accounts.mail_password import set_mail_password
from accounts.models import Account
from faxsend.authentication import require_password
from faxsend.models import InboundMessage, InboundStatus
from notifications.refusals import PasswordNotFound, WrongPassword
from tests.factories import AccountFactory, InboundMessageFactory

pytestmark = pytest.mark.django_db

SENDER = "fax@sakura.example.jp"


@cache
def hashed() -> str:
    """Hashing is slow on purpose, so it is done once."""
    account = AccountFactory.create()
    set_mail_password(account, "password123")
    return account.mail_password


@pytest.fixture
def account() -> Account:
    return AccountFactory.create(mail_password=hashed())


def mail(account: Account, **facts: str) -> InboundMessage:
    return InboundMessageFactory.create(account=account, sender=SENDER, **facts)


def refused(account: Account, count: int, *, sender: str = SENDER, code: str = "wrong-password") -> None:
    """Mails that the account has had refused half an hour ago."""
    InboundMessageFactory.create_batch(
        count,
        account=account,
        sender=sender,
        status=InboundStatus.REJECTED,
        rejection_code=code,
        received_at=timezone.now() - timedelta(minutes=30),
    )


def test_the_accounts_password_opens(account: Account) -> None:
    require_password(account, mail(account), "password123")


@pytest.mark.parametrize("password", ["Password123", "password12", ""])
def test_another_password_is_wrong(account: Account, password: str) -> None:
    with pytest.raises(WrongPassword) as refusal:
        require_password(account, mail(account), password)
    assert refusal.value.detail == ""


def test_a_mail_without_a_password_is_told_so(account: Account) -> None:
    with pytest.raises(PasswordNotFound):
        require_password(account, mail(account), None)


@pytest.mark.parametrize("password", [None, "password123"])
def test_an_account_without_a_password_does_not_look_at_one(password: str | None) -> None:
    account = AccountFactory.create()
    refused(account, 10)
    require_password(account, mail(account), password)


@pytest.mark.parametrize("sender", [SENDER, "FAX@Sakura.example.jp"])
def test_after_ten_wrong_ones_even_the_right_one_is_answered_as_wrong(account: Account, sender: str) -> None:
    refused(account, 9, sender=sender)
    require_password(account, mail(account), "password123")
    refused(account, 1, sender=sender)
    with pytest.raises(WrongPassword):
        require_password(account, mail(account), "password123")


def test_mail_that_comes_while_passwords_are_not_compared_is_no_guess(account: Account) -> None:
    refused(account, 10)
    with pytest.raises(WrongPassword) as refusal:
        require_password(account, mail(account), "password123")
    assert (refusal.value.wire_text, refusal.value.explanation) == (
        WrongPassword.wire_text,
        WrongPassword.explanation,
    )
    InboundMessage.objects.update(received_at=timezone.now() - timedelta(minutes=61))
    refused(account, 100, code=refusal.value.code)
    require_password(account, mail(account), "password123")


def test_wrong_ones_count_for_an_hour(account: Account) -> None:
    refused(account, 10)
    InboundMessage.objects.update(received_at=timezone.now() - timedelta(minutes=61))
    require_password(account, mail(account), "password123")


def test_mail_that_had_to_wait_is_counted_by_the_time_it_came(account: Account) -> None:
    refused(account, 10)
    message = mail(account)
    InboundMessage.objects.update(received_at=timezone.now() - timedelta(hours=5))
    message.refresh_from_db()
    with pytest.raises(WrongPassword):
        require_password(account, message, "password123")


def test_neither_other_senders_nor_other_refusals_count(account: Account) -> None:
    refused(account, 10, sender="other@sakura.example.jp")
    refused(account, 10, code="password-not-found")
    refused(AccountFactory.create(), 10)
    require_password(account, mail(account), "password123")
