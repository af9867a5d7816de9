"""From queued to its result, on the real database and the simulated line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from accounts.models import Account
from faxsend import delivery
from faxsend.carriers import Outcome, carrier_named
from faxsend.delivery.calls import call_of
from faxsend.lines import current_line
from faxsend.models import Attempt, Fax, Submission
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN
from faxsend.states import FaxStatus
from notifications.models import OutgoingMail
from tests.factories import AttemptFactory, FaxFactory, SubmissionFactory

pytestmark = pytest.mark.usefixtures("own_line")

BUSY = 6017
NOT_IN_SERVICE = 3912


def ended(code: int, *, pages: int = 0) -> Outcome:
    return Outcome(code=code, pages_confirmed=pages, duration=timedelta(seconds=30))


def eventually(look: Callable[[], int]) -> int:
    """PostgreSQL lets go of a lock once it has noticed that the connection is closed."""
    for _ in range(200):
        if found := look():
            return found
        time.sleep(0.05)
    return 0


def claimed(fax: Fax) -> Attempt:
    attempt = delivery.claim_next(current_line().lock)
    assert attempt is not None and attempt.fax_id == fax.pk
    return attempt


@pytest.mark.django_db
def test_a_due_fax_is_called_and_received(tmp_path: Path) -> None:
    fax = FaxFactory.create()
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert (fax.status, fax.result_code, fax.pages_sent) == (FaxStatus.SENT, OK, 1)
    received = tmp_path / "received" / fax.number / f"{fax.pk}.tif"
    assert received.read_bytes() == bytes(fax.submission.pages.tiff)


@pytest.mark.django_db
def test_pages_that_cannot_be_read_wait_for_the_operator_and_hold_up_no_other_fax() -> None:
    fax, other = FaxFactory.create(), FaxFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE faxsend_pages SET tiff = 'x' WHERE id = %s", [fax.submission.pages_id])
    assert [delivery.transmit_next() for _ in range(3)] == [True, True, False]
    fax.refresh_from_db()
    other.refresh_from_db()
    assert (fax.status, fax.attempts_made, other.status) == (FaxStatus.QUEUED, 0, FaxStatus.SENT)
    assert fax.next_attempt_at > timezone.now() + timedelta(minutes=9)


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["x", ""])
def test_pages_that_cannot_be_read_for_a_day_are_an_error_that_is_told(kept: str) -> None:
    fax = FaxFactory.create()
    first_look = timezone.now() - timedelta(hours=24, seconds=1)
    AttemptFactory.create(fax=fax, started_at=first_look, ended_at=first_look, result_code=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE faxsend_pages SET tiff = %s", [kept.encode()])
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert (fax.status, fax.result_code) == (FaxStatus.FAILED, INTERNAL_ERROR)
    assert OutgoingMail.objects.count() == 1


@pytest.mark.django_db
def test_a_key_that_is_missing_for_a_moment_ends_nothing_however_long_it_has_waited_for_a_line() -> None:
    fax = FaxFactory.create(created_at=timezone.now() - timedelta(days=3))
    Submission.objects.update(created_at=fax.created_at)
    AttemptFactory.create(fax=fax, started_at=fax.created_at, result_code=None)
    AttemptFactory.create(fax=fax, result_code=BUSY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE faxsend_pages SET tiff = 'x'")
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert fax.status == FaxStatus.QUEUED


@pytest.mark.django_db
def test_nothing_due_means_nothing_to_do() -> None:
    FaxFactory.create(next_attempt_at=timezone.now() + timedelta(minutes=1))
    assert not delivery.transmit_next()


@pytest.mark.django_db
def test_the_last_result_completes_the_submission_and_tells_the_customer() -> None:
    submission = SubmissionFactory.create(open=2)
    FaxFactory.create(submission=submission, number="0099999993912")
    FaxFactory.create(submission=submission)
    assert delivery.transmit_next()
    assert Submission.objects.filter(open=1, completed_at=None).exists()
    assert not OutgoingMail.objects.exists()
    assert delivery.transmit_next()
    assert Submission.objects.filter(open=0, ok=1, failed=1, completed_at__isnull=False).exists()
    assert OutgoingMail.objects.get().key == f"notify:{submission.token}"


@pytest.mark.django_db
def test_a_busy_line_is_called_again_after_the_interval() -> None:
    fax = FaxFactory.create(submission__retry_interval=5)
    delivery.record(claimed(fax), ended(BUSY))
    fax.refresh_from_db()
    assert fax.status == FaxStatus.QUEUED
    wait = fax.next_attempt_at - timezone.now()
    assert timedelta(minutes=4, seconds=50) < wait <= timedelta(minutes=5)


@pytest.mark.django_db
def test_the_last_allowed_attempt_is_final() -> None:
    fax = FaxFactory.create(submission__max_attempts=1)
    delivery.record(claimed(fax), ended(BUSY))
    fax.refresh_from_db()
    assert (fax.status, fax.result_code) == (FaxStatus.FAILED, BUSY)


@pytest.mark.django_db
def test_a_hopeless_cause_is_not_repeated() -> None:
    fax = FaxFactory.create()
    delivery.record(claimed(fax), ended(NOT_IN_SERVICE))
    fax.refresh_from_db()
    assert fax.status == FaxStatus.FAILED


@pytest.mark.django_db
@pytest.mark.parametrize("code", [6017, 3912, 123456, OUTCOME_UNKNOWN])
def test_a_test_number_is_final_at_its_first_attempt(code: int) -> None:
    fax = FaxFactory.create(number=f"009999999{code:04d}")
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert (fax.status, fax.result_code, fax.attempts_made) == (FaxStatus.FAILED, code, 1)


@pytest.mark.django_db
def test_an_attempt_is_recorded_once() -> None:
    fax = FaxFactory.create(submission__open=2)
    attempt = claimed(fax)
    delivery.record(attempt, ended(OK, pages=1))
    delivery.record(attempt, ended(OK, pages=1))
    assert Submission.objects.get().ok == 1


@pytest.mark.django_db
def test_what_nobody_knows_becomes_an_error_after_a_day() -> None:
    fax = FaxFactory.create()
    attempt = claimed(fax)
    delivery.record(attempt, ended(OUTCOME_UNKNOWN))
    delivery.keep_deadlines()
    fax.refresh_from_db()
    assert fax.status == FaxStatus.UNCERTAIN
    Attempt.objects.update(ended_at=timezone.now() - timedelta(hours=25))
    delivery.keep_deadlines()
    fax.refresh_from_db()
    assert (fax.status, fax.result_code) == (FaxStatus.FAILED, OUTCOME_UNKNOWN)
    assert OutgoingMail.objects.count() == 1


@pytest.mark.django_db
def test_the_day_of_an_uncertain_fax_begins_with_its_last_call() -> None:
    fax = FaxFactory.create(submission__retry_interval=0)
    delivery.record(claimed(fax), ended(BUSY))
    Attempt.objects.update(ended_at=timezone.now() - timedelta(hours=25))
    delivery.record(claimed(fax), ended(OUTCOME_UNKNOWN))
    delivery.keep_deadlines()
    fax.refresh_from_db()
    assert fax.status == FaxStatus.UNCERTAIN


@pytest.mark.django_db
def test_a_number_that_is_being_called_is_left_out() -> None:
    first = FaxFactory.create(number="0081311112222")
    FaxFactory.create(number="0081311112222")
    other = FaxFactory.create()
    claimed(first)
    claimed(other)
    assert delivery.claim_next(current_line().lock) is None


@pytest.mark.django_db
def test_the_account_with_the_fewest_calls_is_served_first() -> None:
    busy = SubmissionFactory.create(open=3)
    first, _, third = FaxFactory.create_batch(3, submission=busy)
    claimed(first)
    late = FaxFactory.create()
    claimed(late)
    assert third.pk < late.pk


@pytest.mark.django_db(transaction=True)
def test_two_claims_at_once_never_call_one_number_twice() -> None:
    for _ in range(20):
        FaxFactory.create(number="0081311112222")
    claims: list[int] = []
    start = threading.Barrier(6)

    def claim() -> None:
        start.wait()
        attempt = delivery.claim_next(1)
        if attempt is not None:
            claims.append(attempt.fax_id)
        connections.close_all()

    claimers = [threading.Thread(target=claim) for _ in range(6)]
    for claimer in claimers:
        claimer.start()
    for claimer in claimers:
        claimer.join()
    assert len(claims) == 1
    assert Fax.objects.filter(status=FaxStatus.SENDING).count() == 1


def other_line() -> tuple[psycopg.Connection[Any], int]:
    """Somebody else's line: a connection that holds an advisory lock."""
    parameters = connection.get_connection_params()
    kept = {name: parameters[name] for name in parameters if name not in {"context", "cursor_factory"}}
    holder = psycopg.connect(**kept, autocommit=True)
    holder.execute("SELECT pg_advisory_lock(4711)")
    return holder, 4711


