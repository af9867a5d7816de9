"""What operators decide about mail that has not left."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from notifications import relay_state
from notifications.models import MailState, OutgoingMail

GIVEN_UP = "given up by an operator"


def try_now(mail: OutgoingMail) -> bool:
    """Due at once, with all its time, also what was given up or is held back. False if it has left, or if its text
    is no longer kept.

    A mail that is being tried at this moment is left alone.
    """
    with transaction.atomic():
        rows = _unsent(mail).exclude(content=b"")
        facts = {"state": MailState.WAITING, "tries": 0, "next_try_at": timezone.now(), "put_off_since": None}
        changed = bool(rows.update(**facts))
    if changed:
        relay_state.probe_now()
    return changed


def give_up(mail: OutgoingMail) -> bool:
    """It is not sent. False if it has left, or was given up before."""
    with transaction.atomic():
        rows = _unsent(mail).exclude(state=MailState.FAILED)
        return bool(rows.update(state=MailState.FAILED, error=GIVEN_UP))


def _unsent(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    """Without those that a worker is handing over."""
    free = OutgoingMail.objects.select_for_update(skip_locked=True).filter(pk=mail.pk)
    return OutgoingMail.objects.filter(pk__in=free.values("pk")).exclude(state=MailState.SENT)
