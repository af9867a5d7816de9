"""When an address is one that mail does not reach, what is held back for it, and when that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Account, AuthorizedSender
from certificates.models import RegisteredCertificate
from notifications.models import AddressProblem, MailState, OutgoingMail
from notifications.problem_addresses import came_back, clear, has_problem, problems_of, release
from tests.factories import (
    AccountFactory,
    AddressProblemFactory,
    AuthorizedSenderFactory,
    OutgoingMailFactory,
)
from tests.notifications.factories import message

pytestmark = pytest.mark.django_db

TARO = "Taro@example.jp"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def sent(account: Account | None, to: str = TARO) -> OutgoingMail:
    return OutgoingMailFactory.create(
        account=account, recipient=to, state=MailState.SENT, sent_at=timezone.now(), bounce_token=uuid4()
    )


def returned(mail: OutgoingMail, status: str) -> None:
    came_back(mail.pk, status, at=timezone.now())


def test_a_mail_that_came_back_says_when_and_why_and_only_once(account: Account) -> None:
    mail, at = sent(account), timezone.now()
    assert came_back(mail.pk, "5.2.2", at=at)
    assert not came_back(mail.pk, "5.7.1", at=at + timedelta(hours=1))
    mail.refresh_from_db()
    assert (mail.bounced_at, mail.bounce_status) == (at, "5.2.2")


def test_one_failure_is_enough_if_there_is_no_such_address(account: Account) -> None:
    returned(sent(account), "5.1.1")
    assert has_problem(account, TARO.upper())
    assert not has_problem(account, "hanako@example.jp")
    (problem,) = problems_of(account).values()
    assert (problem.address, problem.reason) == (
        "taro@example.jp",
        "このアドレスは存在しません。アドレスに誤りがないかご確認ください。",
    )


def test_of_any_other_kind_it_takes_three_in_a_row(account: Account) -> None:
    for status, has in [("5.2.2", False), ("4.4.7", False), ("5.7.1", True)]:
        returned(sent(account), status)
        assert has_problem(account, TARO) is has
    assert AddressProblem.objects.get().status == "5.7.1"


def test_a_mail_that_arrived_between_them_begins_the_row_anew(account: Account) -> None:
    mails = [sent(account) for _ in range(4)]
    for mail in (mails[0], mails[1], mails[3]):
        returned(mail, "5.2.2")
    assert not has_problem(account, TARO)


def test_the_row_counts_whatever_order_they_come_back_in_and_whatever_is_under_way(account: Account) -> None:
    first, second, third, _under_way = [sent(account) for _ in range(4)]
    for mail in (third, first, second):
        returned(mail, "5.2.2")
    assert has_problem(account, TARO)


def test_failures_of_other_accounts_and_addresses_do_not_count(account: Account) -> None:
    for mail in (
        sent(account),
        sent(AccountFactory.create()),
        sent(account, "hanako@example.jp"),
        sent(None),
    ):
        returned(mail, "5.2.2")
    assert not AddressProblem.objects.exists()


def test_mail_of_no_account_marks_nothing() -> None:
    returned(sent(None), "5.1.1")
    assert not AddressProblem.objects.exists()


def test_once_cleared_only_what_left_afterwards_counts(account: Account) -> None:
    early = [sent(account) for _ in range(3)]
    for mail in early[:2]:
        returned(mail, "5.2.2")
    problem = AddressProblemFactory.create(account=account, address="taro@example.jp", since=timezone.now())
    assert clear(account, problem.pk) == "taro@example.jp"
    returned(early[2], "5.1.1")
    assert not has_problem(account, TARO)
    returned(sent(account), "5.1.1")
    assert has_problem(account, TARO)
    assert AddressProblem.objects.count() == 1


def test_what_was_held_back_counts_from_when_it_left(account: Account) -> None:
    """The button was pressed too early: the first mail that comes back says so."""
    problem = AddressProblemFactory.create(account=account, address="taro@example.jp")
    message(to=TARO, account=account, can_be_withheld=True).send()
    clear(account, problem.pk)
    release()
    OutgoingMail.objects.update(state=MailState.SENT, sent_at=timezone.now())
    returned(OutgoingMail.objects.get(), "5.1.1")
    assert has_problem(account, TARO)


@pytest.mark.parametrize(("status", "lasts"), [("5.2.2", False), ("5.7.1", False), ("5.1.1", True)])
def test_after_three_days_an_address_that_may_take_mail_again_is_tried_again(
    account: Account, status: str, lasts: bool
) -> None:
    AddressProblemFactory.create(account=account, address="taro@example.jp", status=status, since=ago(days=2))
    message(to=TARO, account=account, can_be_withheld=True).send()
    assert release() == 0
    AddressProblem.objects.update(since=ago(days=3, minutes=1))
    assert has_problem(account, TARO) is lasts
    assert release() == (0 if lasts else 1)


def test_what_comes_back_after_that_marks_the_address_again_at_once(account: Account) -> None:
    for _ in range(3):
        returned(sent(account), "5.2.2")
    AddressProblem.objects.update(since=ago(days=4))
    returned(sent(account), "5.2.2")
    assert has_problem(account, TARO)


def ago(**time: int) -> datetime:
    return timezone.now() - timedelta(**time)


def confirmed(account: Account) -> None:
    AuthorizedSender.objects.filter(account=account).update(verified_at=timezone.now())


def registered(account: Account) -> None:
    RegisteredCertificate.objects.create(
        address=TARO, certificate="", fingerprint="f", not_after=timezone.now() + timedelta(days=1)
    )


@pytest.mark.parametrize("proof", [confirmed, registered])
def test_an_address_that_proves_itself_has_no_problem_any_more(account: Account, proof: object) -> None:
    AuthorizedSenderFactory.create(
        account=account, address=TARO, verified_at=timezone.now() - timedelta(days=9)
    )
    AddressProblemFactory.create(account=account, address="taro@example.jp")
    assert has_problem(account, TARO)
    assert callable(proof)
    proof(account)
    assert not has_problem(account, TARO)
    assert problems_of(account) == {}


def test_a_confirmation_for_another_account_proves_nothing_for_this_one(account: Account) -> None:
    AddressProblemFactory.create(account=account, address="taro@example.jp")
    AuthorizedSenderFactory.create(address=TARO)
    assert has_problem(account, TARO)


def test_a_notification_is_held_back_and_leaves_once_the_address_is_cleared(account: Account) -> None:
    problem = AddressProblemFactory.create(account=account, address="taro@example.jp")
    message(to=TARO, key="notification", account=account, can_be_withheld=True).send()
    message(to=TARO, key="security", account=account).send()
    message(to=TARO, key="another account's", account=AccountFactory.create(), can_be_withheld=True).send()
    assert states() == {
        "notification": MailState.WITHHELD,
        "security": MailState.WAITING,
        "another account's": MailState.WAITING,
    }
    assert problems_of(account)["taro@example.jp"].withheld == 1
    assert release() == 0
    clear(account, problem.pk)
    assert release() == 1
    assert states()["notification"] == MailState.WAITING


def test_what_is_held_back_and_has_no_text_left_stays(account: Account) -> None:
    mail = OutgoingMailFactory.create(account=account, state=MailState.WITHHELD, content=b"")
    assert release() == 0
    mail.refresh_from_db()
    assert mail.state == MailState.WITHHELD


def states() -> dict[str, str]:
    return dict(OutgoingMail.objects.values_list("key", "state"))
