"""Many who order, call and raise the limit at once: the limit holds, and the sums are those of the faxes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connections
from django.db.models import DecimalField, F, Sum

from accounts.models import Account
from faxsend import delivery, holding
from faxsend.carriers import Outcome
from faxsend.models import AccountMonth, Fax
from faxsend.results import OK
from faxsend.states import FINAL, FaxStatus
from tests.factories import AccountFactory, TariffFactory
from tests.faxsend.factories import ordered

QUEUED, HELD, SENDING, UNCERTAIN, *_ = FaxStatus
A_MOMENT = 0.005
"""Seconds that leave the processor to the others."""


@pytest.fixture(autouse=True)
def _tariff(transactional_db: None) -> None:
    TariffFactory.create(prefix="0081", yen_per_page=20)
    TariffFactory.create(prefix="008190", yen_per_page=30)


def sums(account: Account) -> tuple[Decimal, Decimal]:
    """What is reserved and what is charged, in the only month there is."""
    month = AccountMonth.objects.get(account=account)
    return month.reserved, month.charged


def ledger(account: Account) -> tuple[Decimal, Decimal]:
    """What must be reserved and charged, by the faxes themselves."""
    zero = Decimal(0)
    waiting = Fax.objects.filter(account=account, status__in=[QUEUED, SENDING, UNCERTAIN])
    whole = Sum(F("price") * F("submission__pages__count"), default=zero, output_field=DecimalField())
    charged = Fax.objects.filter(account=account).aggregate(sum=Sum("charged", default=zero))
    return waiting.aggregate(sum=whole)["sum"], charged["sum"]


class Bustle:
    """Customers who order, lines that call and an operator who raises the limit, all at once."""

    def __init__(self, account: Account, seed: int) -> None:
        self.account, self.seed = account, seed
        self.most_over = Decimal(-1000)
        self.ordering = threading.Event()
        self.problems: list[BaseException] = []

    def run(self) -> None:
        people = [self.customer] * 4 + [self.line] * 3 + [self.operator]
        threads = [
            threading.Thread(target=self._guarded, args=(person, Random(self.seed + place)))
            for place, person in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        for thread in threads[:4]:
            thread.join()
        self.ordering.set()
        for thread in threads[4:]:
            thread.join()

    def _guarded(self, person: Callable[[Random], None], random: Random) -> None:
        try:
            person(random)
        except BaseException as problem:
            self.problems.append(problem)
        finally:
            connections.close_all()

    def customer(self, random: Random) -> None:
        for _ in range(8):
            numbers = [f"0081{random.randrange(10**8, 10**9)}" for _ in range(random.randint(1, 4))]
            ordered(self.account, *numbers, pages=random.randint(1, 3))
            self.look()

    def line(self, random: Random) -> None:
        while True:
            over = self.ordering.is_set()
            attempt = delivery.claim_next(1)
            if attempt is not None:
                code = random.choice([OK, OK, 6017, 3912])
                pages = 1 if code == OK else 0
                delivery.record(attempt, Outcome(code=code, pages_confirmed=pages, duration=timedelta(0)))
            elif over:
                return
            self.look()
            time.sleep(A_MOMENT)

    def operator(self, random: Random) -> None:
        while not self.ordering.is_set():
            Account.objects.filter(pk=self.account.pk).update(
                credit_limit=F("credit_limit") + random.randint(0, 40)
            )
            holding.look()
            self.look()
            time.sleep(A_MOMENT)

    def look(self) -> None:
        """The limit only rises: one that is read later is no lower than the one that counted."""
        month = AccountMonth.objects.filter(account=self.account).first()
        limit = Account.objects.values_list("credit_limit", flat=True).get(pk=self.account.pk)
        if month is not None and limit is not None:
            self.most_over = max(self.most_over, month.reserved + month.charged - limit)


@pytest.mark.parametrize("seed", [1, 2])
def test_however_many_order_at_once_the_limit_holds_and_the_sums_are_those_of_the_faxes(seed: int) -> None:
    account = AccountFactory.create(credit_limit=200)
    bustle = Bustle(account, seed * 100)

    bustle.run()

    assert bustle.problems == []
    assert bustle.most_over <= 0
    assert sums(account) == ledger(account)
    Account.objects.update(credit_limit=None)
    holding.look()
    bustle.line(Random(seed))
    assert set(Fax.objects.values_list("status", flat=True)) <= FINAL
    reserved, charged = sums(account)
    assert reserved == 0 and charged == ledger(account)[1] > 0


def test_of_many_that_fit_alone_only_those_go_that_fit_together() -> None:
    account = AccountFactory.create(credit_limit=100)
    start = threading.Barrier(10)

    def customer(place: int) -> None:
        start.wait()
        ordered(account, f"00813{place:08}", pages=1)
        connections.close_all()

    customers = [threading.Thread(target=customer, args=(place,)) for place in range(10)]
    for thread in customers:
        thread.start()
    for thread in customers:
        thread.join()

    assert Fax.objects.filter(status=QUEUED).count() == 5
    assert Fax.objects.filter(status=HELD).count() == 5
    assert sums(account) == (Decimal(100), Decimal(0))
