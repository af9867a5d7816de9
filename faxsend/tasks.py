"""Tasks that say "look". What there is to do is in PostgreSQL; losing a task costs one sweep."""

from __future__ import annotations

import structlog
from celery import Task, shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from faxsend import delivery, holding, intake, retention
from notifications.tasks import look_for_outgoing

log = structlog.get_logger(__name__)

LONGEST_NIGHT_RUN = 60.0
"""Seconds after which retention hands over to its next run, so that a warm stop is never long."""


def wake(*tasks: Task[[], None]) -> None:
    """Say "look" to each; without a broker the sweep will say it a few seconds later."""
    try:
        for task in tasks:
            task.delay()
    except OperationalError:
        log.warning("broker is down")


@shared_task(name="faxsend.tasks.look_for_mail")
def look_for_mail() -> None:
    """Process one inbound message; if there was one, look again and wake those who work on its result."""
    if intake.process_next():
        wake(look_for_mail, look_for_outgoing, *[look_for_faxes] * settings.FAX_LINES)


@shared_task(name="faxsend.tasks.look_for_faxes")
def look_for_faxes() -> None:
    """Place one call; if there was one to place, look again."""
    if delivery.transmit_next():
        wake(look_for_faxes, look_for_outgoing)


@shared_task(name="faxsend.tasks.recover_calls")
def recover_calls() -> None:
    """Look into the calls whose callers have died."""
    if delivery.recover():
        wake(look_for_faxes, look_for_outgoing)


@shared_task(name="faxsend.tasks.keep_deadlines")
def keep_deadlines() -> None:
    """End what is overdue, and ask again about calls of which nobody knows."""
    if delivery.keep_deadlines():
        wake(look_for_faxes, look_for_outgoing)


@shared_task(name="faxsend.tasks.look_for_credit")
def look_for_credit() -> None:
    """Let go what is on hold and has found its credit; what has waited for a day has failed."""
    if holding.look():
        wake(look_for_outgoing, *[look_for_faxes] * settings.FAX_LINES)


@shared_task(name="faxsend.tasks.remove_what_is_due")
def remove_what_is_due() -> None:
    """Retention, at night; again at once if there is more than fits into a run."""
    if retention.remove_what_is_due(timezone.now(), seconds=LONGEST_NIGHT_RUN):
        wake(remove_what_is_due)
