"""Mail that was parked: its processing ended three times in an error of ours. Operators decide what becomes of it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from faxsend import intake
from faxsend.models import InboundMessage, InboundStatus
from notifications.refusals import NotProcessed


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
