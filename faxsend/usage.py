"""利用明細: what an account has used of its credit, now and month by month.

Months and times are Japan's, whatever the account's time zone: so is the bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Account
from faxsend.billing import ZONE, month_of, remaining
from faxsend.holding import HELD_FOR
from faxsend.models import AccountMonth, Fax
from faxsend.states import FaxStatus

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Month:
    """Yen of the month that begins on ``first``; ``reserved``: of faxes that have not ended.

    ``detailed``: its single faxes are still known. The history keeps them until the end of the next month.
    """

    first: date
    reserved: Decimal = NOTHING
    charged: Decimal = NOTHING
    detailed: bool = True

    @property
    def used(self) -> Decimal:
        return self.reserved + self.charged


@dataclass(frozen=True, slots=True)
class Standing:
    """現在の状況. ``limit`` and ``remaining`` are None for an account without a limit."""

    limit: int | None
    this_month: Month
    remaining: Decimal | None
    on_hold: int


def standing_of(account: Account, this_month: Month) -> Standing:
    """As of now; ``on_hold`` counts orders."""
    held = account.faxes.filter(status=FaxStatus.HELD)
    return Standing(
        limit=account.credit_limit,
        this_month=this_month,
        remaining=remaining(account.pk, this_month.first),
        on_hold=held.values("submission").distinct().count(),
    )


def months_of(account: Account) -> list[Month]:
    """Newest first, from this one on: the two whose faxes are known, and all others that have cost something."""
    this = month_of(timezone.now())
    previous = month_of(datetime.combine(this, time(), ZONE) - timedelta(days=1))
    known = {first: Month(first) for first in (this, previous) if month_of(account.created_at) <= first}
    known.setdefault(this, Month(this))
    for first, reserved, charged in _sums(account):
        known[first] = Month(first, reserved, charged, detailed=first >= previous)
    return sorted(known.values(), key=lambda month: month.first, reverse=True)


def faxes_in(account: Account, month: Month) -> QuerySet[Fax]:
    """Those that the month was charged for, and those ordered in it for which there was no credit."""
    begin = datetime.combine(month.first, time(), ZONE)
    end = datetime.combine((month.first + timedelta(days=31)).replace(day=1), time(), ZONE)
    never = Q(submission__billing_month=None, submission__created_at__gte=begin)
    # What was on hold when the month began is charged in it, and is at most so old. The index finds it so.
    period = Q(submission__created_at__gte=begin - HELD_FOR, submission__created_at__lt=end)
    faxes = account.faxes.filter(period & (Q(submission__billing_month=month.first) | never))
    return faxes.select_related("submission").defer("submission__order_digest").order_by("pk")


def _sums(account: Account) -> QuerySet[AccountMonth, tuple[date, Decimal, Decimal]]:
    return account.months.values_list("month", "reserved", "charged")
