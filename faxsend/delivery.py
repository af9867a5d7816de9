"""From a queued fax to its result: claim, call, record, and pick up what a dead caller left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from cryptography.fernet import InvalidToken
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, F, IntegerField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from faxsend.carriers import AlreadyPlaced, Call, Outcome, Sighting, carrier_for, carrier_named
from faxsend.ending import end
from faxsend.lines import current_line, drop_line
from faxsend.models import Attempt, Fax, Submission
from faxsend.moving import move_one
from faxsend.numbers import display, result_asked_for
from faxsend.page_header import filled
from faxsend.rendering.header_line import with_header
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN, retry_makes_sense
from faxsend.states import FINAL, FaxStatus

log = structlog.get_logger(__name__)

UNCERTAIN_FOR = timedelta(hours=24)
UNREADABLE_PAUSE = timedelta(minutes=10)
"""Until pages that cannot be read (a key is missing, bytes are damaged) are tried again; operators see the log."""
UNREADABLE_FOR = timedelta(hours=24)


def transmit_next() -> bool:
    """Claim one fax that is due, call, record. False if there was nothing to do."""
    line = current_line()
    attempt = claim_next(line.lock)
    if attempt is None:
        return False
    try:
        call = _call_of(attempt)
        if call is None:
            _without_pages(attempt)
            return True
        record(attempt, carrier_named(attempt.carrier).place(call))
    except AlreadyPlaced:
        log.warning("call was looked into by somebody else", fax=attempt.fax_id, attempt=attempt.pk)
    except BaseException:
        # The lock is what says "somebody is calling"; without it the next look asks the carrier.
        drop_line()
        raise
    return True


def claim_next(line_lock: int) -> Attempt | None:
    """The next fax due, of the account with the fewest calls, moved to SENDING with its attempt committed.

    ``line_lock``: an advisory lock that the caller holds.
    """
    while True:
        try:
            with transaction.atomic():
                return _claim(line_lock)
        except IntegrityError:
            # Another line has begun to call the same number in this moment.
            continue


def _claim(line_lock: int) -> Attempt | None:
    now = timezone.now()
    sending = Fax.objects.filter(status=FaxStatus.SENDING)
    calls = sending.filter(account=OuterRef("account")).order_by().values("account").annotate(n=Count("pk"))
    fax = (
        Fax.objects.filter(status=FaxStatus.QUEUED, next_attempt_at__lte=now)
        .exclude(number__in=sending.values("number"))
        .annotate(calls=Coalesce(Subquery(calls.values("n"), output_field=IntegerField()), 0))
        .order_by("calls", "next_attempt_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if fax is None or not move_one(fax.pk, FaxStatus.SENDING, attempts_made=F("attempts_made") + 1):
        return None
    return Attempt.objects.create(
        fax=fax, carrier=carrier_for(fax.number).name, line_lock=line_lock, started_at=now
    )


def _call_of(attempt: Attempt) -> Call | None:
    """None where the pages cannot be read now."""
    try:
        fax = Fax.objects.select_related("submission__pages", "account").get(pk=attempt.fax_id)
        pages = _pages_of(fax, at=attempt.started_at)
    except (InvalidToken, ValueError) as error:
        log.error("pages cannot be read", fax=attempt.fax_id, reason=type(error).__name__)
        return None
    return Call(
        reference=str(attempt.pk),
        fax_id=fax.pk,
        number=fax.number,
        tiff=pages,
        first_page=1,
        csid=fax.account.csid,
    )


def _without_pages(attempt: Attempt) -> None:
    """Nothing was dialled: another look later, for a day; then it has failed, and the customer hears of it."""
    order = Submission.objects.get(faxes=attempt.fax_id)
    if timezone.now() - (order.send_at or order.created_at) < UNREADABLE_FOR:
        _give_back(attempt, pause=UNREADABLE_PAUSE)
    else:
        record(attempt, Outcome(INTERNAL_ERROR, pages_confirmed=0, duration=timedelta(0)))


def _pages_of(fax: Fax, *, at: datetime) -> bytes:
    """The stored pages, with the header line of this one call if the order has one."""
    order, account = fax.submission, fax.account
    if not order.pages.tiff:
        raise ValueError("the pages have been removed")
    if not order.page_header:
        return order.pages.tiff
    line = filled(
        order.page_header,
        at=at.astimezone(ZoneInfo(account.time_zone)),
        to=display(fax.number),
        sender=account.csid or account.name,
        pages=order.pages.count,
    )
    return with_header(order.pages.tiff, line)


@transaction.atomic
def record(attempt: Attempt, outcome: Outcome) -> None:
    """Write down how a call ended, and what follows from it. A second record of one attempt does nothing."""
    now = timezone.now()
    open_attempt = Attempt.objects.filter(pk=attempt.pk, ended_at=None)
    if not open_attempt.update(
        ended_at=now, result_code=outcome.code, pages_confirmed=outcome.pages_confirmed
    ):
        return
    orders = Fax.objects.select_related("submission__pages").defer("submission__pages__tiff")
    fax = orders.get(pk=attempt.fax_id)
    facts: dict[str, Any] = {
        "result_code": outcome.code,
        "pages_sent": outcome.pages_confirmed,
        "duration": outcome.duration,
        "remote_csid": outcome.remote_csid,
    }
    status = _status_after(fax, outcome.code)
    if status is FaxStatus.QUEUED:
        facts["next_attempt_at"] = now + timedelta(minutes=fax.submission.retry_interval)
    log.info("call ended", fax=fax.pk, attempt=attempt.pk, code=outcome.code, status=str(status))
    if status in FINAL:
        end(fax, status, **facts)
    else:
        move_one(fax.pk, status, **facts)


def _status_after(fax: Fax, code: int) -> FaxStatus:
    if code == OK:
        return FaxStatus.SENT
    if code == OUTCOME_UNKNOWN:
        return FaxStatus.UNCERTAIN
    again = result_asked_for(fax.number) is None and retry_makes_sense(
        code, attempts_made=fax.attempts_made, max_attempts=fax.submission.max_attempts
    )
    return FaxStatus.QUEUED if again else FaxStatus.FAILED


def recover() -> int:
    """Look into every call whose caller is gone; how many were settled."""
    attempts = Attempt.objects.filter(ended_at=None).select_related("fax")
    return sum(_settled(attempt) for attempt in attempts)


def _settled(attempt: Attempt) -> bool:
    """One call that cannot be settled must not keep the others from it."""
    try:
        return _settle(attempt)
    except OperationalError:
        raise
    except Exception:
        log.exception("call cannot be settled", fax=attempt.fax_id, attempt=attempt.pk)
        return False


def _settle(attempt: Attempt) -> bool:
    with transaction.atomic():
        if not _caller_is_gone(attempt.line_lock):
            return False
        found = carrier_named(attempt.carrier).find(str(attempt.pk))
        if found is Sighting.IN_PROGRESS:
            return False
        log.warning("caller was gone", fax=attempt.fax_id, attempt=attempt.pk, found=str(found))
        if isinstance(found, Outcome):
            record(attempt, found)
        else:
            _give_back(attempt)
        return True


def _caller_is_gone(line_lock: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [line_lock])
        row = cursor.fetchone()
    return bool(row and row[0])


@transaction.atomic
def _give_back(attempt: Attempt, *, pause: timedelta = timedelta(0)) -> None:
    """The call was never dialled: the fax is queued again, and the attempt does not count."""
    now = timezone.now()
    if Attempt.objects.filter(pk=attempt.pk, ended_at=None).update(ended_at=now):
        move_one(
            attempt.fax_id,
            FaxStatus.QUEUED,
            attempts_made=F("attempts_made") - 1,
            next_attempt_at=now + pause,
        )


def expire_uncertain() -> None:
    """What nobody could find out within 24 hours becomes an error of its own."""
    now = timezone.now()
    uncertain = Fax.objects.filter(status=FaxStatus.UNCERTAIN).annotate(since=Max("attempts__ended_at"))
    overdue = uncertain.filter(since__lt=now - UNCERTAIN_FOR)
    for fax in overdue:
        end(fax, FaxStatus.FAILED, result_code=OUTCOME_UNKNOWN)
