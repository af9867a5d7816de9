"""MONEY: what a page costs, what an account may still spend this month, what it has spent.

Amounts are yen. Source: user guide (与信限度額, 料金); months are calendar months of Asia/Tokyo.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DecimalField, F, Func, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable

from accounts.models import Account
from faxsend.models import AccountMonth, Fax, Submission, Tariff
from faxsend.numbers import TEST_NUMBER
from faxsend.states import FaxStatus

ZONE = ZoneInfo("Asia/Tokyo")

_TARIFF = Tariff._meta.db_table
_TEST_NUMBER = f"'^{TEST_NUMBER.pattern}$'".replace(r"\d", "[0-9]")

# The longest prefix that the number begins with; none at all costs nothing, and so do test numbers. The
# number stands in it once only, so that it may be a parameter.
PRICE_SQL = (
    f"COALESCE((SELECT tariff.yen_per_page FROM {_TARIFF} AS tariff,"  # noqa: S608
    " (SELECT %(expressions)s AS number) AS dialled"
    f" WHERE dialled.number !~ {_TEST_NUMBER} AND starts_with(dialled.number, tariff.prefix)"
    " ORDER BY length(tariff.prefix) DESC LIMIT 1), 0)"
)
"""Yen a page as SQL; ``PRICE_SQL % {"expressions": "contact.number"}`` for a statement of one's own."""

HEAD_SQL = (
    f"CASE WHEN %(expressions)s ~ {_TEST_NUMBER} THEN %(expressions)s"  # noqa: S608
    f" ELSE left(%(expressions)s, (SELECT COALESCE(max(length(prefix)), 0) FROM {_TARIFF})) END"
)
"""As much of a number as its price depends on: numbers in their thousands have a handful of heads."""


class PriceOf(Func):
    """Yen a page for a canonical number: ``price_of``."""

    template = PRICE_SQL
    output_field = DecimalField(max_digits=8, decimal_places=2)


def price_of(number: str | Combinable) -> Any:
    """What a page to ``number`` (a field's name, or ``Value`` of a canonical number) costs at this moment."""
    return PriceOf(F(number) if isinstance(number, str) else number)


def month_of(moment: datetime) -> date:
    """The first day of the calendar month, in Japan, that ``moment`` belongs to."""
    return moment.astimezone(ZONE).date().replace(day=1)


def cost_of(faxes: QuerySet[Fax]) -> Decimal:
    """What they cost if all their pages arrive."""
    whole = Sum(F("price") * F("submission__pages__count"), default=Decimal(0), output_field=DecimalField())
    cost: Decimal = faxes.aggregate(cost=whole)["cost"]
    return cost


def reserve(account_pk: int, month: date, cost: Decimal) -> bool:
    """Set ``cost`` aside if the account's credit limit allows it; without a limit always.

    The row of the month is the last lock that a transaction takes, after those of faxes and submissions:
    then no two can wait for each other.
    """
    if not cost:
        return True
    AccountMonth.objects.bulk_create(
        [AccountMonth(account_id=account_pk, month=month)], ignore_conflicts=True
    )
    # Judged by the row as it is once the others are done with it: the limit comes from a subquery of its own,
    # everything else from the row itself. A join would be judged by what was there before.
    limit = Account.objects.filter(pk=account_pk).values("credit_limit")
    room = AccountMonth.objects.filter(account=account_pk, month=month).alias(limit=Subquery(limit))
    fits = Q(limit=None) | Q(limit__gte=F("reserved") + F("charged") + cost)
    return room.filter(fits).update(reserved=F("reserved") + cost) == 1


def remaining(account_pk: int, month: date) -> Decimal | None:
    """What it may still spend in that month (与信残), not below zero; None: there is no limit."""
    limit = Account.objects.values_list("credit_limit", flat=True).get(pk=account_pk)
    if limit is None:
        return None
    used = AccountMonth.objects.filter(account=account_pk, month=month).values_list("reserved", "charged")
    return max(limit - sum(used.first() or (), Decimal(0)), Decimal(0))


def charge_of(fax: Fax, status: FaxStatus, *, pages_sent: int) -> Decimal:
    """What a fax that ends in ``status`` costs: its pages that arrived, and nothing if it failed."""
    if status is not FaxStatus.SENT or not fax.price:
        return Decimal(0)
    return fax.price * min(pages_sent, fax.submission.pages.count)


def settle(submission: Submission, fax: Fax, charged: Decimal) -> None:
    """What was set aside for ``fax`` is free again, what it cost is charged, in the month of its order.

    Nothing was set aside for an order on hold. Takes the row of the month: see ``reserve``.
    """
    if fax.price and submission.billing_month is not None:
        month = AccountMonth.objects.filter(account=fax.account_id, month=submission.billing_month)
        reserved = fax.price * submission.pages.count
        month.update(reserved=F("reserved") - reserved, charged=F("charged") + charged)


def release(submission: Submission, cost: Decimal) -> None:
    """What was set aside for faxes of an order is free again; nothing was for an order on hold. Locks as ``settle``."""
    if cost and submission.billing_month is not None:
        month = AccountMonth.objects.filter(account=submission.account_id, month=submission.billing_month)
        month.update(reserved=F("reserved") - cost)
