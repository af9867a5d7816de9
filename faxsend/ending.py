"""What follows when a fax has come to its end: it is charged and counted, and with the last one told of.

All in one transaction, and rows are locked in this order: fax, submission, month.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from faxsend import reporting
from faxsend.billing import charge_of, cost_of, release, settle
from faxsend.models import Fax, Submission
from faxsend.moving import locked, move, move_one
from faxsend.states import FaxStatus, sources_of


@transaction.atomic
def end(fax: Fax, status: FaxStatus, **facts: Any) -> bool:
    """Move one fax to a final state; False if no way leads there from where it is.

    ``facts``: columns of it that change as well.
    """
    now = timezone.now()
    charged = charge_of(fax, status, pages_sent=facts.get("pages_sent", fax.pages_sent))
    if not move_one(fax.pk, status, charged=charged, completed_at=now, **facts):
        return False
    settle(_count(fax.submission_id, status, now), fax, charged)
    return True


@transaction.atomic
def end_waiting(submission_pk: int, faxes: QuerySet[Fax], status: FaxStatus, **facts: Any) -> int:
    """Move those of an order's ``faxes`` that may go there to a final state that costs nothing; how many there were.

    What was set aside for them is free again.
    """
    chosen = Fax.objects.filter(pk__in=locked(faxes.filter(status__in=sources_of(status))))
    now = timezone.now()
    ended = move(chosen, status, completed_at=now, **facts)
    if ended:
        release(_count(submission_pk, status, now, faxes=ended), cost_of(chosen))
    return ended


def _count(submission_pk: int, status: FaxStatus, now: datetime, *, faxes: int = 1) -> Submission:
    """So many faxes fewer are open; whoever ends the last one tells the customer, in this very transaction."""
    orders = Submission.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "account", "pages"
    )
    submission = orders.defer("pages__tiff", "order_digest").get(pk=submission_pk)
    submission.open -= faxes
    if status is FaxStatus.SENT:
        submission.ok += faxes
    else:
        submission.failed += faxes
    if submission.open == 0:
        submission.completed_at = now
        reporting.tell(submission)
    submission.save(update_fields=["open", "ok", "failed", "completed_at"])
    return submission
