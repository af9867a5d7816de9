"""The calls of one fax, as its customer reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from faxsend.models import Fax, Submission
from faxsend.states import FaxStatus
from faxsend.timeline import CALLS_SHOWN, timeline_of
from tests.factories import AttemptFactory, FaxFactory, UserFactory, submission_with

pytestmark = pytest.mark.django_db

CALLED_AT = datetime(2026, 1, 15, 3, 20, 7, tzinfo=UTC)


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


@pytest.fixture
def fax() -> Fax:
    """One that waits, of three pages, in an order of its own."""
    return FaxFactory.create(submission__open=1, submission__pages__count=3)


def address_of(fax: Fax) -> str:
    return f"/history/sent/{fax.submission.token}/faxes/{fax.pk}/"


def words(page: str) -> str:
    """What is read, in its order, without what lies around the content."""
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())


def read(client: Client, address: str) -> str:
    return words(client.get(address).content.decode())


@pytest.mark.parametrize(
    ("first", "confirmed", "pages"),
    [(1, 0, ""), (1, 1, "1"), (1, 3, "1–3"), (2, 3, "2–3"), (2, 1, ""), (3, 0, "")],
)
def test_a_call_names_the_pages_that_it_brought_across(
    fax: Fax, first: int, confirmed: int, pages: str
) -> None:
    AttemptFactory.create(fax=fax, first_page=first, pages_confirmed=confirmed)

    assert [call.pages for call in timeline_of(fax).calls] == [pages]


def test_calls_are_told_in_their_order_with_result_or_that_they_go_on(fax: Fax) -> None:
    for code in (6017, 0):
        AttemptFactory.create(fax=fax, result_code=code)
    AttemptFactory.create(fax=fax, result_code=None, ended_at=None)

    with translation.override("en"):
        calls = timeline_of(fax).calls

    assert [(call.result, call.failed) for call in calls] == [
        ("6017-Busy", True),
        ("OK", False),
        ("Being transmitted", False),
    ]


def test_what_was_claimed_and_never_dialled_is_no_call(fax: Fax) -> None:
    AttemptFactory.create(fax=fax, result_code=None)

    assert timeline_of(fax).calls == ()


def test_of_very_many_calls_the_newest_are_told(fax: Fax) -> None:
    calls = AttemptFactory.create_batch(CALLS_SHOWN + 2, fax=fax)

    assert [call.attempt for call in timeline_of(fax).calls] == calls[2:]


@pytest.mark.parametrize("status", FaxStatus)
def test_only_what_is_queued_waits_for_another_call(fax: Fax, status: FaxStatus) -> None:
    fax.status = status
    fax.next_attempt_at = later = timezone.now() + timedelta(minutes=3)

    timeline = timeline_of(fax)

    expected = (True, later) if status is FaxStatus.QUEUED else (False, None)
    assert (timeline.waits, timeline.next_call_at) == expected


def test_what_is_due_waits_for_a_line_and_not_for_a_time(fax: Fax) -> None:
    fax.next_attempt_at = timezone.now()

    assert (timeline_of(fax).waits, timeline_of(fax).next_call_at) == (True, None)


def test_what_the_carrier_says_in_its_own_words_is_not_read(fax: Fax) -> None:
    with CaptureQueriesContext(connection) as queries:
        timeline_of(fax)

    assert len(queries) == 1
    assert not re.search("engine_words|carrier|bits_per_second|line_lock", queries[0]["sql"])


def broken_off(user: User, *others: FaxStatus) -> Fax:
    """A fax of three pages whose first call broke off after a page: the second is to come in a while."""
    order = submission_with(*others, account=user.account, subject="見積書", pages__count=3)
    fax = FaxFactory.create(
        submission=order,
        number="0081311112222",
        attempts_made=1,
        pages_sent=1,
        result_code=3268,
        next_attempt_at=datetime(2099, 1, 15, 3, 23, 30, tzinfo=UTC),
    )
    Submission.objects.filter(pk=order.pk).update(open=order.open + 1)
    AttemptFactory.create(
        fax=fax,
        started_at=CALLED_AT,
        result_code=3268,
        pages_confirmed=1,
        duration=timedelta(seconds=72),
        remote_csid="+81 3 1111 2222",
        engine_words="the engine's own words",
        bits_per_second=14400,
    )
    return fax


@pytest.mark.parametrize("others", [(), (FaxStatus.QUEUED,)])
def test_each_call_is_told_with_time_result_pages_duration_and_who_answered(
    client: Client, user: User, others: tuple[FaxStatus, ...]
) -> None:
    """Of a single send on the order's page, of a list on the fax's own."""
    fax = broken_off(user, *others)

    page = read(client, address_of(fax) if others else fax.submission.get_absolute_url())

    assert (
        "2026/01/15 12:20:07 3268-ページ送信後にエラーが発生しました 1 1:12 +81 3 1111 2222 次の発信: 2099/01/15 12:23:30"
        in page
    )
    assert "own words" not in page and "14400" not in page and "simulator" not in page


def test_a_call_that_found_out_the_resolution_is_told_and_said_not_to_count(
    client: Client, user: User
) -> None:
    fax = FaxFactory.create(
        submission__account=user.account,
        submission__max_attempts=1,
        submission__pages__count=3,
        number="0081311112222",
        attempts_made=1,
        standard_only=True,
        status=FaxStatus.SENT,
    )
    for code, confirmed in ((3211, 0), (0, 3)):
        AttemptFactory.create(fax=fax, result_code=code, pages_confirmed=confirmed)
    text = read(client, address_of(fax))
    assert (
        "発信回数 1 / 1 受信側が標準解像度のみに対応していると判明したときの発信は、回数に含めていません。"
        in text
    )
    Fax.objects.update(standard_only=False)
    assert "回数に含めていません" not in read(client, address_of(fax))


def test_a_list_leads_to_the_calls_of_each_fax(client: Client, user: User) -> None:
    fax = broken_off(user, FaxStatus.SENT)

    page = client.get(fax.submission.get_absolute_url()).content.decode()

    assert f'href="{address_of(fax)}"' in page
    assert f'href="{fax.submission.get_absolute_url()}"' in client.get(address_of(fax)).content.decode()


def test_a_fax_is_found_in_its_own_order_of_its_own_account_alone(client: Client, user: User) -> None:
    own, other = (submission_with(FaxStatus.SENT, FaxStatus.SENT, account=user.account) for _ in range(2))
    strange = submission_with(FaxStatus.SENT, FaxStatus.SENT).faxes.earliest("pk")
    mixed = f"/history/sent/{own.token}/faxes/{other.faxes.earliest('pk').pk}/"

    assert client.get(address_of(own.faxes.earliest("pk"))).status_code == 200
    for address in [address_of(strange), mixed, f"/history/sent/{own.token}/faxes/{2**64}/"]:
        assert client.get(address).status_code == 404


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client, fax: Fax) -> None:
    assert client.get(address_of(fax))["Location"] == f"/accounts/login/?next={address_of(fax)}"


@pytest.mark.parametrize("hostile", ["<b>x</b>", "\u05d0\u05d1\u05d2 <script>"])
def test_what_a_strangers_machine_calls_itself_is_text_of_its_own_direction(
    client: Client, user: User, hostile: str
) -> None:
    order = submission_with(FaxStatus.SENT, account=user.account)
    order.faxes.update(remote_csid=hostile)
    order.faxes.get().attempts.update(remote_csid=hostile)

    for address in [order.get_absolute_url(), address_of(order.faxes.get())]:
        page = client.get(address).content.decode()
        escaped = hostile.replace("<", "&lt;").replace(">", "&gt;")
        assert hostile not in page
        assert page.count(f"<bdi>{escaped}</bdi>") == 2


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (FaxStatus.QUEUED, "回線または次の発信を待っているか、送信中です。"),
        (FaxStatus.UNCERTAIN, "24時間たっても確認できない場合は、エラー(206090)になります。"),
        (FaxStatus.HELD, "今月の与信限度額を超えるため、この送信は保留中です。"),
        (FaxStatus.SENT, "すべてのページの受信を、相手先のFAX機が確認しました。"),
        (FaxStatus.FAILED, "届いていないページがあります。これ以上の発信はおこないません。"),
    ],
)
def test_a_state_says_in_a_sentence_what_it_means(
    client: Client, user: User, status: FaxStatus, sentence: str
) -> None:
    order = submission_with(status, account=user.account)

    for address in [order.get_absolute_url(), address_of(order.faxes.get())]:
        assert sentence in read(client, address)


def test_what_can_be_done_is_said_once_for_each_cause(client: Client, user: User) -> None:
    order = submission_with(*[FaxStatus.FAILED] * 3, FaxStatus.QUEUED, account=user.account)
    order.faxes.filter(pk=order.faxes.latest("pk").pk).update(result_code=6017)
    order.faxes.filter(pk=order.faxes.earliest("pk").pk).update(result_code=3932)

    page = read(client, order.get_absolute_url())

    assert page.count("FAX番号に誤りがないか") == 1
    assert "時間をおいて再送信してください" not in page  # it is called again by itself
    assert "FAX番号に誤りがないか" in read(client, address_of(order.faxes.earliest("pk")))


@pytest.mark.parametrize(("status", "renews"), [(FaxStatus.QUEUED, True), (FaxStatus.SENT, False)])
def test_the_page_of_a_fax_renews_itself_until_the_fax_has_ended(
    client: Client, user: User, status: FaxStatus, renews: bool
) -> None:
    order = submission_with(status, FaxStatus.QUEUED, account=user.account)

    page = client.get(address_of(order.faxes.earliest("pk"))).content.decode()

    assert ('http-equiv="refresh" content="5"' in page) == renews