@pytest.mark.django_db
def test_a_call_whose_caller_lives_is_left_alone() -> None:
    FaxFactory.create()
    holder, lock = other_line()
    with holder:
        delivery.claim_next(lock)
        assert delivery.recover() == 0
    assert Fax.objects.get().status == FaxStatus.SENDING


@pytest.mark.django_db
def test_a_call_that_was_never_dialled_is_queued_again_and_does_not_count() -> None:
    fax = FaxFactory.create()
    attempt = delivery.claim_next(4712)
    assert attempt is not None
    assert delivery.recover() == 1
    fax.refresh_from_db()
    assert (fax.status, fax.attempts_made) == (FaxStatus.QUEUED, 0)
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert fax.status == FaxStatus.SENT


@pytest.mark.django_db
def test_a_fax_at_which_every_caller_dies_does_not_keep_a_line_busy_with_dying() -> None:
    fax = FaxFactory.create()
    for lock in (4716, 4717):
        assert delivery.claim_next(lock) is not None
        assert delivery.recover() == 1
    fax.refresh_from_db()
    assert timedelta(seconds=50) < fax.next_attempt_at - timezone.now() < timedelta(seconds=61)


@pytest.mark.django_db
def test_a_call_that_ended_without_its_caller_is_recorded_from_the_journal() -> None:
    fax = FaxFactory.create()
    attempt = delivery.claim_next(4713)
    assert attempt is not None
    carrier_named("simulator").place(call_of(attempt))
    assert delivery.recover() == 1
    fax.refresh_from_db()
    assert fax.status == FaxStatus.SENT
    assert fax.attempts.count() == 1


