"""保留中: orders for which there is no credit left wait until there is, for a day at most.

The order that has waited longest is asked first. One that does not fit is passed over: a large list must not
keep the single faxes behind it waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import structlog
from django.db import OperationalError, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.installation import is_held
from faxsend.billing import cost_of, month_of, remaining, reserve
from faxsend.ending import end_waiting
from faxsend.models import Fax, Submission
from faxsend.moving import locked, move
from faxsend.results import HELD_FOR_CREDIT, OVER_LIMIT
from faxsend.states import FaxStatus

log = structlog.get_logger(__name__)

HELD_FOR = timedelta(hours=24)
"""Then it has failed (user guide)."""
ROWS_AT_ONCE = 1000


def reserve_or_hold(submissions: Sequence[Submission]) -> None:
    """Set aside what new orders of one account cost, in the month of the first; all wait if that is too much.

    The caller's transaction has made them and their faxes, and has nothing left to lock.
    """
    pks = [submission.pk for submission in submissions]
    orders, faxes = Submission.objects.filter(pk__in=pks), Fax.objects.filter(submission__in=pks)
    account, month = submissions[0].account_id, month_of(submissions[0].created_at)
    if reserve(account, month, cost_of(faxes)):
        orders.update(billing_month=month)
        for submission in submissions:
            submission.billing_month = month
        return
    log.info("over the credit limit", account=account, submissions=len(pks))
    move(faxes, FaxStatus.HELD, result_code=HELD_FOR_CREDIT)


def look() -> int:
    """Go through all that is on hold; how many orders have failed or were let go.

    None while this installation is held: the one it was restored from may have done so, and told of it.
    """
    if is_held():
        return 0
    now = timezone.now()
    held = Fax.objects.filter(status=FaxStatus.HELD)
    due = Coalesce("submission__send_at", "submission__created_at")
    overdue = held.annotate(due=due).filter(due__lt=now - HELD_FOR)
    failed = sum(_failed(pk) for pk in overdue.values_list("submission", flat=True).distinct())
    accounts = held.values_list("account", flat=True).distinct()
    return failed + sum(_let_go_what_fits(account, month_of(now)) for account in accounts)


def _failed(submission: int) -> bool:
    """One order that cannot be told of must not keep the others from their end."""
    try:
        held = Fax.objects.filter(submission=submission, status=FaxStatus.HELD)
        return bool(end_waiting(submission, held, FaxStatus.FAILED, result_code=OVER_LIMIT))
    except OperationalError:
        raise
    except Exception:
        log.exception("order on hold cannot be ended", submission=submission)
        return False


def _let_go_what_fits(account: int, month: date) -> int:
    """How many orders of the account have found their credit in that month."""
    held = Fax.objects.filter(account=account, status=FaxStatus.HELD).values("submission")
    costs = held.annotate(cost=Sum(F("price") * F("submission__pages__count")))
    oldest_first = costs.order_by("submission__created_at", "submission").values_list("submission", "cost")
    left = remaining(account, month)
    let_go = 0
    for submission, cost in oldest_first.iterator(ROWS_AT_ONCE):
        if (left is None or cost <= left) and _let_go(submission, account, month):
            left = remaining(account, month)
            let_go += 1
    return let_go


def _let_go(submission: int, account: int, month: date) -> bool:
    """In its order of locks: faxes, submission, month. False if somebody else was faster, on either side."""
    faxes = Fax.objects.filter(submission=submission, status=FaxStatus.HELD)
    try:
        with transaction.atomic():
            locked(faxes)
            if not move(faxes, FaxStatus.QUEUED, result_code=None):
                return False
            orders = Submission.objects.filter(pk=submission)
            orders.update(billing_month=month)
            waiting = Fax.objects.filter(submission=submission, status=FaxStatus.QUEUED)
            if not reserve(account, month, cost_of(waiting)):
                raise _SpentMeanwhile
    except _SpentMeanwhile:
        return False
    log.info("let go", submission=submission)
    return True


class _SpentMeanwhile(Exception):
    """Between the look and the reservation; the order stays on hold."""
