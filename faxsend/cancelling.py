"""キャンセル: what has not been dialled is not sent. A call that has begun goes on (user guide).

Whether a fax waits decides the state table, in the UPDATE: of a claim and a cancellation at once one comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts.models import Account
from faxsend.ending import end_waiting
from faxsend.models import Fax, Submission
from faxsend.results import CANCELED
from faxsend.states import FaxStatus, sources_of

log = structlog.get_logger(__name__)

CANCELABLE = frozenset(sources_of(FaxStatus.CANCELED))


@dataclass(frozen=True, slots=True)
class Canceled:
    """How many faxes were canceled, and how many go on: their calls had begun."""

    faxes: int
    going_on: int


def before_cancelling(order: Submission, fax: Fax | None = None) -> Canceled:
    """What ``cancel`` (or ``cancel_fax``) would do at this moment."""
    faxes = order.faxes.all() if fax is None else order.faxes.filter(pk=fax.pk)
    waiting = Count("pk", filter=Q(status__in=CANCELABLE))
    return Canceled(
        **faxes.aggregate(faxes=waiting, going_on=Count("pk", filter=Q(status=FaxStatus.SENDING)))
    )


def cancel(account: Account, token: str) -> Canceled:
    """All faxes of an order that wait (一括キャンセル). Raises ``Submission.DoesNotExist``."""
    order = account.submissions.only("pk").get(token=token)
    return _cancel(order, order.faxes.all())


def cancel_fax(account: Account, token: str, fax_pk: int) -> Canceled:
    """One fax of an order. Raises ``Submission.DoesNotExist``, ``Fax.DoesNotExist``."""
    order = account.submissions.only("pk").get(token=token)
    fax = order.faxes.only("pk").get(pk=fax_pk)
    return _cancel(order, order.faxes.filter(pk=fax.pk))


@transaction.atomic
def _cancel(order: Submission, faxes: QuerySet[Fax]) -> Canceled:
    canceled = end_waiting(order.pk, faxes, FaxStatus.CANCELED, result_code=CANCELED)
    going_on = faxes.filter(status=FaxStatus.SENDING).count()
    log.info("canceled", submission=order.pk, faxes=canceled, going_on=going_on)
    return Canceled(canceled, going_on)
