"""What all mail workers know together of the relay: how many speak to it, how many mails it had, whether it is there.

A relay that is down gets one probe after each pause instead of every mail that is due, and holds up one worker at
most; no mail grows older meanwhile, so that after days without a relay none is given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest, Least

from notifications.models import MailState, OutgoingMail, Relay
from notifications.relay import relay_name

FAILURES_UNTIL_DOWN = 3
PROBE_PAUSE = timedelta(seconds=60)
"""Longer than a try of a relay that does not answer lasts."""
MINUTE = timedelta(minutes=1)
BURST = 10
"""The part of a minute's mails that may go at once."""
_LOCKS = 0x6F7574  # of our advisory locks: this and the number of the connection

log = structlog.get_logger(__name__)


@contextmanager
def connection_to_relay() -> Iterator[bool]:
    """One of ``RELAY_CONNECTIONS``, until the block ends or the worker dies; False if others have them all."""
    number = next(filter(_take_lock, range(max(1, settings.RELAY_CONNECTIONS))), None)
    try:
        yield number is not None
    finally:
        if number is not None:
            _give_back_lock(number)


def may_have_one(now: datetime) -> bool:
    """Whether the relay may get a mail now, which is counted; in the transaction that claims the mail."""
    relay, _ = Relay.objects.get_or_create(name=relay_name())
    return _is_there(relay, now) and _is_within_rate(relay, now)


def has_failed(error: str, now: datetime) -> None:
    """It could not be reached, or broke off."""
    Relay.objects.filter(name=relay_name()).update(
        failures=F("failures") + 1,
        down_since=Coalesce(F("down_since"), now),
        next_probe_at=now + PROBE_PAUSE,
        error=error.replace("\x00", "")[:500],
    )


def has_answered(now: datetime) -> None:
    """It is there, whatever it said: the time without it counts for no mail that it had put off before."""
    if not Relay.objects.filter(name=relay_name(), failures__gt=0).exists():
        return
    with transaction.atomic():
        failing = Relay.objects.select_for_update().filter(name=relay_name(), failures__gt=0)
        relay = failing.first()
        if relay is None:
            return
        put_off = OutgoingMail.objects.filter(state=MailState.WAITING, put_off_since__lt=now)
        if relay.down_since is not None:
            began = Greatest(F("put_off_since"), relay.down_since)
            put_off.update(put_off_since=F("put_off_since") + (now - began))
        Relay.objects.filter(pk=relay.pk).update(failures=0, down_since=None, next_probe_at=None, error="")
    if relay.failures >= FAILURES_UNTIL_DOWN:
        log.info("relay_back", down_since=relay.down_since)


def is_down() -> bool:
    """Whether it is only probed."""
    return Relay.objects.filter(name=relay_name(), failures__gte=FAILURES_UNTIL_DOWN).exists()


def probe_now() -> None:
    """Do not wait for the next probe of a relay that is down."""
    Relay.objects.filter(name=relay_name(), failures__gt=0).update(next_probe_at=None)


def _is_there(relay: Relay, now: datetime) -> bool:
    """Of one that is down whoever comes first after the pause finds out, and takes the pause from the others."""
    if relay.failures < FAILURES_UNTIL_DOWN:
        return True
    set_back = Q(next_probe_at__gt=now + 2 * PROBE_PAUSE)  # the clock
    due = Relay.objects.filter(set_back | Q(next_probe_at=None) | Q(next_probe_at__lte=now), pk=relay.pk)
    return bool(due.update(next_probe_at=now + PROBE_PAUSE))


def _is_within_rate(relay: Relay, now: datetime) -> bool:
    """At most ``RELAY_PER_MINUTE`` in any minute: a tenth of them at once, then one each time its share has passed
    (the generic cell rate algorithm of ITU-T I.371).
    """
    most: int = settings.RELAY_PER_MINUTE
    if not most:
        return True
    at_once = most // BURST
    share = MINUTE / (most - at_once)
    full = now + share * at_once
    set_back = Q(paid_until__gt=now + 3 * MINUTE)  # the clock: no mails have been paid for so long
    free = Relay.objects.filter(set_back | Q(paid_until=None) | Q(paid_until__lte=full), pk=relay.pk)
    paid = Least(Greatest(Coalesce(F("paid_until"), now), now), full)
    return bool(free.update(paid_until=paid + share))


def _take_lock(number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, number])
        return bool(cursor.fetchone()[0])


def _give_back_lock(number: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, number])
    except DatabaseError:
        connection.close()  # and the lock with it
