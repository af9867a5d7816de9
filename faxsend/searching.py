"""送信履歴の検索: an account's single faxes, by what was asked of them. Only queries, none reads sealed bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import Account
from faxsend.history import SHOWN_AS, Shown
from faxsend.models import Fax
from faxsend.partial_numbers import PartialNumber
from faxsend.states import FaxStatus

FOUND_A_PAGE = 50


class Searched(StrEnum):
    """FAXステータス as it is asked for: what is being checked has not ended, it counts as in process."""

    OK = "ok"
    ERROR = "error"
    IN_PROCESS = "in-process"
    ON_HOLD = "on-hold"


MEANS: dict[Searched, frozenset[Shown]] = {
    Searched.OK: frozenset({Shown.OK}),
    Searched.ERROR: frozenset({Shown.ERROR}),
    Searched.IN_PROCESS: frozenset({Shown.IN_PROCESS, Shown.CHECKING}),
    Searched.ON_HOLD: frozenset({Shown.ON_HOLD}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; empty parts ask nothing. ``first`` and ``last``: days in the account's time zone, both counted."""

    subject: str = ""
    number: PartialNumber | None = None
    reply_to: str = ""
    first: date | None = None
    last: date | None = None
    status: Searched | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """``older``: the TransactionID to go on from, None on the last page."""

    faxes: tuple[Fax, ...]
    older: int | None


def search(account: Account, question: Question, *, before: int | None = None) -> Found:
    """The account's faxes, newest first, those older than the TransactionID ``before``."""
    wanted = matching(account, question)
    if before is not None:
        wanted = wanted.filter(pk__lt=before)
    found = list(wanted[: FOUND_A_PAGE + 1])
    faxes = found[:FOUND_A_PAGE]
    return Found(tuple(faxes), faxes[-1].pk if len(found) > len(faxes) else None)


def matching(account: Account, question: Question) -> QuerySet[Fax]:
    """All of them, newest first, each with its submission and pages."""
    faxes = account.faxes.filter(
        _order_is(question), _number_fits(question.number), _in_period(account, question)
    )
    if question.status is not None:
        faxes = faxes.filter(status__in=_states_of(question.status))
    together = faxes.select_related("submission__pages")
    return together.defer("submission__pages__tiff", "submission__order_digest").order_by("-pk")


def _order_is(question: Question) -> Q:
    """Notifications go to From where the mail named no Reply-To."""
    wanted = Q()
    if question.subject:
        wanted &= Q(submission__subject__icontains=question.subject)
    if question.reply_to:
        instead = Q(submission__reply_to="", submission__from_address__iexact=question.reply_to)
        wanted &= Q(submission__reply_to__iexact=question.reply_to) | instead
    return wanted


def _number_fits(number: PartialNumber | None) -> Q:
    wanted = Q()
    if number is not None:
        if number.inside:
            wanted |= Q(number__contains=number.inside)
        for beginning in number.beginnings:
            wanted |= Q(number__startswith=beginning)
    return wanted


def _in_period(account: Account, question: Question) -> Q:
    zone = ZoneInfo(account.time_zone)
    wanted = Q()
    if question.first is not None:
        wanted &= Q(submission__created_at__gte=datetime.combine(question.first, time.min, zone))
    if question.last is not None:
        end = datetime.combine(question.last + timedelta(days=1), time.min, zone)
        wanted &= Q(submission__created_at__lt=end)
    return wanted


def _states_of(searched: Searched) -> list[FaxStatus]:
    return [status for status, shown in SHOWN_AS.items() if shown in MEANS[searched]]
