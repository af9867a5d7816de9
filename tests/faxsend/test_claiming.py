"""Which fax is called next: fair to all accounts, and quick however long the queue is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from faxsend import delivery
from faxsend.carriers import carrier_named
from faxsend.delivery.calls import call_of
from faxsend.models import Attempt, Fax, Submission
from tests.factories import FaxFactory, SubmissionFactory

LINES = 4
CALL_SECONDS = 0.2
MANY = 20_000


def list_of(count: int) -> Submission:
    """An order whose faxes are all due."""
    order = SubmissionFactory.create(open=count)
    due = timezone.now() - timedelta(minutes=1)
    Fax.objects.bulk_create(
        [
            Fax(submission=order, account=order.account, number=f"00816{place:08}", next_attempt_at=due)
            for place in range(count)
        ],
        batch_size=5000,
    )
    return order


@pytest.fixture
def lines(settings: Settings) -> Iterator[threading.Event]:
    """Lines that call until the event is set, or nothing is due."""
    settings.SIMULATOR_CALL_SECONDS = CALL_SECONDS
    over = threading.Event()
    threads = [threading.Thread(target=_line, args=(number, over)) for number in range(1, LINES + 1)]
    for thread in threads:
        thread.start()
    yield over
    over.set()
    for thread in threads:
        thread.join()


def _line(lock: int, over: threading.Event) -> None:
    while not over.is_set():
        attempt = delivery.claim_next(lock)
        if attempt is None:
            over.wait(0.01)
            continue
        delivery.record(attempt, carrier_named(attempt.carrier).place(call_of(attempt)))
    connections.close_all()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_line")
def test_a_single_fax_behind_a_list_of_twenty_thousand_starts_within_the_time_of_two_calls(
    lines: threading.Event,
) -> None:
    order = list_of(MANY)
    while Attempt.objects.count() < 2 * LINES:
        lines.wait(0.01)

    single = FaxFactory.create()
    queued_at = timezone.now()
    lines.wait(4 * CALL_SECONDS)
    lines.set()

    call = single.attempts.get()
    others_first = Attempt.objects.filter(started_at__gt=queued_at, pk__lt=call.pk).count()
    assert others_first <= LINES
    ended = Attempt.objects.filter(fax__submission=order).exclude(ended_at=None)
    longest = max(each.ended_at - each.started_at for each in ended if each.ended_at)
    assert call.started_at - queued_at <= 2 * longest


@pytest.mark.django_db
def test_a_claim_reads_a_few_pages_of_indexes_however_many_faxes_wait() -> None:
    list_of(MANY)
    FaxFactory.create_batch(5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE faxsend_fax")

    plans = plans_of_a_claim()

    assert len(plans) == 2
    for plan in plans:
        assert "Seq Scan" not in json.dumps(plan)
    assert sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans) < 100


def plans_of_a_claim() -> list[dict[str, Any]]:
    """How PostgreSQL finds the account whose turn it is, and its fax."""
    with CaptureQueriesContext(connection) as queries:
        assert delivery.claim_next(1) is not None
    asked = [query["sql"] for query in queries if query["sql"].lstrip().startswith(("WITH", "SELECT"))]
    about_faxes = [statement for statement in asked if Fax._meta.db_table in statement]
    with connection.cursor() as cursor:
        return [_plan(cursor, statement) for statement in about_faxes]


def _plan(cursor: CursorWrapper, statement: str) -> dict[str, Any]:
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
    (((plan,),),) = cursor.fetchall()
    root: dict[str, Any] = plan["Plan"]
    return root


@pytest.mark.django_db
def test_a_row_that_contradicts_itself_is_an_error_and_no_loop() -> None:
    fax = FaxFactory.create()
    Attempt.objects.create(fax=fax, carrier="simulator", line_lock=2)
    with pytest.raises(IntegrityError, match="attempt_one_open_a_fax"):
        delivery.claim_next(1)
