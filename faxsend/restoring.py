"""A database that came from a backup: what waits in it, and how an operator lets it go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Min, Model, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.installation import is_held, take_over
from faxsend import delivery
from faxsend.carriers import Outcome
from faxsend.ending import end
from faxsend.models import Attempt, Fax, InboundMessage, InboundStatus
from faxsend.results import OUTCOME_UNKNOWN
from faxsend.states import FaxStatus
from notifications.models import MailState, OutgoingMail

LEAP = 10_000_000
"""How many keys are left out at a release: the lost installation has given out some after the backup. Customers
have read those of faxes, carriers remember those of calls."""

log = structlog.get_logger(__name__)


class NotHeld(Exception):
    """This installation works: there is nothing to release."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What would go on at a release; ``oldest``: when the first of it was ordered or written, if there is any.

    ``calls``: under way when the backup was taken, or when this installation was stopped from working.
    """

    queued: int
    calls: int
    uncertain: int
    on_hold: int
    inbound: int
    mails: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Released:
    """``calls`` are being checked now; ``given_up_faxes`` have failed, ``given_up_mails`` will not be sent."""

    calls: int
    given_up_faxes: int
    given_up_mails: int


def waiting() -> Waiting:
    """Counts of the whole database: for operators."""
    faxes = Fax.objects.order_by()
    open_faxes = faxes.filter(status__in=[FaxStatus.QUEUED, FaxStatus.SENDING, FaxStatus.HELD])
    mails = OutgoingMail.objects.filter(state=MailState.WAITING)
    inbound = InboundMessage.objects.filter(status=InboundStatus.RECEIVED)
    began = [
        _first(open_faxes, "created_at"),
        _first(mails, "created_at"),
        _first(inbound, "received_at"),
    ]
    return Waiting(
        queued=faxes.filter(status=FaxStatus.QUEUED).count(),
        calls=Attempt.objects.filter(ended_at=None).count(),
        uncertain=faxes.filter(status=FaxStatus.UNCERTAIN).count(),
        on_hold=faxes.filter(status=FaxStatus.HELD).count(),
        inbound=inbound.count(),
        mails=mails.count(),
        oldest=min((moment for moment in began if moment), default=None),
    )


@transaction.atomic
def release(*, give_up_before: datetime | None = None) -> Released:
    """Let this installation work, and no other. Raises ``NotHeld``.

    Nobody here can say how calls under way ended: their carrier's journal is elsewhere, and to ask an empty one
    would bring "never dialled". ``give_up_before``: when the lost installation stopped. What was due before may
    have been done by it: such faxes fail with 206090, of which their customers hear, such mails are not sent.
    """
    if not is_held():
        raise NotHeld
    calls = list(Attempt.objects.filter(ended_at=None))
    for attempt in calls:
        _end_call(attempt)
    faxes = mails = 0
    if give_up_before is not None:
        mails = _give_up_mails(give_up_before)
        faxes = _give_up_faxes(give_up_before)
    for model in (Fax, Attempt):
        _leap(model)
    take_over()
    released = Released(calls=len(calls), given_up_faxes=faxes, given_up_mails=mails)
    log.warning("installation released", calls=released.calls, faxes=faxes, mails=mails)
    return released


def _first(
    rows: QuerySet[Fax] | QuerySet[OutgoingMail] | QuerySet[InboundMessage], column: str
) -> datetime | None:
    first: datetime | None = rows.aggregate(first=Min(column))["first"]
    return first


def _end_call(attempt: Attempt) -> None:
    """Pages of earlier calls stay confirmed."""
    outcome = Outcome(
        OUTCOME_UNKNOWN,
        pages_confirmed=attempt.first_page - 1,
        duration=timedelta(0),
        engine_words="under way when the backup was taken",
    )
    delivery.record(attempt, outcome)


def _give_up_mails(moment: datetime) -> int:
    before = Q(created_at__lt=moment, next_try_at__lt=moment)
    due = OutgoingMail.objects.filter(before, state=MailState.WAITING)
    return due.update(state=MailState.FAILED, error="given up when a backup was restored")


def _give_up_faxes(moment: datetime) -> int:
    """A mail from before that becomes a fax only here counts as from before."""
    ordered = Coalesce("submission__send_at", "submission__message__received_at", "created_at")
    queued = Fax.objects.filter(status=FaxStatus.QUEUED).annotate(ordered=ordered)
    due = queued.filter(Q(next_attempt_at__lt=moment) | Q(attempts_made=0, ordered__lt=moment))
    return sum(end(fax, FaxStatus.FAILED, result_code=OUTCOME_UNKNOWN) for fax in due.order_by("pk"))


def _leap(model: type[Model]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(sequence, nextval(sequence) + %s) FROM pg_get_serial_sequence(%s, 'id') AS sequence",
            [LEAP, table],
        )
