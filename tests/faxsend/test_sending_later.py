"""``/d`` in the subject: nothing is dialled before its time, and the pages say when that is."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from faxsend import delivery, tasks
from faxsend.models import Fax, Submission
from faxsend.states import FaxStatus
from tests.factories import AuthorizedSenderFactory, FaxFactory, SubmissionFactory, UserFactory
from tests.faxsend.test_intake import SENDER, plain_mail, processed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_line")]

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SEND_AT = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
IN_JAPAN = "2026/11/30 09:00"


@pytest.fixture
def account() -> Account:
    """One with a person who may look."""
    user = UserFactory.create()
    assert user.account is not None
    return user.account


def scheduled(*, send_at: datetime = SEND_AT, **facts: Any) -> Submission:
    """As ``submit`` makes it: the fax is due when the order is."""
    order = SubmissionFactory.create(open=1, send_at=send_at, **facts)
    FaxFactory.create(submission=order, number="0081311112222", next_attempt_at=send_at)
    return order


def shown(account: Account, path: str, *, at: datetime = NOW) -> str:
    """The page as it is at that time to somebody who has just logged in."""
    client = Client()
    with time_machine.travel(at, tick=False):
        client.force_login(account.users.get())
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_nothing_is_dialled_before_its_time() -> None:
    scheduled()
    with time_machine.travel(SEND_AT - timedelta(seconds=1), tick=False):
        assert not delivery.transmit_next()
    assert Fax.objects.get().status == FaxStatus.QUEUED
    with time_machine.travel(SEND_AT, tick=False):
        assert delivery.transmit_next()
    assert Fax.objects.get().status == FaxStatus.SENT


def test_a_mail_says_when_in_the_time_of_its_account() -> None:
    account = AuthorizedSenderFactory.create(address=SENDER, account__time_zone="America/New_York").account
    wanted = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    local = wanted.astimezone(ZoneInfo("America/New_York"))

    processed(plain_mail(subject=f"/fax=03-1111-2222 /d {local:%Y-%m-%d %H:%M}"), account)

    assert Fax.objects.get().next_attempt_at == wanted
    assert not delivery.transmit_next()
    with time_machine.travel(wanted, tick=False):
        assert delivery.transmit_next()


def test_the_sweep_finds_it_when_its_time_has_come() -> None:
    """No task waits for it: the look that beat says every two seconds is the one that finds it."""
    due = scheduled(send_at=timezone.now() + timedelta(seconds=0.5)).send_at
    tasks.look_for_faxes()
    assert Fax.objects.get().status == FaxStatus.QUEUED
    assert due is not None
    time.sleep(max(0.0, (due - timezone.now()).total_seconds()))

    tasks.look_for_faxes()

    assert Fax.objects.get().status == FaxStatus.SENT
    swept = configured.CELERY_BEAT_SCHEDULE["sweep-transmit-0"]
    assert swept["task"] == tasks.look_for_faxes.name


def test_others_are_not_kept_waiting_by_it() -> None:
    order = scheduled()
    other = FaxFactory.create(account=order.account, next_attempt_at=NOW)
    with time_machine.travel(NOW, tick=False):
        assert delivery.transmit_next()
    other.refresh_from_db()
    assert other.status == FaxStatus.SENT


@pytest.mark.parametrize(("language", "words"), [("ja", "送信予定: "), ("en", "Scheduled: ")])
@pytest.mark.parametrize("place", ["history", "submission", "search"])
def test_every_page_says_when_it_will_be_sent(
    account: Account, place: str, language: str, words: str
) -> None:
    account.language = language
    account.save()
    order = scheduled(account=account)
    path = {
        "history": "/history/sent/",
        "submission": order.get_absolute_url(),
        "search": "/history/sent/search/?status=in-process",
    }[place]

    assert words + IN_JAPAN in shown(account, path)


def test_the_time_is_that_of_the_accounts_zone(account: Account) -> None:
    account.time_zone = "America/New_York"
    account.save()
    scheduled(account=account)

    assert "送信予定: 2026/11/29 19:00" in shown(account, "/history/sent/")


@pytest.mark.parametrize("at", [SEND_AT, SEND_AT + timedelta(hours=1)])
def test_once_its_time_has_come_nothing_is_planned_any_more(account: Account, at: datetime) -> None:
    order = scheduled(account=account)

    for path in ["/history/sent/", order.get_absolute_url(), "/history/sent/search/?status=all"]:
        assert "送信予定" not in shown(account, path, at=at)


def test_what_has_ended_is_not_planned(account: Account) -> None:
    order = scheduled(account=account)
    Fax.objects.update(status=FaxStatus.CANCELED)
    Submission.objects.update(open=0, failed=1)

    for path in ["/history/sent/", order.get_absolute_url(), "/history/sent/search/?status=all"]:
        assert "送信予定" not in shown(account, path)


def refresh(page: str) -> int | None:
    found = re.search(r'http-equiv="refresh" content="(\d+)"', page)
    return int(found[1]) if found else None


def test_a_page_on_which_all_waits_comes_again_when_the_first_is_due(account: Account) -> None:
    first = scheduled(account=account, send_at=NOW + timedelta(minutes=10))
    SubmissionFactory.create(account=account, open=1, send_at=SEND_AT)

    assert refresh(shown(account, "/history/sent/")) == 601
    assert refresh(shown(account, first.get_absolute_url())) == 601


def test_a_page_with_something_in_process_is_live(account: Account) -> None:
    scheduled(account=account)
    SubmissionFactory.create(account=account, open=1)

    assert refresh(shown(account, "/history/sent/")) == 5
