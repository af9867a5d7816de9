"""What an account has sent (送信履歴): one row a submission, and one submission with its faxes.

Only queries and what they mean. Lists go by keyset, and none of them reads sealed bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from accounts.models import Account
from faxsend.models import Attempt, Fax, Submission
from faxsend.numbers import display
from faxsend.states import FaxStatus

SUBMISSIONS_A_PAGE = 50
FAXES_A_PAGE = 100


class Shown(StrEnum):
    """What a customer reads about a fax or an order (FAXステータス): derived, never stored."""

    IN_PROCESS = "in-process"
    ON_HOLD = "on-hold"
    CHECKING = "checking"
    OK = "ok"
    ERROR = "error"


SHOWN_AS: dict[FaxStatus, Shown] = {
    FaxStatus.QUEUED: Shown.IN_PROCESS,
    FaxStatus.SENDING: Shown.IN_PROCESS,
    FaxStatus.HELD: Shown.ON_HOLD,
    FaxStatus.UNCERTAIN: Shown.CHECKING,
    FaxStatus.SENT: Shown.OK,
    FaxStatus.FAILED: Shown.ERROR,
    FaxStatus.CANCELED: Shown.ERROR,
}


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One submission as the list shows it. ``number`` and ``duration`` are those of a single send."""

    submission: Submission
    shown: Shown
    number: str | None
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``older`` is the token to go on from, None on the last page."""

    rows: tuple[HistoryRow, ...]
    older: str | None


def sent_faxes(account: Account, *, before: str | None = None) -> HistoryPage:
    """The account's submissions, newest first, those older than the submission ``before`` (a token).

    Raises ``Submission.DoesNotExist`` when the account has no submission of that token.
    """
    wanted = with_state(_of(account)).order_by("-created_at", "-id")
    if before is not None:
        created_at, pk = _of(account).values_list("created_at", "id").get(token=before)
        wanted = wanted.filter(_older_than(created_at, pk))
    found = list(wanted[: SUBMISSIONS_A_PAGE + 1])
    shown = found[:SUBMISSIONS_A_PAGE]
    older = shown[-1].token if len(found) > len(shown) else None
    return HistoryPage(tuple(_rows(shown)), older)


def one_submission(account: Account, token: str) -> Submission:
    """The account's submission of that token. Raises ``Submission.DoesNotExist``."""
    return with_state(_of(account)).get(token=token)


def with_state(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Ask, for orders that are not finished, what their open faxes are doing; ``shown`` reads it."""
    return submissions.annotate(
        working=_has_open(FaxStatus.QUEUED, FaxStatus.SENDING), held=_has_open(FaxStatus.HELD)
    )


def shown(submission: Submission) -> Shown:
    """The state of an order that comes from ``with_state``."""
    if not submission.open:
        return Shown.ERROR if submission.failed else Shown.OK
    if getattr(submission, "working", True):
        return Shown.IN_PROCESS
    return Shown.ON_HOLD if getattr(submission, "held", False) else Shown.CHECKING


def faxes_of(submission: Submission, *, after: int = 0) -> tuple[list[Fax], int | None]:
    """The faxes that follow the TransactionID ``after``, and the one to go on from (None: no more)."""
    calls = Prefetch("attempts", Attempt.objects.order_by("pk"))
    following = submission.faxes.filter(pk__gt=after).order_by("pk").prefetch_related(calls)
    found = list(following[: FAXES_A_PAGE + 1])
    faxes = found[:FAXES_A_PAGE]
    return faxes, faxes[-1].pk if len(found) > len(faxes) else None


def _of(account: Account) -> QuerySet[Submission]:
    return account.submissions.select_related("pages").defer("pages__tiff", "order_digest")


def _older_than(created_at: datetime, pk: int) -> TupleLessThan:
    """A row comparison, which the index answers; the spelled-out OR reads half of the table."""
    return TupleLessThan(Tuple("created_at", "id"), (created_at, pk))


def _has_open(*statuses: FaxStatus) -> Q:
    return Q(open__gt=0) & Q(Exists(Fax.objects.filter(submission=OuterRef("pk"), status__in=statuses)))


def _rows(submissions: list[Submission]) -> Iterable[HistoryRow]:
    singles = [submission.pk for submission in submissions if submission.total == 1]
    faxes = {fax.submission_id: fax for fax in Fax.objects.filter(submission__in=singles)}
    for submission in submissions:
        fax = faxes.get(submission.pk)
        number, duration = (display(fax.number), fax.duration) if fax else (None, None)
        yield HistoryRow(submission, shown(submission), number, duration)
