"""What an account has sent (送信履歴): one row a submission, and one submission with its faxes.

Only queries and what they mean. Lists go by keyset, and none of them reads sealed bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.utils import timezone

from accounts.models import Account
from faxsend import resending
from faxsend.cancelling import CANCELABLE
from faxsend.models import Fax, Submission
from faxsend.numbers import display
from faxsend.states import FaxStatus

SUBMISSIONS_A_PAGE = 50
FAXES_A_PAGE = 100
RESENDS_NAMED = 5


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
    """One submission as the list shows it. ``number`` and ``contact_name`` are those of a single send.

    ``duration`` is the sum of all its faxes, None before the first has a result. ``scheduled_for`` as the
    function of that name says.
    """

    submission: Submission
    shown: Shown
    number: str | None
    contact_name: str
    duration: timedelta | None
    resendable: bool
    cancelable: bool
    scheduled_for: datetime | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``older`` is the token to go on from, None on the last page."""

    rows: tuple[HistoryRow, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Resent:
    """A resend and, of a single send, its number."""

    submission: Submission
    number: str | None


@dataclass(frozen=True, slots=True)
class Resends:
    """The newest ones, and how many there are beside them."""

    newest: tuple[Resent, ...]
    others: int


def sent_faxes(account: Account, *, before: str | None = None, hidden: bool = False) -> HistoryPage:
    """The account's submissions, newest first, those older than the submission ``before`` (a token).

    Those in the list, or those that were taken out of it; ``before`` may be any of both.
    Raises ``Submission.DoesNotExist`` when the account has no submission of that token.
    """
    kept = _of(account).filter(hidden_at__isnull=not hidden)
    wanted = with_state(kept).order_by("-created_at", "-id")
    if before is not None:
        created_at, pk = _of(account).values_list("created_at", "id").get(token=before)
        wanted = wanted.filter(_older_than(created_at, pk))
    found = list(wanted[: SUBMISSIONS_A_PAGE + 1])
    shown = found[:SUBMISSIONS_A_PAGE]
    older = shown[-1].token if len(found) > len(shown) else None
    return HistoryPage(tuple(_rows(shown)), older)


def one_submission(account: Account, token: str) -> Submission:
    """The account's submission of that token. Raises ``Submission.DoesNotExist``."""
    orders = _of(account).select_related("pages", "resent_from", "message")
    unread = ("pages__tiff", "order_digest", "resent_from__order_digest", "message__rejection_detail")
    return with_state(orders.defer(*unread)).get(token=token)


def with_state(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Ask, for orders that are not finished, what their open faxes are doing; ``shown`` reads it."""
    return submissions.annotate(
        working=_has_open(FaxStatus.QUEUED, FaxStatus.SENDING),
        held=_has_open(FaxStatus.HELD),
        cancelable=_has_open(*CANCELABLE),
    )


def shown(submission: Submission) -> Shown:
    """The state of an order that comes from ``with_state``."""
    if not submission.open:
        return Shown.ERROR if submission.failed else Shown.OK
    if getattr(submission, "working", True):
        return Shown.IN_PROCESS
    return Shown.ON_HOLD if getattr(submission, "held", False) else Shown.CHECKING


def cancelable(submission: Submission) -> bool:
    """Whether something waits in an order that comes from ``with_state``."""
    return bool(getattr(submission, "cancelable", False))


def scheduled_for(submission: Submission) -> datetime | None:
    """When the first call will be made of an order that waits for its time; None for all others."""
    send_at = submission.send_at
    return send_at if send_at is not None and submission.open and send_at > timezone.now() else None


def resends_of(submission: Submission) -> Resends:
    """What has been made of it by sending it again."""
    resends = submission.account.submissions.filter(resent_from=submission)
    newest = list(resends.defer("order_digest").order_by("-pk")[:RESENDS_NAMED])
    singles = [resent.pk for resent in newest if resent.total == 1]
    numbers = dict(Fax.objects.filter(submission__in=singles).values_list("submission", "number"))
    named = (Resent(one, display(numbers[one.pk]) if one.pk in numbers else None) for one in newest)
    return Resends(tuple(named), max(0, resends.count() - RESENDS_NAMED))


def faxes_of(submission: Submission, *, after: int = 0) -> tuple[list[Fax], int | None]:
    """The faxes that follow the TransactionID ``after``, and the one to go on from (None: no more)."""
    following = submission.faxes.filter(pk__gt=after).order_by("pk")
    found = list(following[: FAXES_A_PAGE + 1])
    faxes = found[:FAXES_A_PAGE]
    return faxes, faxes[-1].pk if len(found) > len(faxes) else None


def one_fax(submission: Submission, pk: int) -> Fax:
    """The fax of that TransactionID in it. Raises ``Fax.DoesNotExist``."""
    return submission.faxes.get(pk=pk)


def only_fax(submission: Submission) -> Fax | None:
    """The fax of a single send."""
    return submission.faxes.order_by("pk").first()


def _of(account: Account) -> QuerySet[Submission]:
    return account.submissions.select_related("pages").defer("pages__tiff", "order_digest")


def _older_than(created_at: datetime, pk: int) -> TupleLessThan:
    """A row comparison, which the index answers; the spelled-out OR reads half of the table."""
    return TupleLessThan(Tuple("created_at", "id"), (created_at, pk))


def _has_open(*statuses: FaxStatus) -> Q:
    return Q(open__gt=0) & Q(Exists(Fax.objects.filter(submission=OuterRef("pk"), status__in=statuses)))


def _rows(submissions: list[Submission]) -> Iterable[HistoryRow]:
    faxes = Fax.objects.filter(submission__in=submissions).values("submission")
    # Of a single send the smallest number is the number.
    sums = faxes.annotate(number=Min("number"), contact_name=Min("contact_name"), spent=Sum("duration"))
    facts = {fact["submission"]: fact for fact in sums}
    for submission in submissions:
        fact: Mapping[str, Any] = facts.get(submission.pk, {})
        single = fact if submission.total == 1 else {}
        yield HistoryRow(
            submission,
            shown(submission),
            number=display(single["number"]) if single else None,
            contact_name=single.get("contact_name", ""),
            duration=fact.get("spent"),
            resendable=bool(resending.offered(submission)),
            cancelable=cancelable(submission),
            scheduled_for=scheduled_for(submission),
        )
