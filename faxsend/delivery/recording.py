"""What follows from the outcome of a call: the fax has ended, is called again, or nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from faxsend.carriers import Outcome
from faxsend.delivery.undialled import PAUSE, undialled
from faxsend.ending import end
from faxsend.models import Attempt, Fax
from faxsend.moving import move_one
from faxsend.numbers import result_asked_for
from faxsend.rendering import Resolution
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN, retry_makes_sense
from faxsend.states import FINAL, FaxStatus

log = structlog.get_logger(__name__)

UNREADABLE_PAUSE = timedelta(minutes=10)
"""Until pages that cannot be read (a key is missing, bytes are damaged) are tried again; operators see the log."""
UNREADABLE_FOR = timedelta(hours=24)
CSID_LENGTH, WORDS_LENGTH = 20, 200


@transaction.atomic
def record(attempt: Attempt, outcome: Outcome) -> bool:
    """Write down how a call ended, and what follows from it. False, and nothing done, for a call that has a record."""
    open_attempt = Attempt.objects.filter(pk=attempt.pk, ended_at=None)
    if not open_attempt.update(ended_at=timezone.now(), **_facts_of(outcome)):
        return False
    _follow(attempt, outcome)
    return True


@transaction.atomic
def record_at_last(attempt: Attempt, outcome: Outcome) -> bool:
    """As ``record``, for a call of which nobody knew, and now the carrier does. False if it was decided meanwhile."""
    undecided = Fax.objects.select_for_update(of=("self",)).filter(status=FaxStatus.UNCERTAIN)
    if undecided.filter(pk=attempt.fax_id).first() is None:
        return False
    unknown = Attempt.objects.filter(pk=attempt.pk, result_code=OUTCOME_UNKNOWN)
    if not unknown.update(**_facts_of(outcome)):
        return False
    _follow(attempt, outcome)
    return True


def _facts_of(outcome: Outcome) -> dict[str, Any]:
    """The columns of an attempt, whatever a stranger's machine has said."""
    return {
        "result_code": outcome.code,
        "pages_confirmed": outcome.pages_confirmed,
        "duration": outcome.duration,
        "remote_csid": _cut(outcome.remote_csid, CSID_LENGTH),
        "bits_per_second": outcome.bits_per_second,
        "ecm": outcome.ecm,
        "engine_words": _cut(outcome.engine_words, WORDS_LENGTH),
    }


def _cut(text: str, length: int) -> str:
    return "".join(filter(str.isprintable, text))[:length]


def _follow(attempt: Attempt, outcome: Outcome) -> None:
    orders = Fax.objects.select_related("submission__pages").defer("submission__pages__tiff")
    fax = orders.get(pk=attempt.fax_id)
    facts: dict[str, Any] = {
        "result_code": outcome.code,
        "pages_sent": max(fax.pages_sent, outcome.pages_confirmed),
        "undialled_since": None,
        "duration": fax.attempts.aggregate(spent=Sum("duration"))["spent"],
        "remote_csid": _cut(outcome.remote_csid, CSID_LENGTH),
    }
    status = _status_after(fax, outcome, pages_sent=facts["pages_sent"])
    if status is FaxStatus.SENT:
        facts["result_code"] = OK
    if status is FaxStatus.QUEUED:
        facts |= _again(fax, outcome)
    log.info("call ended", fax=fax.pk, attempt=attempt.pk, code=outcome.code, status=str(status))
    if status in FINAL:
        end(fax, status, **facts)
    else:
        move_one(fax.pk, status, **facts)


def _status_after(fax: Fax, outcome: Outcome, *, pages_sent: int) -> FaxStatus:
    if outcome.code == OK:
        return FaxStatus.SENT
    if result_asked_for(fax.number) is not None:
        return FaxStatus.FAILED
    if outcome.code == OUTCOME_UNKNOWN:
        return FaxStatus.UNCERTAIN
    if pages_sent >= fax.submission.pages.count:
        # Another call would have nothing to send: the receiver has confirmed every page.
        return FaxStatus.SENT
    return FaxStatus.QUEUED if _may_call_again(fax, outcome) else FaxStatus.FAILED


def _may_call_again(fax: Fax, outcome: Outcome) -> bool:
    if _wants_standard(fax, outcome):
        return True  # once a fax, and it does not count: who allows one call means one that can succeed
    most = fax.submission.max_attempts
    results = fax.attempts.order_by("pk").values_list("result_code", flat=True)
    codes = [code for code in results if code is not None]
    return retry_makes_sense(codes, attempts_made=fax.attempts_made, max_attempts=most)


def _again(fax: Fax, outcome: Outcome) -> dict[str, Any]:
    """At once if it is only that the pages were too fine: the number has its turn where it had it."""
    if _wants_standard(fax, outcome):
        return {"standard_only": True, "attempts_made": F("attempts_made") - 1}
    return {"next_attempt_at": timezone.now() + timedelta(minutes=fax.submission.retry_interval)}


def _wants_standard(fax: Fax, outcome: Outcome) -> bool:
    fine = fax.submission.pages.resolution == Resolution.FINE and not fax.standard_only
    return outcome.resolution_refused and fine


def record_without_pages(attempt: Attempt) -> None:
    """Nothing was dialled: another look later, for a day; then it has failed, and the customer hears of it.

    The day begins with the first look: a wrong key must not end at once what had waited long for a line.
    """
    earlier = undialled().filter(fax=attempt.fax_id)
    if not earlier.filter(started_at__lt=timezone.now() - UNREADABLE_FOR).exists():
        give_back(attempt, pause=UNREADABLE_PAUSE)
    else:
        record(attempt, Outcome(INTERNAL_ERROR, pages_confirmed=0, duration=timedelta(0)))


def put_off(attempt: Attempt) -> bool:
    """No carrier could place the call; operators hear of it if that goes on. False as in ``record``."""
    since = Coalesce(F("undialled_since"), Value(timezone.now()))
    return give_back(attempt, pause=PAUSE, undialled_since=since)


@transaction.atomic
def give_back(attempt: Attempt, *, pause: timedelta = timedelta(0), **facts: Any) -> bool:
    """The call was never dialled: the fax is queued again, and the attempt does not count. False as in ``record``."""
    now = timezone.now()
    if not Attempt.objects.filter(pk=attempt.pk, ended_at=None).update(ended_at=now):
        return False
    return move_one(
        attempt.fax_id,
        FaxStatus.QUEUED,
        attempts_made=F("attempts_made") - 1,
        next_attempt_at=now + pause,
        **facts,
    )
