"""What the customer is told of a resend, by way of the simulated line."""

from __future__ import annotations

import email
from email import policy

import pytest

from accounts.models import Account
from faxsend import delivery, resending
from faxsend.models import Submission
from faxsend.resending import What
from notifications.models import OutgoingMail
from tests.factories import AccountFactory
from tests.faxsend.factories import failed_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_line")]

ONCE = "a-form-that-was-shown-once"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def resend(order: Submission, what: What, once: str = ONCE) -> tuple[Submission, ...]:
    return resending.resend(order.account, order.token, what, once=once)


def told() -> list[str]:
    """The subjects of the notifications."""
    contents = OutgoingMail.objects.order_by("pk").values_list("content", flat=True)
    return [email.message_from_bytes(content, policy=policy.default)["Subject"] for content in contents]


def deliver() -> None:
    while delivery.transmit_next():
        pass


def test_three_failed_faxes_of_a_list_are_told_of_like_three_single_sends(account: Account) -> None:
    """Guide 14, note 5: 「通常送付(ひとつの宛先への送信)をおこなった場合と同じ通知メールの件名となります」."""
    order = failed_list(account, "0099999993912", "0099999996017", "0099999990000", sent=1)

    resend(order, What.FAILED)
    deliver()

    assert sorted(told()) == [
        "FAX送信が失敗しました -> 00999-9999-3912",
        "FAX送信が失敗しました -> 00999-9999-6017",
        "FAX送信が成功しました -> 00999-9999-0000",
    ]


def test_one_fax_resent_from_its_row_is_told_of_like_a_single_send(account: Account) -> None:
    order = failed_list(account, "0099999990000", "0099999996017", sent=1)
    fax = order.faxes.get(number="0099999990000")

    resending.resend_fax(account, order.token, fax.pk, once=ONCE)
    deliver()

    assert told() == ["FAX送信が成功しました -> 00999-9999-0000"]


def test_all_faxes_of_a_list_are_told_of_in_one_summary(account: Account) -> None:
    order = failed_list(account, "0099999993912", "0099999996017", "0099999990000")

    (made,) = resend(order, What.ALL)
    deliver()

    assert told() == ["リスト送信が完了しました -> 成功1件 失敗2件"]
    made.refresh_from_db()
    assert (made.open, made.ok, made.failed) == (0, 1, 2)


def test_a_resend_that_failed_can_be_sent_again(account: Account) -> None:
    (first,) = resend(failed_list(account, "0099999993912"), What.FAILED)
    deliver()

    (second,) = resend(Submission.objects.get(pk=first.pk), What.FAILED)

    assert (second.resent_from_id, second.pages_id) == (first.pk, first.pages_id)
