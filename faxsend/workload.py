"""How much work waits in each queue, and for how long nobody has done what is due: for operators.

Work that is due and not done tells more about a queue than its length: an order for tomorrow waits as it should.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, Min, Q, QuerySet

from faxsend.models import Attempt, Fax, InboundMessage, InboundStatus
from faxsend.states import FaxStatus
from notifications.models import MailState, OutgoingMail

NOT_DIALLED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Depth:
    """Of one queue: all that waits, what of it is due, and since when the first of that has been due."""

    queue: str
    waiting: int
    due: int
    due_since: datetime | None

    def lag(self, at: datetime) -> timedelta:
        """How long the first has been due; zero if nothing is."""
        return max(timedelta(0), at - self.due_since) if self.due_since else timedelta(0)


def depths(at: datetime) -> list[Depth]:
    """Of the three queues, over the small partial indexes of what is not finished."""
    return [
        _depth("intake", InboundMessage.objects.filter(status=InboundStatus.RECEIVED), "next_try_at", at),
        _depth("transmit", Fax.objects.filter(status=FaxStatus.QUEUED), "next_attempt_at", at),
        _depth("mail", OutgoingMail.objects.filter(state=MailState.WAITING), "next_try_at", at),
    ]


def _depth(queue: str, rows: QuerySet[Any], due_at: str, at: datetime) -> Depth:
    due = Q(**{f"{due_at}__lte": at})
    counted = rows.order_by().aggregate(
        waiting=Count("*"),
        due=Count("pk", filter=due),
        since=Min(due_at, filter=due, output_field=DateTimeField()),
    )
    return Depth(queue, counted["waiting"], counted["due"], counted["since"])


def recent_refusals(at: datetime) -> dict[str, int]:
    """How many mails of the last 24 hours were refused, by the code of their refusal."""
    since = at - timedelta(days=1)
    refused = InboundMessage.objects.filter(status=InboundStatus.REJECTED, received_at__gte=since)
    return dict(refused.order_by().values_list("rejection_code").annotate(count=Count("*")))


def parked_mails() -> int:
    """Mails that wait for an operator."""
    return InboundMessage.objects.filter(status=InboundStatus.PARKED).count()


def open_faxes() -> dict[str, int]:
    """How many faxes are in each state that is not final."""
    states = [FaxStatus.QUEUED, FaxStatus.HELD, FaxStatus.SENDING, FaxStatus.UNCERTAIN]
    found = Fax.objects.filter(status__in=states).order_by().values_list("status").annotate(count=Count("*"))
    return dict.fromkeys(map(str, states), 0) | dict(found)


def ended_faxes(at: datetime) -> dict[str, int]:
    """How many faxes ended in each final state within the last 24 hours."""
    states = [FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.CANCELED]
    ended = Fax.objects.filter(status__in=states, completed_at__gte=at - timedelta(days=1))
    counted = ended.order_by().values_list("status").annotate(count=Count("*"))
    return dict.fromkeys(map(str, states), 0) | dict(counted)


def calls_under_way() -> int:
    """Lines in use, those included whose caller has died and that are looked into."""
    return Attempt.objects.filter(ended_at=None).count()


def faxes_not_dialled(at: datetime) -> int:
    """Faxes that wait because no carrier could call for them, for some minutes already: its server may be down."""
    waiting = Fax.objects.filter(status__in=[FaxStatus.QUEUED, FaxStatus.SENDING])
    return waiting.filter(undialled_since__lt=at - NOT_DIALLED_FOR).count()
