"""Nothing stays open for ever: what happens to each state when its time is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connections, transaction
from django.utils import timezone

from faxsend import delivery, holding
from faxsend.carriers import Call, Outcome
from faxsend.carriers.journal import Journal
from faxsend.carriers.simulator import SimulatorCarrier
from faxsend.deciding import was_not_sent
from faxsend.delivery.recording import give_back
from faxsend.models import Attempt, Fax
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN, OVER_LIMIT
from faxsend.states import FINAL, FaxStatus
from notifications.models import OutgoingMail
from tests.factories import AccountFactory, FaxFactory, TariffFactory, drawn_pages
from tests.faxsend.factories import ordered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_line")]

DAYS_7, HOURS_6, HOURS_24 = timedelta(days=7), timedelta(hours=6), timedelta(hours=24)
A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def call_of(attempt: Attempt) -> Call:
    number, pages = attempt.fax.number, drawn_pages(1)
    return Call(str(attempt.pk), attempt.fax_id, number, pages, attempt.first_page, "")


def calling(fax: Fax) -> Attempt:
    attempt = delivery.claim_next(4711)
    assert attempt is not None and attempt.fax_id == fax.pk
    return attempt


def uncertain(fax: Fax) -> Attempt:
    attempt = calling(fax)
    delivery.record(attempt, Outcome(OUTCOME_UNKNOWN, 0, timedelta(0)))
    return attempt


def state(fax: Fax) -> tuple[str, int | None]:
    fax.refresh_from_db()
    return fax.status, fax.result_code


def test_a_fax_that_found_no_line_for_a_week_is_an_error_that_is_told() -> None:
    fax = FaxFactory.create()

    with at(fax.next_attempt_at + DAYS_7):
        assert delivery.keep_deadlines() == 0
    with at(fax.next_attempt_at + DAYS_7 + A_SECOND):
        assert delivery.keep_deadlines() == 1

    assert state(fax) == (FaxStatus.FAILED, INTERNAL_ERROR)
    assert OutgoingMail.objects.count() == 1


def test_a_fax_that_no_carrier_can_dial_is_an_error_after_a_week_though_its_next_attempt_is_always_near() -> (
    None
):
    fax = FaxFactory.create()
    begun = timezone.now()

    for at_moment in (begun, begun + DAYS_7):
        with at(at_moment):
            assert delivery.keep_deadlines() == 0
            assert give_back(calling(fax), pause=A_SECOND)
    with at(begun + DAYS_7 + A_MINUTE):
        assert delivery.keep_deadlines() == 1

    assert state(fax) == (FaxStatus.FAILED, INTERNAL_ERROR)
    assert OutgoingMail.objects.count() == 1


def test_the_week_begins_anew_with_a_call_that_was_dialled() -> None:
    fax = FaxFactory.create(submission__retry_interval=0)
    begun = fax.next_attempt_at
    with at(begun):
        give_back(calling(fax))
    with at(begun + timedelta(days=6)):
        delivery.record(calling(fax), Outcome(6017, 0, timedelta(0)))
        give_back(calling(fax))

    with at(begun + timedelta(days=12)):
        assert delivery.keep_deadlines() == 0

    assert state(fax)[0] == FaxStatus.QUEUED


def test_the_week_of_a_fax_for_later_begins_when_it_is_due() -> None:
    fax = FaxFactory.create(next_attempt_at=timezone.now() + timedelta(days=30))

    with at(timezone.now() + timedelta(days=36)):
        delivery.keep_deadlines()

    assert state(fax) == (FaxStatus.QUEUED, None)


def test_a_call_that_does_not_end_is_uncertain_after_six_hours_also_if_its_caller_lives(
    tmp_path: Path,
) -> None:
    fax = FaxFactory.create()
    attempt = calling(fax)
    SimulatorCarrier(data_dir=tmp_path, call_seconds=0).journal.dial(
        call_of(attempt), {"fax_id": fax.pk, "number": fax.number, "first_page": 1, "ends_at": 0}
    )

    with at(attempt.started_at + HOURS_6):
        assert delivery.keep_deadlines() == 0
    with at(attempt.started_at + HOURS_6 + A_SECOND):
        assert delivery.keep_deadlines() == 1

    assert state(fax) == (FaxStatus.UNCERTAIN, OUTCOME_UNKNOWN)
    assert not delivery.record(attempt, Outcome(OK, 1, timedelta(0)))
    assert state(fax) == (FaxStatus.UNCERTAIN, OUTCOME_UNKNOWN)


def test_a_call_that_was_not_begun_in_six_hours_is_called_off_and_queued_again(tmp_path: Path) -> None:
    fax = FaxFactory.create()
    attempt = calling(fax)

    with at(attempt.started_at + HOURS_6 + A_SECOND):
        assert delivery.keep_deadlines() == 1

    assert state(fax) == (FaxStatus.QUEUED, None)
    assert fax.attempts_made == 0
    assert Journal(tmp_path / "simulator").entry(str(attempt.pk)).void


def test_a_call_through_a_carrier_that_is_not_there_any_more_comes_to_its_end_too() -> None:
    fax = FaxFactory.create()
    attempt = calling(fax)
    Attempt.objects.update(carrier="gone")

    with at(attempt.started_at + HOURS_6 + A_SECOND):
        assert delivery.keep_deadlines() == 1

    assert state(fax) == (FaxStatus.UNCERTAIN, OUTCOME_UNKNOWN)


def test_the_carrier_is_asked_again_about_what_nobody_knows(tmp_path: Path) -> None:
    fax = FaxFactory.create()
    attempt = uncertain(fax)
    SimulatorCarrier(data_dir=tmp_path, call_seconds=0).place(call_of(attempt))

    assert delivery.keep_deadlines() == 1

    assert state(fax) == (FaxStatus.SENT, OK)
    attempt.refresh_from_db()
    assert (attempt.result_code, attempt.pages_confirmed) == (OK, 1)
    assert OutgoingMail.objects.count() == 1


def test_a_carrier_that_takes_its_time_does_not_keep_the_deadlines_of_others(tmp_path: Path) -> None:
    asked_about, overdue = FaxFactory.create(), FaxFactory.create()
    SimulatorCarrier(data_dir=tmp_path, call_seconds=0).place(call_of(uncertain(asked_about)))
    Fax.objects.filter(pk=overdue.pk).update(next_attempt_at=timezone.now() - DAYS_7 - A_SECOND)

    assert delivery.keep_deadlines(ask_seconds=0) == 1

    assert state(overdue) == (FaxStatus.FAILED, INTERNAL_ERROR)
    assert delivery.keep_deadlines() == 1
    assert state(asked_about) == (FaxStatus.SENT, OK)


def test_a_carrier_that_does_not_remember_proves_nothing() -> None:
    fax = FaxFactory.create()
    uncertain(fax)

    assert delivery.keep_deadlines() == 0

    assert state(fax) == (FaxStatus.UNCERTAIN, OUTCOME_UNKNOWN)


def test_only_the_last_call_is_asked_about(tmp_path: Path) -> None:
    fax = FaxFactory.create()
    first = uncertain(fax)
    SimulatorCarrier(data_dir=tmp_path, call_seconds=0).place(call_of(first))
    Fax.objects.update(status=FaxStatus.QUEUED, next_attempt_at=timezone.now())
    uncertain(fax)

    assert delivery.keep_deadlines() == 0

    assert state(fax) == (FaxStatus.UNCERTAIN, OUTCOME_UNKNOWN)


def test_a_fax_that_cannot_be_asked_about_leaves_the_others_alone() -> None:
    broken, other = FaxFactory.create(), FaxFactory.create()
    Attempt.objects.filter(pk=uncertain(broken).pk).update(carrier="gone")

    with at(other.next_attempt_at + DAYS_7 + A_SECOND):
        delivery.keep_deadlines()

    assert state(other) == (FaxStatus.FAILED, INTERNAL_ERROR)
    assert state(broken) == (FaxStatus.FAILED, OUTCOME_UNKNOWN)


@contextmanager
def meanwhile(does: Callable[[], object]) -> Iterator[None]:
    """Somebody else has done it, and commits half a second later."""
    done = threading.Event()

    def work() -> None:
        with transaction.atomic():
            does()
            done.set()
            time.sleep(0.5)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert done.wait(10)
    yield
    worker.join()


@pytest.mark.django_db(transaction=True)
def test_a_fax_that_a_line_claims_in_the_moment_of_its_deadline_is_called_and_not_failed() -> None:
    fax = FaxFactory.create(next_attempt_at=timezone.now() - DAYS_7 - A_MINUTE)

    with meanwhile(lambda: delivery.claim_next(4711)):
        assert delivery.keep_deadlines() == 0

    assert state(fax) == (FaxStatus.SENDING, None)
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_an_operator_decides_in_the_moment_in_which_the_carrier_remembers_counts(tmp_path: Path) -> None:
    fax = FaxFactory.create()
    attempt = uncertain(fax)
    SimulatorCarrier(data_dir=tmp_path, call_seconds=0).place(call_of(attempt))

    with meanwhile(lambda: was_not_sent(fax.pk)):
        assert delivery.keep_deadlines() == 0

    assert state(fax) == (FaxStatus.QUEUED, None)
    attempt.refresh_from_db()
    assert attempt.result_code == OUTCOME_UNKNOWN


def test_every_state_that_is_no_end_comes_to_one() -> None:
    TariffFactory.create(yen_per_page=20)
    held = ordered(AccountFactory.create(credit_limit=10), "0081311112222").faxes.get()
    begun = FaxFactory.create()
    uncertain(begun)
    sending = FaxFactory.create()
    calling(sending)
    queued = FaxFactory.create()
    open_states = {each.status for each in Fax.objects.all()}
    assert open_states == set(FaxStatus) - FINAL

    for days in range(1, 10):
        with at(queued.created_at + timedelta(days=days, hours=1)):
            delivery.keep_deadlines()
            holding.look()

    assert state(held) == (FaxStatus.FAILED, OVER_LIMIT)
    assert state(begun) == (FaxStatus.FAILED, OUTCOME_UNKNOWN)
    assert state(sending) == state(queued) == (FaxStatus.FAILED, INTERNAL_ERROR)
