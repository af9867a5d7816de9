"""The mail worker's wake-up. What is to be done stands in the outbox."""

from __future__ import annotations

from time import monotonic

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from notifications.outbox import drain

LONGEST_RUN = 60.0
"""Seconds after which a run hands over to the next, so that a warm stop is never long."""

log = structlog.get_logger(__name__)


@shared_task(name="notifications.tasks.look_for_outgoing")
def look_for_outgoing() -> None:
    """Send until nothing is due."""
    end = monotonic() + LONGEST_RUN
    while drain():
        if monotonic() > end:
            look_again()
            return


def look_again() -> None:
    try:
        look_for_outgoing.delay()
    except OperationalError:
        log.warning("broker_down")  # the sweep looks anyway
