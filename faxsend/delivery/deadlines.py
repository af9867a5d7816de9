"""Nothing stays open for ever: every state that is no end has a deadline, and what happens then.

| state | deadline | then |
|---|---|---|
| QUEUED | 7 days after it was due, or was first given back undialled | error 205001: there were no lines for it |
| HELD | 24 hours after it was to begin (``faxsend.holding``) | error 205000 |
| SENDING | 6 hours after the call began | never dialled: QUEUED again; otherwise UNCERTAIN |
| UNCERTAIN | 24 hours after its last call; until then the carrier is asked again and again | error 206090 |
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import takewhile
from typing import TypeVar

import structlog
from django.db import OperationalError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from accounts.installation import is_held
from faxsend.carriers import Outcome, carrier_named
from faxsend.delivery.recording import give_back, record, record_at_last
from faxsend.delivery.undialled import undialled
from faxsend.ending import end
from faxsend.models import Attempt, Fax
from faxsend.results import INTERNAL_ERROR, OUTCOME_UNKNOWN
from faxsend.states import FaxStatus

log = structlog.get_logger(__name__)

QUEUED_FOR = timedelta(days=7)
SENDING_FOR = timedelta(hours=6)
"""A hundred dense pages at 2400 bit/s, the slowest that there is, take less."""
UNCERTAIN_FOR = timedelta(hours=24)

ASK_SECONDS = 60.0
"""A carrier that does not answer takes half a minute to say so, and the deadlines of all others are kept after it."""
FAXES_AT_ONCE = 1000
NO_END = "the call did not end"

Row = TypeVar("Row", Attempt, Fax)


def keep_deadlines(*, ask_seconds: float = ASK_SECONDS) -> int:
    """Ask again about calls of which nobody knows, and end what is overdue; how many were moved.

    ``ask_seconds``: after so long the next question waits for the next time. None while this installation is held: its operator decides first.
    """
    if is_held():
        return 0
    return (
        _each(_ask_again, _unknown_calls(), seconds=ask_seconds)
        + _each(_give_up_call, _endless_calls())
        + _each(_fail_uncertain, _uncertain_for_too_long())
        + _each(_fail_queued, _queued_for_too_long())
        + _each(_fail_queued, _given_back_for_too_long())
    )


def _each(move: Callable[[Row], bool], rows: QuerySet[Row], *, seconds: float = math.inf) -> int:
    over = time.monotonic() + seconds
    in_time = takewhile(lambda row: time.monotonic() < over, rows[:FAXES_AT_ONCE])
    return sum(_moved(move, row) for row in in_time)


def _moved(move: Callable[[Row], bool], row: Row) -> bool:
    """One that cannot be moved must not keep the others from it."""
    try:
        return move(row)
    except OperationalError:
        raise
    except Exception:
        log.exception("deadline cannot be kept", what=type(row).__name__, pk=row.pk)
        return False


def _unknown_calls() -> QuerySet[Attempt]:
    """The last call of each fax that is UNCERTAIN."""
    uncertain = Fax.objects.filter(status=FaxStatus.UNCERTAIN)
    return (
        Attempt.objects.filter(fax__in=uncertain, result_code=OUTCOME_UNKNOWN)
        .order_by("fax", "-pk")
        .distinct("fax")
    )


def _ask_again(attempt: Attempt) -> bool:
    """That the carrier does not remember the call is no proof that it was never made."""
    found = carrier_named(attempt.carrier).find(str(attempt.pk))
    if not isinstance(found, Outcome) or found.code == OUTCOME_UNKNOWN:
        return False
    return record_at_last(attempt, found)


def _endless_calls() -> QuerySet[Attempt]:
    return Attempt.objects.filter(ended_at=None, started_at__lt=timezone.now() - SENDING_FOR)


def _give_up_call(attempt: Attempt) -> bool:
    """Also if its caller lives: what that records later is too late."""
    log.error("call does not end", fax=attempt.fax_id, attempt=attempt.pk)
    if _called_off(attempt):
        return give_back(attempt)
    return record(attempt, Outcome(OUTCOME_UNKNOWN, attempt.first_page - 1, SENDING_FOR, engine_words=NO_END))


def _called_off(attempt: Attempt) -> bool:
    """A carrier that is not set up any more, or whose journal cannot be written, calls nothing off."""
    try:
        return carrier_named(attempt.carrier).cancel(str(attempt.pk))
    except Exception:
        log.exception("call cannot be called off", fax=attempt.fax_id, attempt=attempt.pk)
        return False


def _uncertain_for_too_long() -> QuerySet[Fax]:
    uncertain = Fax.objects.filter(status=FaxStatus.UNCERTAIN).annotate(since=Max("attempts__ended_at"))
    return uncertain.filter(since__lt=timezone.now() - UNCERTAIN_FOR)


def _fail_uncertain(fax: Fax) -> bool:
    return _fail(fax, OUTCOME_UNKNOWN)


def _queued_for_too_long() -> QuerySet[Fax]:
    return Fax.objects.filter(status=FaxStatus.QUEUED, next_attempt_at__lt=timezone.now() - QUEUED_FOR)


def _given_back_for_too_long() -> QuerySet[Fax]:
    """Their next attempt is always a minute away: no carrier can dial them."""
    week_ago = timezone.now() - QUEUED_FOR
    since = undialled().filter(fax=OuterRef("pk"), started_at__lt=week_ago)
    return Fax.objects.filter(Exists(since), status=FaxStatus.QUEUED, created_at__lt=week_ago)


def _fail_queued(fax: Fax) -> bool:
    log.error("no line for a fax", fax=fax.pk)
    return _fail(fax, INTERNAL_ERROR)


@transaction.atomic
def _fail(fax: Fax, code: int) -> bool:
    """Unless it has moved on since it was found: what a line calls at this moment may well arrive."""
    still = Fax.objects.select_for_update(of=("self",)).filter(pk=fax.pk, status=fax.status)
    return still.first() is not None and end(fax, FaxStatus.FAILED, result_code=code)