@pytest.mark.django_db
def test_a_call_that_cannot_be_settled_leaves_the_others_alone() -> None:
    broken, other = FaxFactory.create(), FaxFactory.create()
    Account.objects.filter(pk=broken.account_id).update(time_zone="nowhere")
    for lock in (4714, 4715):
        attempt = delivery.claim_next(lock)
        assert attempt is not None
        carrier_named("simulator").place(call_of(attempt))
    assert delivery.recover() == 1
    assert set(Fax.objects.values_list("pk", "status")) == {
        (broken.pk, FaxStatus.SENDING),
        (other.pk, FaxStatus.SENT),
    }


@pytest.mark.django_db
def test_a_failure_on_our_side_lets_go_of_the_line(tmp_path: Path) -> None:
    fax = FaxFactory.create()
    (tmp_path / "simulator").write_text("a file where the journal should be")
    with pytest.raises(OSError):
        delivery.transmit_next()
    (tmp_path / "simulator").unlink()
    assert eventually(delivery.recover) == 1
    fax.refresh_from_db()
    assert fax.status == FaxStatus.QUEUED


@pytest.mark.django_db
def test_a_claim_that_breaks_off_lets_go_of_the_line_for_it_may_be_committed() -> None:
    AttemptFactory.create(fax=FaxFactory.create(), ended_at=None, result_code=None)
    lock = current_line().lock
    with pytest.raises(IntegrityError):
        delivery.transmit_next()
    assert current_line().lock != lock


@pytest.mark.django_db
def test_a_broken_line_is_opened_again_under_another_lock() -> None:
    line = current_line()
    line.holder.close()
    assert current_line().lock != line.lock
