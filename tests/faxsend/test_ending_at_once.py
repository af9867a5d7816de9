"""Two workers end the last two faxes of an order in the same moment: the customer is told once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from faxsend import delivery
from faxsend.carriers import Outcome
from faxsend.models import Attempt, Fax, Submission
from faxsend.results import OK
from faxsend.states import FaxStatus
from notifications.models import OutgoingMail
from tests.factories import AccountFactory, PagesFactory


def last_two_calls_of(orders: int) -> list[tuple[Attempt, Attempt]]:
    """For each of so many orders the calls of its two faxes, both under way."""
    account = AccountFactory.create()
    pages = PagesFactory.create(account=account)
    made = Submission.objects.bulk_create(
        Submission(
            account=account,
            pages=pages,
            from_address="sender@example.com",
            order_digest=place.to_bytes(32),
            max_attempts=4,
            retry_interval=3,
            open=2,
        )
        for place in range(orders)
    )
    faxes = Fax.objects.bulk_create(
        Fax(submission=order, account=account, number=f"0081{place}{order.pk:09}", status=FaxStatus.SENDING)
        for order in made
        for place in (3, 6)
    )
    calls = Attempt.objects.bulk_create(Attempt(fax=fax, carrier="simulator", line_lock=1) for fax in faxes)
    return list(zip(calls[::2], calls[1::2], strict=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("orders", [100, pytest.param(1000, marks=pytest.mark.soak)])
def test_of_two_who_end_an_order_at_once_one_tells_the_customer(orders: int) -> None:
    rounds = last_two_calls_of(orders)
    start = threading.Barrier(2, timeout=60)

    def worker(side: int) -> None:
        for calls in rounds:
            start.wait()
            delivery.record(calls[side], Outcome(OK, pages_confirmed=1, duration=timedelta(seconds=30)))
        connections.close_all()

    workers = [threading.Thread(target=worker, args=(side,)) for side in (0, 1)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert Submission.objects.filter(open=0, ok=2, failed=0, completed_at__isnull=False).count() == orders
    assert set(OutgoingMail.objects.values_list("key", flat=True)) == {
        f"notify:{token}" for token in Submission.objects.values_list("token", flat=True)
    }
    assert OutgoingMail.objects.count() == orders
