"""保留中: what waits for credit, for how long, and in which order it goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import Account
from faxsend import delivery, holding, resending
from faxsend.billing import month_of, remaining
from faxsend.carriers import Outcome
from faxsend.models import AccountMonth, Submission
from faxsend.resending import What
from faxsend.results import HELD_FOR_CREDIT, OK, OVER_LIMIT
from faxsend.states import FaxStatus
from notifications.models import OutgoingMail
from tests.factories import AccountFactory, TariffFactory
from tests.faxsend.factories import failed_list, ordered

pytestmark = pytest.mark.django_db

QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED = FaxStatus
TOKYO, MOBILE, ABROAD, TEST = "0081311112222", "0081901112222", "0012125550100", "0099999990000"
LATE_IN_NOVEMBER = datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)
"""One second before midnight in Japan."""
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _tariff() -> None:
    for prefix, yen in [("0081", 20), ("008190", 30), ("", 100)]:
        TariffFactory.create(prefix=prefix, yen_per_page=yen)


@pytest.fixture
def account() -> Account:
    return AccountFactory.create(credit_limit=100)


def states(order: Submission) -> list[tuple[str, int | None]]:
    return list(order.faxes.order_by("pk").values_list("status", "result_code"))


def usage(account: Account) -> dict[date, tuple[Decimal, Decimal]]:
    """What is reserved and what is charged, by month."""
    rows = AccountMonth.objects.filter(account=account).values_list("month", "reserved", "charged")
    return {month: (reserved, charged) for month, reserved, charged in rows if reserved or charged}


def yen(reserved: int, charged: int) -> tuple[Decimal, Decimal]:
    return Decimal(reserved), Decimal(charged)


def end(order: Submission, code: int, *, pages: int = 0) -> None:
    """Call every number of it once; each call ends with ``code``."""
    for _ in range(order.faxes.filter(status=QUEUED).count()):
        attempt = delivery.claim_next(1)
        assert attempt is not None and attempt.fax.submission_id == order.pk
        delivery.record(attempt, Outcome(code=code, pages_confirmed=pages, duration=timedelta(seconds=30)))


@pytest.mark.parametrize(
    ("limit", "held"),
    [(70, False), (69, True), (0, True), (None, False)],
    ids=["fits", "over", "zero", "none"],
)
def test_an_order_goes_if_all_of_it_fits_and_waits_as_a_whole_otherwise(
    limit: int | None, held: bool
) -> None:
    account = AccountFactory.create(credit_limit=limit)

    order = ordered(account, TOKYO, MOBILE, TEST, pages=1)
    more = ordered(account, TOKYO, pages=1)

    assert states(order) == [(HELD, HELD_FOR_CREDIT) if limit == 0 else (QUEUED, None)] * 3
    assert states(more) == [(HELD, HELD_FOR_CREDIT) if held else (QUEUED, None)]


def test_what_is_on_hold_is_not_dialled(account: Account) -> None:
    ordered(account, ABROAD, pages=2)

    assert delivery.claim_next(1) is None
    assert usage(account) == {}


def test_test_numbers_are_never_on_hold() -> None:
    account = AccountFactory.create(credit_limit=0)

    assert states(ordered(account, TEST)) == [(QUEUED, None)]


@pytest.mark.parametrize(("code", "pages", "charged"), [(OK, 2, 40), (3912, 0, 0), (3912, 1, 0), (403, 0, 0)])
def test_pages_that_arrived_are_charged_and_the_rest_is_free_again(
    account: Account, code: int, pages: int, charged: int
) -> None:
    order = ordered(account, TOKYO, pages=2)
    assert [*usage(account).values()] == [yen(40, 0)]

    end(order, code, pages=pages)

    assert order.faxes.get().charged == charged
    assert [*usage(account).values()] == ([yen(0, charged)] if charged else [])
    assert remaining(account.pk, month_of(order.created_at)) == 100 - charged


def test_a_call_that_is_repeated_stays_reserved(account: Account) -> None:
    order = ordered(account, TOKYO)

    end(order, 6017)

    assert states(order) == [(QUEUED, 6017)]
    assert [*usage(account).values()] == [yen(20, 0)]


def test_what_nobody_could_find_out_costs_nothing(account: Account) -> None:
    with time_machine.travel(LATE_IN_NOVEMBER, tick=False) as clock:
        end(ordered(account, TOKYO), 206090)
        assert usage(account) == {NOVEMBER: yen(20, 0)}
        clock.shift(timedelta(hours=25))
        delivery.keep_deadlines()

    assert usage(account) == {}


def test_an_order_of_the_last_second_is_charged_in_its_own_month(account: Account) -> None:
    with time_machine.travel(LATE_IN_NOVEMBER, tick=False) as clock:
        order = ordered(account, TOKYO)
        clock.shift(timedelta(seconds=1))
        ordered(account, TOKYO)
        end(order, OK, pages=1)

    assert usage(account) == {NOVEMBER: yen(0, 20), DECEMBER: yen(20, 0)}


def test_an_order_for_later_is_reserved_at_once_and_waits_for_its_time_on_hold_as_well(
    account: Account,
) -> None:
    with time_machine.travel(LATE_IN_NOVEMBER, tick=False):
        later = LATE_IN_NOVEMBER + timedelta(days=20)
        ordered(account, TOKYO, send_at=later)
        held = ordered(account, ABROAD, send_at=later)
        assert usage(account) == {NOVEMBER: yen(20, 0)}
        Account.objects.update(credit_limit=None)
        holding.look()

    assert states(held) == [(QUEUED, None)]
    assert held.faxes.get().next_attempt_at == later


class TestLettingGo:
    """What is on hold goes on by itself."""

    def test_once_the_limit_rises(self, account: Account) -> None:
        order = ordered(account, ABROAD, TOKYO)
        assert holding.look() == 0

        Account.objects.update(credit_limit=120)

        assert holding.look() == 1
        assert states(order) == [(QUEUED, None)] * 2
        end(order, OK, pages=1)
        assert [*usage(account).values()] == [yen(0, 120)]

    def test_once_other_faxes_have_cost_less(self, account: Account) -> None:
        other = ordered(account, TOKYO, pages=4)
        order = ordered(account, TOKYO, pages=2)
        assert states(order) == [(HELD, HELD_FOR_CREDIT)]

        end(other, 3912)
        holding.look()

        assert states(order) == [(QUEUED, None)]
        assert [*usage(account).values()] == [yen(40, 0)]

    def test_once_a_new_month_begins_in_which_it_is_charged(self, account: Account) -> None:
        with time_machine.travel(LATE_IN_NOVEMBER, tick=False) as clock:
            ordered(account, TOKYO, pages=4)
            order = ordered(account, TOKYO, pages=2)
            assert holding.look() == 0
            clock.shift(timedelta(seconds=1))
            assert holding.look() == 1

        assert states(order) == [(QUEUED, None)]
        assert usage(account) == {NOVEMBER: yen(80, 0), DECEMBER: yen(40, 0)}

    def test_the_oldest_is_asked_first_and_one_that_does_not_fit_is_passed_over(
        self, account: Account
    ) -> None:
        Account.objects.update(credit_limit=0)
        dear, first, second, third = (ordered(account, TOKYO, pages=pages) for pages in (9, 2, 3, 1))

        Account.objects.update(credit_limit=100)
        holding.look()

        assert [states(one)[0][0] for one in (dear, first, second, third)] == [HELD, QUEUED, QUEUED, HELD]

    def test_of_each_account_by_its_own_limit(self, account: Account) -> None:
        rich = AccountFactory.create(credit_limit=0)
        orders = ordered(account, ABROAD, TOKYO), ordered(rich, ABROAD, TOKYO)
        Account.objects.filter(pk=rich.pk).update(credit_limit=None)

        holding.look()

        assert [states(order)[0][0] for order in orders] == [HELD, QUEUED]

    def test_what_has_been_canceled_meanwhile_needs_no_credit(self, account: Account) -> None:
        order = ordered(account, ABROAD, TOKYO)
        order.faxes.filter(number=ABROAD).update(status=CANCELED)

        holding.look()

        assert states(order) == [(CANCELED, HELD_FOR_CREDIT), (QUEUED, None)]
        assert [*usage(account).values()] == [yen(20, 0)]


@pytest.mark.parametrize(("hours", "failed"), [(24, False), (24.001, True)])
def test_after_a_day_on_hold_an_order_has_failed_and_is_told_of_once(
    account: Account, hours: float, failed: bool
) -> None:
    with time_machine.travel(LATE_IN_NOVEMBER, tick=False) as clock:
        Account.objects.update(credit_limit=10)
        order = ordered(account, TOKYO, MOBILE)
        clock.shift(timedelta(hours=hours))
        holding.look()
        holding.look()

    order.refresh_from_db()
    assert states(order) == [(FAILED, OVER_LIMIT) if failed else (HELD, HELD_FOR_CREDIT)] * 2
    assert (order.open, order.failed) == ((0, 2) if failed else (2, 0))
    assert OutgoingMail.objects.count() == int(failed)
    assert usage(account) == {}


def test_an_order_for_later_is_on_hold_until_a_day_after_its_time(account: Account) -> None:
    with time_machine.travel(LATE_IN_NOVEMBER, tick=False) as clock:
        Account.objects.update(credit_limit=10)
        order = ordered(account, TOKYO)
        Submission.objects.update(send_at=LATE_IN_NOVEMBER + timedelta(days=2))
        clock.shift(timedelta(days=3))
        holding.look()
        before = states(order)
        clock.shift(timedelta(seconds=1))
        holding.look()

    assert (before, states(order)) == ([(HELD, HELD_FOR_CREDIT)], [(FAILED, OVER_LIMIT)])


def test_an_order_that_cannot_be_ended_leaves_the_others_alone(account: Account) -> None:
    with time_machine.travel(LATE_IN_NOVEMBER, tick=False) as clock:
        broken = AccountFactory.create(credit_limit=0)
        orders = ordered(broken, TOKYO), ordered(account, ABROAD, TOKYO)
        Account.objects.filter(pk=broken.pk).update(time_zone="nowhere")
        clock.shift(timedelta(hours=25))
        assert holding.look() == 1

    assert [states(order)[0][0] for order in orders] == [HELD, FAILED]


def test_a_resend_is_reserved_as_one_and_waits_if_it_does_not_fit(account: Account) -> None:
    order = failed_list(account, TOKYO, MOBILE, ABROAD)

    (whole,) = resending.resend(account, order.token, What.ALL, once="first")
    other = failed_list(account, TOKYO, MOBILE, ABROAD)
    singles = resending.resend(account, other.token, What.FAILED, once="second")
    assert {state for one in (whole, *singles) for state in states(one)} == {(HELD, HELD_FOR_CREDIT)}

    holding.look()

    assert [states(one)[0][0] for one in singles] == [QUEUED, QUEUED, HELD]
    assert [*usage(account).values()] == [yen(50, 0)]
