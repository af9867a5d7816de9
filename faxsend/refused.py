"""受付エラー: an account's refused mails and why. Only here stands what an answer in clear must not repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from accounts.models import Account
from faxsend import sender_domain
from faxsend.models import InboundMessage, InboundStatus
from notifications.delivery_status import place_of
from notifications.refusals import Rejection

REFUSED_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """One refused mail: the sentence that its sender got, its meaning, and which destination or document it was."""

    received_at: datetime
    sender: str
    encrypted: bool
    wire_text: str
    explanation: str
    place: str
    detail: str
    sender_domain: str


def refused_mails(account: Account, *, before: int | None = None) -> tuple[list[RefusedMail], int | None]:
    """The newest first, those older than the key ``before``, and the key to go on from (None: no more)."""
    found = account.inbound_messages.filter(status=InboundStatus.REJECTED).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: REFUSED_A_PAGE + 1])
    shown = rows[:REFUSED_A_PAGE]
    return [_refused(row) for row in shown], shown[-1].pk if len(rows) > len(shown) else None


def _refused(message: InboundMessage) -> RefusedMail:
    kind = {kind.code: kind for kind in _kinds(Rejection)}.get(message.rejection_code)
    detail = message.rejection_detail.decode(errors="replace")
    wire_text = (
        message.rejection_code
        if kind is None
        else kind(detail=detail).diagnostic(encrypted=message.encrypted)
    )
    return RefusedMail(
        received_at=message.received_at,
        sender=message.sender,
        encrypted=message.encrypted,
        wire_text=wire_text,
        explanation="" if kind is None else gettext(kind.explanation),
        place="" if kind is None else place_of(kind, message.rejection_position),
        detail="" if _is_told(detail, wire_text, kind) else _in_words(detail, kind),
        sender_domain=sender_domain.in_words(message),
    )


def _is_told(detail: str, wire_text: str, kind: type[Rejection] | None) -> bool:
    """Whether the sentence over the wire has it. The words that it always has may be the name of a list."""
    return kind is not None and wire_text != kind.wire_text and detail in wire_text


def _in_words(detail: str, kind: type[Rejection] | None) -> str:
    """A reason of ours in the reader's language; what the mail said stays as it is."""
    return gettext(detail) if kind is not None and kind.detail_is_msgid else detail


def _kinds(family: type[Rejection]) -> Iterator[type[Rejection]]:
    for kind in family.__subclasses__():
        yield kind
        yield from _kinds(kind)
