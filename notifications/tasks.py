"""The mail worker's wake-up. What is to be done stands in the outbox."""

from __future__ import annotations

from time import monotonic

from celery import shared_task

from notifications.outbox import drain

LONGEST_RUN = 60.0
"""Seconds after which a run hands over to the next, so that a warm stop is never long."""


@shared_task(name="notifications.tasks.look_for_outgoing")
def look_for_outgoing() -> None:
    """Send what is due; look again if there may be more. Without a broker the sweep looks again."""
    if send_for(LONGEST_RUN):
        look_for_outgoing.delay()


def send_for(seconds: float) -> bool:
    """Send until nothing is due or the time is over; whether something may be left."""
    end = monotonic() + seconds
    while drain():
        if monotonic() >= end:
            return True
    return False
