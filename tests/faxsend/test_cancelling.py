"""キャンセル: what waits is not sent, what has begun goes on; counters, money and the one notification."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client

from accounts.models import User
from faxsend import cancelling, delivery, holding
from faxsend.carriers import Outcome
from faxsend.models import AccountMonth, Fax, Submission
from faxsend.results import CANCELED as CANCELED_CODE
from faxsend.results import OK
from faxsend.states import FaxStatus
from notifications.models import OutgoingMail
from tests.factories import AccountFactory, TariffFactory, UserFactory, submission_with
from tests.faxsend.factories import ordered

QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED = FaxStatus
TOKYO, OSAKA, NAGOYA = "0081311112222", "0081611112222", "0081521112222"


def states(order: Submission) -> list[str]:
    return list(order.faxes.order_by("pk").values_list("status", flat=True))


def counters(order: Submission) -> tuple[int, int, int]:
    order.refresh_from_db()
    return order.open, order.ok, order.failed


def money(order: Submission) -> tuple[int, int]:
    """What is reserved and what is charged, in yen."""
    month = AccountMonth.objects.get(account=order.account_id)
    return int(month.reserved), int(month.charged)


@pytest.mark.django_db
@pytest.mark.parametrize("waiting", [QUEUED, HELD])
def test_all_that_waits_of_an_order_is_canceled_and_what_has_begun_goes_on(waiting: FaxStatus) -> None:
    order = submission_with(waiting, SENDING, UNCERTAIN, SENT, FAILED, waiting)

    done = cancelling.cancel(order.account, order.token)

    assert (done.faxes, done.going_on) == (2, 1)
    assert states(order) == [CANCELED, SENDING, UNCERTAIN, SENT, FAILED, CANCELED]
    assert counters(order) == (2, 1, 3)
    assert set(order.faxes.filter(status=CANCELED).values_list("result_code", flat=True)) == {CANCELED_CODE}
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_one_fax_of_an_order_is_canceled_alone() -> None:
    order = submission_with(QUEUED, QUEUED)
    first, _ = order.faxes.order_by("pk")

    cancelling.cancel_fax(order.account, order.token, first.pk)

    assert states(order) == [CANCELED, QUEUED]
    assert counters(order) == (1, 0, 1)


@pytest.mark.django_db
def test_who_cancels_twice_counts_once() -> None:
    order = submission_with(QUEUED, SENDING)

    done = [cancelling.cancel(order.account, order.token).faxes for _ in range(2)]

    assert done == [1, 0]
    assert counters(order) == (1, 0, 1)


@pytest.mark.django_db
def test_another_accounts_order_cannot_be_canceled() -> None:
    order = submission_with(QUEUED)
    fax = order.faxes.get()

    with pytest.raises(Submission.DoesNotExist):
        cancelling.cancel(AccountFactory.create(), order.token)
    with pytest.raises(Fax.DoesNotExist):
        cancelling.cancel_fax(order.account, order.token, submission_with(QUEUED).faxes.get().pk)

    fax.refresh_from_db()
    assert fax.status == QUEUED


@pytest.mark.django_db
def test_the_customer_is_told_once_when_the_last_fax_has_ended() -> None:
    order = ordered(AccountFactory.create(), TOKYO, OSAKA)
    attempt = delivery.claim_next(1)
    assert attempt is not None

    cancelling.cancel(order.account, order.token)
    assert not OutgoingMail.objects.exists()
    delivery.record(attempt, Outcome(OK, 1, timedelta(seconds=30)))

    assert OutgoingMail.objects.get().key == f"notify:{order.token}"


@pytest.mark.django_db
def test_an_order_that_is_canceled_as_a_whole_is_told_of_as_every_other() -> None:
    order = ordered(AccountFactory.create(), TOKYO, OSAKA)

    cancelling.cancel(order.account, order.token)

    order.refresh_from_db()
    assert order.completed_at is not None
    assert OutgoingMail.objects.get().key == f"notify:{order.token}"


@pytest.mark.django_db
def test_what_was_set_aside_for_canceled_faxes_is_free_again() -> None:
    for prefix, yen in [("00813", 20), ("00816", 30), ("00815", 70)]:
        TariffFactory.create(prefix=prefix, yen_per_page=yen)
    order = ordered(AccountFactory.create(credit_limit=1000), TOKYO, OSAKA, NAGOYA, pages=2)
    assert delivery.claim_next(1) is not None
    assert money(order) == (240, 0)

    cancelling.cancel(order.account, order.token)

    assert money(order) == (40, 0)


@pytest.mark.django_db
def test_an_order_on_hold_had_nothing_set_aside_and_the_next_one_finds_its_credit() -> None:
    TariffFactory.create(yen_per_page=20)
    account = AccountFactory.create(credit_limit=50)
    running, held = ordered(account, TOKYO), ordered(account, OSAKA, NAGOYA)
    assert states(held) == [HELD, HELD]

    cancelling.cancel(account, held.token)
    assert money(running) == (20, 0)
    cancelling.cancel(account, running.token)

    assert money(running) == (0, 0)
    assert holding.look() == 0


@pytest.mark.django_db(transaction=True)
def test_of_a_claim_and_a_cancellation_at_once_one_comes_first() -> None:
    account = AccountFactory.create()
    order = ordered(account, *[f"00813{place:08}" for place in range(40)])
    begun: list[int] = []
    start = threading.Barrier(4)

    def line() -> None:
        start.wait()
        while (attempt := delivery.claim_next(1)) is not None:
            begun.append(attempt.fax_id)
            delivery.record(attempt, Outcome(OK, 1, timedelta(seconds=30)))
        connections.close_all()

    def customer() -> None:
        start.wait()
        cancelling.cancel(account, order.token)
        connections.close_all()

    people = [threading.Thread(target=each) for each in (line, line, line, customer)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    canceled = set(order.faxes.filter(status=CANCELED).values_list("pk", flat=True))
    assert canceled.isdisjoint(begun) and len(canceled) + len(begun) == 40
    assert not order.faxes.filter(status=CANCELED, attempts__isnull=False).exists()
    assert counters(order) == (0, len(begun), len(canceled))
    assert OutgoingMail.objects.count() == 1


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


def page(client: Client, url: str) -> str:
    return client.get(url, follow=True).content.decode()


@pytest.mark.django_db
def test_the_page_asks_first_and_cancels_when_the_form_is_sent(client: Client, user: User) -> None:
    order = submission_with(QUEUED, SENDING, QUEUED, account=user.account)
    url = f"{order.get_absolute_url()}cancel/"

    asked = page(client, url)
    assert "一括キャンセル" in asked and "2件" in asked and 'method="post"' in asked
    assert states(order) == [QUEUED, SENDING, QUEUED]
    answer = client.post(url, follow=True)

    assert answer.redirect_chain == [(order.get_absolute_url(), 302)]
    assert "2件のFAXをキャンセルしました。" in answer.content.decode()
    assert "1件のFAXは送信中のため、そのまま送信されます。" in answer.content.decode()
    assert states(order) == [CANCELED, SENDING, CANCELED]


@pytest.mark.django_db
def test_one_fax_is_canceled_from_its_row(client: Client, user: User) -> None:
    order = submission_with(QUEUED, QUEUED, account=user.account)
    url = f"{order.get_absolute_url()}faxes/{order.faxes.earliest('pk').pk}/cancel/"

    assert url in page(client, order.get_absolute_url())
    client.post(url)

    assert states(order) == [CANCELED, QUEUED]


@pytest.mark.django_db
def test_a_fax_that_is_being_transmitted_cannot_be_canceled_and_the_page_says_so(
    client: Client, user: User
) -> None:
    order = submission_with(SENDING, account=user.account)
    url = f"{order.get_absolute_url()}cancel/"

    assert "送信中のFAXはキャンセルできません。" in page(client, url)
    assert "キャンセルされたFAXはありません" in client.post(url, follow=True).content.decode()
    assert states(order) == [SENDING]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statuses", "offered"),
    [
        ([QUEUED], True),
        ([HELD, SENT], True),
        ([SENDING], False),
        ([UNCERTAIN], False),
        ([SENT, CANCELED], False),
    ],
)
def test_cancel_is_offered_while_something_waits(
    client: Client, user: User, statuses: list[FaxStatus], offered: bool
) -> None:
    order = submission_with(*statuses, account=user.account)
    url = f"{order.get_absolute_url()}cancel/"

    assert (url in page(client, "/history/sent/")) is offered
    assert (url in page(client, order.get_absolute_url())) is offered


@pytest.mark.django_db
def test_another_accounts_fax_is_not_found(client: Client, user: User) -> None:
    order = submission_with(QUEUED)
    urls = [
        f"{order.get_absolute_url()}cancel/",
        f"{order.get_absolute_url()}faxes/{order.faxes.get().pk}/cancel/",
    ]

    assert [client.post(url).status_code for url in urls] == [404, 404]
    assert states(order) == [QUEUED]
