"""The mail worker's wake-up. What is to be done stands in the outbox."""

from __future__ import annotations

from time import monotonic

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from notifications.draining import drain
from notifications.problem_addresses import release

LONGEST_RUN = 60.0
"""Seconds after which a run hands over to the next, so that a warm stop is never long."""

log = structlog.get_logger(__name__)


def wake() -> None:
    """Say "look"; without a broker the sweep will say it a few seconds later."""
    try:
        look_for_outgoing.delay()
    except OperationalError:
        log.warning("broker is down")


@shared_task(name="notifications.tasks.look_for_outgoing")
def look_for_outgoing() -> None:
    """Send what is due, and what was held back for addresses that take mail again; look again if there may be more.

    Without a broker the sweep looks again.
    """
    release()
    if send_for(LONGEST_RUN):
        look_for_outgoing.delay()


def send_for(seconds: float) -> bool:
    """Send until nothing is due or the time is over; whether something may be left."""
    end = monotonic() + seconds
    while drain():
        if monotonic() >= end:
            return True
    return False
