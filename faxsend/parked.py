"""Mail that was parked: its processing ended three times in an error of ours. Operators decide what becomes of it.

Its account holders see that it has come, and that somebody is looking into it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Account
from faxsend import intake
from faxsend.models import InboundMessage, InboundStatus
from notifications.refusals import NotProcessed

LONGER_THAN_USUAL = timedelta(minutes=10)
"""After so long a mail that has neither become faxes nor been refused is worth a word to those who wait for it."""
UNDECIDED_SHOWN = 50


def undecided(account: Account) -> QuerySet[InboundMessage]:
    """Mail from the account's confirmed senders that is parked, or waits longer than usual, the newest first.

    By its envelope sender alone: whether it proves who sent it is not known before it has been processed.
    """
    senders = account.senders.filter(verified_at__isnull=False)
    waits = Q(status=InboundStatus.RECEIVED, received_at__lte=timezone.now() - LONGER_THAN_USUAL)
    return (
        InboundMessage.objects.alias(address=Lower("sender"))
        .filter(waits | Q(status=InboundStatus.PARKED), address__in=senders.values(lower=Lower("address")))
        .order_by("-pk")[:UNDECIDED_SHOWN]
    )


def run_again(message: InboundMessage) -> bool:
    """A parked mail waits for its turn again, with all its tries. False if it is not parked any more."""
    parked = InboundMessage.objects.filter(pk=message.pk, status=InboundStatus.PARKED)
    return bool(parked.update(status=InboundStatus.RECEIVED, tries=0, next_try_at=timezone.now()))


def give_up(message: InboundMessage) -> bool:
    """Refuse a parked mail: its sender is told, even if its content cannot be read any more. False if it is not parked any more."""
    with transaction.atomic():
        parked = InboundMessage.objects.select_for_update(no_key=True).filter(status=InboundStatus.PARKED)
        locked = parked.filter(pk=message.pk).first()
        if locked is None:
            return False
        intake.refuse(locked, NotProcessed())
        locked.save()
    return True
