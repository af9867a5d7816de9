"""How one fax has fared: its calls one after the other, and when the next one is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from faxsend.models import Attempt, Fax
from faxsend.results import OK
from faxsend.states import FaxStatus
from faxsend.wording import result_text

CALLS_SHOWN = 50
"""Far more than an account may ask for; but operators can let a fax be called again without end."""

# What the carrier says in its own words is for operators, and not read here.
_TOLD = [
    "fax",
    "started_at",
    "ended_at",
    "result_code",
    "first_page",
    "pages_confirmed",
    "duration",
    "remote_csid",
]
_NEVER_DIALLED = Q(ended_at__isnull=False, result_code=None)


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call in words. ``pages``: those that the receiver confirmed in it, ``2–3``; empty: none."""

    attempt: Attempt
    result: str
    pages: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """``calls``: the newest ones, in their order.

    ``waits``: another call is to be made, at ``next_call_at``; None: as soon as a line is free.
    """

    calls: tuple[CallLine, ...]
    waits: bool
    next_call_at: datetime | None


def timeline_of(fax: Fax) -> Timeline:
    """In the language of the page. What was claimed and given back, never dialled, is no call."""
    calls = fax.attempts.exclude(_NEVER_DIALLED).only(*_TOLD).order_by("-pk")[:CALLS_SHOWN]
    waits = fax.status == FaxStatus.QUEUED
    due = waits and fax.next_attempt_at <= timezone.now()
    return Timeline(
        calls=tuple(_line(call) for call in reversed(calls)),
        waits=waits,
        next_call_at=fax.next_attempt_at if waits and not due else None,
    )


def _line(call: Attempt) -> CallLine:
    code = call.result_code
    return CallLine(
        attempt=call,
        result=gettext("Being transmitted") if code is None else result_text(code) or gettext("OK"),
        pages=pages_in_words(call),
        failed=code not in (None, OK),
    )


def pages_in_words(call: Attempt) -> str:
    """The pages that the receiver confirmed in it, counted from the first of the fax: ``2–3``; empty: none."""
    first, last = call.first_page, call.pages_confirmed
    if last < first:
        return ""
    return str(first) if first == last else f"{first}–{last}"
