"""RETENTION: what is kept how long. Runs at night in small pieces, each a transaction of its own.

| what | how long | where |
|---|---|---|
| page images | 14 days after the last fax over them has ended; without 「keep page images」 until it has ended | ``Pages.tiff`` |
| history: orders, faxes, calls, what pages they had | the month after the one in which the order ended [user guide] | ``Submission``, ``Fax``, ``Attempt``, ``Pages`` |
| raw mail | 7 days after it came, once it has been answered | ``Content`` |
| parked mail | 14 days, then it is given up and answered | ``InboundMessage`` |
| that a mail came, and why it was refused | the month after the one in which it came, and as long as its order | ``InboundMessage`` |
| mail that left or was given up | its text 7 days, that there was one the month after | ``OutgoingMail`` |
| content keys that served an order, signatures that proved one | two years | ``SeenEnvelope``, ``SeenSignature`` |
| sessions of the site | until they have expired | ``django_session`` |
| what the simulated machines received, and its journal of calls | 14 days | files under ``DATA_DIR`` |

Months are those of Japan. What is still open is never touched: orders in process, on hold or being checked, mail
that waits. Rows that somebody is working on are passed over, and found again the next night. What is not named
here stays: accounts and what they have set up, certificates, months of usage, what operators have done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account
from certificates.models import SeenEnvelope
from faxsend import parked
from faxsend.billing import ZONE, month_of
from faxsend.carriers.hylafax import journal_in
from faxsend.carriers.simulator import SimulatorCarrier
from faxsend.carriers.spandsp import SpandspCarrier
from faxsend.models import (
    Attempt,
    Content,
    Fax,
    InboundMessage,
    InboundStatus,
    Pages,
    SeenSignature,
    Submission,
)
from notifications.models import MailState, OutgoingMail

log = structlog.get_logger(__name__)

PAGES_FOR = timedelta(days=14)
CONTENT_FOR = timedelta(days=7)
PARKED_FOR = timedelta(days=14)
"""Its row stays longer, so that the refusal can be read on the site."""
OUTGOING_CONTENT_FOR = timedelta(days=7)
ENVELOPES_FOR = SIGNATURES_FOR = timedelta(days=2 * 365)
RECEIVED_FOR = timedelta(days=14)
ROWS_AT_ONCE = 1000
IN_PROCESS = (InboundStatus.RECEIVED, InboundStatus.PARKED)


@dataclass(frozen=True, slots=True)
class Rule:
    """``due``: the rows whose time is over at a moment; ``remove`` takes some of them, locked by now."""

    name: str
    due: Callable[[datetime], QuerySet[Any]]
    remove: Callable[[QuerySet[Any], datetime], object]


def remove_what_is_due(now: datetime, *, seconds: float, rows_at_once: int = ROWS_AT_ONCE) -> bool:
    """Remove for about so many seconds; whether something may be left.

    Again at once, or by two at the same time, it does no harm. What fails is logged and tried again the next
    night.
    """
    end = monotonic() + seconds
    for rule in RULES:
        with _holding_up_nothing(rule.name):
            for removed in _pieces(rule, now, rows_at_once):
                log.info("retention", what=rule.name, rows=removed)
                if monotonic() >= end:
                    return True
    with _holding_up_nothing("files of calls"):
        _remove_files(now)
    return False


@contextmanager
def _holding_up_nothing(what: str) -> Iterator[None]:
    """One thing that cannot be removed must not keep the others for good."""
    try:
        yield
    except OperationalError:
        raise
    except Exception as error:
        # Its class alone: the text may say what stands in a mail.
        log.error("retention failed", what=what, reason=type(error).__name__)


def history_cutoff(now: datetime) -> datetime:
    """What ended before this moment has been kept until the end of the month after, in Japan."""
    last_of_month_before = month_of(now) - timedelta(days=1)
    first = last_of_month_before.replace(day=1)
    return datetime(first.year, first.month, first.day, tzinfo=ZONE)


def _pieces(rule: Rule, now: datetime, rows_at_once: int) -> Iterator[int]:
    """How many rows each piece had; ends when nothing is due, or the rest is in other hands."""
    last = None
    while True:
        with transaction.atomic():
            due = rule.due(now).order_by("pk")
            found = due if last is None else due.filter(pk__gt=last)
            locked = found.select_for_update(skip_locked=True)
            keys = list(locked.values_list("pk", flat=True)[:rows_at_once])
            if keys:
                # Asked again, now that they are locked: a resend may just have come to need them.
                rule.remove(rule.due(now).filter(pk__in=keys), now)
        if not keys:
            return
        last = keys[-1]
        yield len(keys)


def _delete(rows: QuerySet[Any], now: datetime) -> None:
    rows.delete()


def _parked(now: datetime) -> QuerySet[InboundMessage]:
    return InboundMessage.objects.filter(status=InboundStatus.PARKED, received_at__lte=now - PARKED_FOR)


def _give_up(rows: QuerySet[InboundMessage], now: datetime) -> None:
    for message in rows:
        with _holding_up_nothing(f"parked mail {message.token}"):
            parked.give_up(message)


def _contents(now: datetime) -> QuerySet[Content]:
    answered = InboundMessage.objects.exclude(status__in=IN_PROCESS)
    return Content.objects.filter(message__in=answered.filter(received_at__lte=now - CONTENT_FOR))


def _images(now: datetime) -> QuerySet[Pages]:
    orders = Submission.objects.filter(pages=OuterRef("pk"))
    needed = orders.filter(Q(completed_at=None) | Q(open__gt=0))
    lately = orders.filter(completed_at__gt=now - PAGES_FOR)
    kept = Account.objects.filter(keep_pages=True).values("pk")
    stored = Pages.objects.filter(Exists(orders), removed_at=None)
    return stored.exclude(Exists(needed)).exclude(Exists(lately), account__in=kept)


def _remove_images(rows: QuerySet[Pages], now: datetime) -> None:
    rows.update(tiff=b"", removed_at=now)


def _orders(now: datetime) -> QuerySet[Submission]:
    return Submission.objects.filter(open=0, completed_at__lt=history_cutoff(now))


def _faxes(now: datetime) -> QuerySet[Fax]:
    return Fax.objects.filter(submission__in=_orders(now))


def _empty_orders(now: datetime) -> QuerySet[Submission]:
    return _orders(now).exclude(Exists(Fax.objects.filter(submission=OuterRef("pk"))))


def _pages_of_nothing(now: datetime) -> QuerySet[Pages]:
    # Those of an order that is being made are not seen before it is.
    return Pages.objects.exclude(Exists(Submission.objects.filter(pages=OuterRef("pk"))))


def _messages(now: datetime) -> QuerySet[InboundMessage]:
    ended = InboundMessage.objects.exclude(status__in=IN_PROCESS)
    with_order = Submission.objects.filter(message=OuterRef("pk"))
    return ended.filter(received_at__lt=history_cutoff(now)).exclude(Exists(with_order))


def _outgoing_contents(now: datetime) -> QuerySet[OutgoingMail]:
    ended = OutgoingMail.objects.exclude(state=MailState.WAITING).exclude(content=b"", wire=b"")
    before = now - OUTGOING_CONTENT_FOR
    return ended.filter(Q(sent_at__lte=before) | Q(sent_at=None, created_at__lte=before))


def _empty_outgoing(rows: QuerySet[OutgoingMail], now: datetime) -> None:
    rows.update(content=b"", wire=b"")


def _outgoing(now: datetime) -> QuerySet[OutgoingMail]:
    ended = OutgoingMail.objects.exclude(state=MailState.WAITING)
    before = history_cutoff(now)
    return ended.filter(Q(sent_at__lt=before) | Q(sent_at=None, created_at__lt=before))


RULES = (
    Rule("parked mail", _parked, _give_up),
    Rule("raw mail", _contents, _delete),
    Rule("page images", _images, _remove_images),
    Rule("faxes", _faxes, _delete),
    Rule("orders", _empty_orders, _delete),
    Rule("pages", _pages_of_nothing, _delete),
    Rule("inbound messages", _messages, _delete),
    Rule("texts of outgoing mail", _outgoing_contents, _empty_outgoing),
    Rule("outgoing mail", _outgoing, _delete),
    Rule("envelopes", lambda now: SeenEnvelope.objects.filter(seen_at__lte=now - ENVELOPES_FOR), _delete),
    Rule("signatures", lambda now: SeenSignature.objects.filter(seen_at__lte=now - SIGNATURES_FOR), _delete),
    Rule("sessions", lambda now: Session.objects.filter(expire_date__lte=now), _delete),
)
"""In this order: what refers to something goes before it."""


def _remove_files(now: datetime) -> None:
    """The calls that have not ended need their journal to say what became of them."""
    calling = {str(pk) for pk in Attempt.objects.filter(ended_at=None).values_list("pk", flat=True)}
    carriers = (
        SimulatorCarrier(data_dir=settings.DATA_DIR, call_seconds=0),
        SpandspCarrier(data_dir=settings.DATA_DIR, faults=""),
        journal_in(settings.DATA_DIR),
    )
    removed = sum(carrier.forget(before=now - RECEIVED_FOR, but=calling) for carrier in carriers)
    log.info("retention", what="files of calls", files=removed)
