from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage

import pytest
from django.db import transaction
from django.utils import translation

from notifications.mailing import notify
from notifications.models import NotificationPreference, OutgoingMail, Protection, When
from notifications.reports import SubmissionReport
from tests.notifications.factories import account, fax_line, report

pytestmark = pytest.mark.django_db

SENT = report()
FAILED = report(fax_line(sent=False))
MIXED = report(fax_line(), fax_line("03-3333-4444", sent=False))


def queued() -> EmailMessage:
    mail = email.message_from_bytes(OutgoingMail.objects.get().content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_an_account_that_chose_nothing_is_told_at_the_orders_address_in_the_default_format() -> None:
    notify(SENT, account=account(), recipient="taro@example.jp")
    mail = queued()
    assert OutgoingMail.objects.get().recipient == mail["To"] == "taro@example.jp"
    assert mail["Subject"] == "FAX送信が成功しました -> 03-1111-2222"
    assert mail["From"] == "InterFAX <send@fax.tc>"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_it_is_protected_automatic_and_cannot_bounce() -> None:
    notify(SENT, account=account(), recipient="taro@example.jp")
    row = OutgoingMail.objects.get()
    assert (row.key, row.protection) == ("notify:Zk3vQ9", Protection.PROTECT)
    assert row.bounce_token is not None
    assert queued()["Auto-Submitted"] == "auto-generated"


def test_the_default_address_wins() -> None:
    """通知メールデフォルト送信先 (user guide, chapter 14, 2-1, note 2)."""
    customer = account()
    NotificationPreference.objects.create(account=customer, default_address="fax@example.jp")
    notify(SENT, account=customer, recipient="taro@example.jp")
    assert OutgoingMail.objects.get().recipient == queued()["To"] == "fax@example.jp"


@pytest.mark.parametrize("format", ["html-ja", "text-ja"])
@pytest.mark.parametrize(
    ("told", "subject"), [(SENT, "FAX送信が成功しました"), (FAILED, "FAX送信が失敗しました")]
)
def test_the_number_stays_out_of_the_subject_where_the_account_wants_it_so(
    told: SubmissionReport, subject: str, format: str
) -> None:
    """送信先FAX番号も秘匿することができます (user guide, chapter 14, 1-2): a subject is never encrypted."""
    customer = account()
    NotificationPreference.objects.create(account=customer, format=format, number_in_subject=False)
    notify(told, account=customer, recipient="taro@example.jp")
    assert queued()["Subject"] == subject
    body = queued().get_body(("plain",))
    assert body is not None and "03-1111-2222" in body.get_content()


@pytest.mark.parametrize(
    "recipient",
    ["", "taro", "a@x.jp\r\nBcc: b@x.jp", "a@x.jp, b@x.jp", "太郎@x.jp", "a@x.jp\x00", "a@" + "x" * 260],
)
def test_a_bad_reply_address_stops_nobody_and_gets_nothing(recipient: str) -> None:
    notify(SENT, account=account(), recipient=recipient)
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "recipient", ["taro..yamada.@example.ne.jp", "o'hara+fax@example.jp", "taro@日本語.jp"]
)
def test_real_addresses_that_strict_rules_shut_out_are_told(recipient: str) -> None:
    notify(SENT, account=account(), recipient=recipient)
    assert OutgoingMail.objects.get().recipient == recipient


@pytest.mark.parametrize(
    ("when", "told_of"),
    [
        (When.ALWAYS, [SENT, FAILED, MIXED]),
        (When.ON_SUCCESS, [SENT]),
        (When.ON_FAILURE, [FAILED, MIXED]),
        (When.NEVER, []),
    ],
)
@pytest.mark.parametrize("finished", [SENT, FAILED, MIXED])
def test_the_account_is_told_when_it_wants(
    when: When, told_of: list[SubmissionReport], finished: SubmissionReport
) -> None:
    customer = account()
    NotificationPreference.objects.create(account=customer, when=when)
    notify(finished, account=customer, recipient="taro@example.jp")
    assert OutgoingMail.objects.exists() == any(finished is report for report in told_of)


def test_one_submission_is_told_once_and_in_the_transaction_of_its_end() -> None:
    customer = account()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify(SENT, account=customer, recipient="taro@example.jp")
        raise ZeroDivisionError
    assert not OutgoingMail.objects.exists()
    for _ in range(2):
        notify(SENT, account=customer, recipient="taro@example.jp")
    assert OutgoingMail.objects.count() == 1


def test_a_format_that_is_no_longer_offered_loses_no_notification() -> None:
    customer = account()
    NotificationPreference.objects.create(account=customer, format="fax-by-pigeon")
    notify(SENT, account=customer, recipient="taro@example.jp")
    assert queued()["Subject"].startswith("FAX送信が成功しました")


def test_the_language_of_the_caller_changes_nothing() -> None:
    with translation.override("en"):
        notify(FAILED, account=account(), recipient="taro@example.jp")
        assert translation.get_language() == "en"
    assert queued()["Subject"] == "FAX送信が失敗しました -> 03-1111-2222"
