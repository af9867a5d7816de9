"""What a relay may have from all workers together, and what happens while there is none."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from pytest_django import Settings

from notifications import relay_state
from notifications.draining import GIVE_UP_AFTER, drain
from notifications.models import MailState, OutgoingMail, Relay
from notifications.relay import PATIENCE, relay_name
from notifications.relay_state import FAILURES_UNTIL_DOWN, PROBE_PAUSE, may_have_one
from tests.notifications.conftest import Inbox, smtp_settings
from tests.notifications.factories import message

pytestmark = pytest.mark.django_db(
    transaction=True,
    available_apps=[
        "notifications",
        "certificates",
        "accounts",
        "django.contrib.auth",
        "django.contrib.contenttypes",
    ],
)


def due_again() -> None:
    OutgoingMail.objects.update(next_try_at=timezone.now())


def queued(count: int) -> None:
    for number in range(count):
        message(key=str(number)).send()


def in_threads(workers: int) -> list[int]:
    """How many mails each of them sent, until none was left."""

    def work() -> int:
        sent = 0
        while drain():
            sent += 1
        connection.close()
        return sent

    with ThreadPoolExecutor(workers) as pool:
        return [done.result() for done in [pool.submit(work) for _ in range(workers)]]


def in_another_worker(wait: Barrier | None = None) -> bool:
    """Whether a worker with a connection of its own may speak to the relay; it holds on until all have asked."""

    def ask() -> bool:
        with relay_state.connection_to_relay() as free:
            if wait is not None:
                wait.wait(20)
        connection.close()
        return free

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def test_the_relay_has_no_more_connections_at_a_time_than_it_may_have(settings: Settings) -> None:
    settings.RELAY_CONNECTIONS = 2
    together = Barrier(5)
    with ThreadPoolExecutor(5) as pool:
        free = list(pool.map(in_another_worker, [together] * 5))
    assert sorted(free) == [False, False, False, True, True]


def test_a_worker_without_a_connection_leaves_the_mail_to_the_others(
    inbox: Inbox, settings: Settings
) -> None:
    settings.RELAY_CONNECTIONS = 1
    queued(1)
    with relay_state.connection_to_relay():
        assert in_threads(1) == [0]
    assert OutgoingMail.objects.get().tries == 0
    assert in_threads(2).count(1) == 1


def test_the_connection_of_a_worker_that_died_is_free_again(settings: Settings) -> None:
    settings.RELAY_CONNECTIONS = 1
    with relay_state.connection_to_relay() as free:
        assert free
        assert not in_another_worker()
        end_own_connection()
        assert in_another_worker()


def end_own_connection() -> None:
    """As the server does when the process is gone."""
    with connection.cursor() as cursor, contextlib.suppress(DatabaseError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("most", [1, 7, 10, 40])
def test_the_relay_gets_so_many_mails_in_any_minute_and_not_fewer_for_long(
    settings: Settings, most: int
) -> None:
    settings.RELAY_PER_MINUTE = most
    start = timezone.now()
    moments = [start + timedelta(seconds=each) for each in range(0, 180, 2)]
    taken = [at for at in moments for _ in range(2) if may_have_one(at)]
    for first in taken:
        assert sum(first <= at < first + timedelta(minutes=1) for at in taken) <= most
    assert len(taken) >= 2 * most


def test_a_clock_that_is_set_back_by_an_hour_stops_no_mail(settings: Settings) -> None:
    settings.RELAY_PER_MINUTE = 10
    now = timezone.now()
    later = now + timedelta(hours=1)
    assert may_have_one(later)
    taken = [may_have_one(now) for _ in range(10)]
    assert taken[0] and sum(taken) <= 3
    Relay.objects.update(failures=FAILURES_UNTIL_DOWN, next_probe_at=later, paid_until=None)
    assert [may_have_one(now), may_have_one(now)] == [True, False]


def test_a_mail_that_must_wait_for_its_minute_is_not_tried(inbox: Inbox, settings: Settings) -> None:
    settings.RELAY_PER_MINUTE = 1
    queued(2)
    assert [drain(), drain()] == [True, False]
    waiting = OutgoingMail.objects.get(state=MailState.WAITING)
    assert (waiting.tries, len(inbox.envelopes)) == (0, 1)


def test_a_minute_in_which_nothing_was_due_is_not_used_up(inbox: Inbox, settings: Settings) -> None:
    settings.RELAY_PER_MINUTE = 1
    assert drain() is False
    queued(1)
    assert drain() is True


def test_a_relay_that_is_down_is_tried_by_one_worker_after_each_pause(settings: Settings) -> None:
    settings.RELAY = smtp_settings(1)
    queued(10)
    assert sum(in_threads(3)) <= FAILURES_UNTIL_DOWN + 2
    failures = Relay.objects.get().failures
    assert failures >= FAILURES_UNTIL_DOWN
    due_again()
    assert sum(in_threads(3)) == 0
    Relay.objects.update(next_probe_at=timezone.now())
    assert sum(in_threads(3)) == 1
    relay = Relay.objects.get()
    assert relay.failures == failures + 1
    assert "ConnectionRefusedError" in relay.error


def test_a_mail_is_no_older_and_no_more_tried_for_a_relay_that_is_not_there(settings: Settings) -> None:
    settings.RELAY = smtp_settings(1)
    queued(1)
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=30))
    drain()
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.tries, mail.put_off_since) == (MailState.WAITING, 0, None)
    assert "ConnectionRefusedError" in mail.error


def test_after_days_without_a_relay_everything_leaves(inbox: Inbox, settings: Settings) -> None:
    queued(3)
    inbox.to_data.append("451 4.3.0 later")
    drain()
    there, settings.RELAY = settings.RELAY, smtp_settings(1)
    for _ in range(FAILURES_UNTIL_DOWN):
        due_again()
        drain()
    ago = timedelta(days=20)
    OutgoingMail.objects.update(created_at=timezone.now() - ago)
    OutgoingMail.objects.exclude(put_off_since=None).update(put_off_since=timezone.now() - ago)
    Relay.objects.update(down_since=timezone.now() - ago + timedelta(hours=1), next_probe_at=None)
    settings.RELAY = there
    rename_relay()
    due_again()
    inbox.to_data += ["451 4.3.0 later"] * 3
    while drain():
        pass
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {MailState.WAITING}
    put_off = OutgoingMail.objects.order_by("put_off_since").first()
    assert put_off is not None and put_off.put_off_since is not None
    assert timedelta(minutes=59) < timezone.now() - put_off.put_off_since < timedelta(minutes=61)
    due_again()
    while drain():
        pass
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {MailState.SENT}
    assert ago > GIVE_UP_AFTER


def rename_relay() -> None:
    """The one that was down is the one that is back: its port is another here."""
    Relay.objects.exclude(failures__gte=FAILURES_UNTIL_DOWN).delete()
    Relay.objects.update(name=relay_name())


def test_a_reply_to_one_mail_says_that_the_relay_is_there(inbox: Inbox) -> None:
    queued(1)
    may_have_one(timezone.now())
    Relay.objects.update(failures=FAILURES_UNTIL_DOWN - 1, down_since=timezone.now(), error="gone")
    inbox.to_rcpt.append("451 4.2.1 greylisted")
    drain()
    relay = Relay.objects.get()
    assert (relay.failures, relay.down_since, relay.error) == (0, None, "")


@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "530 5.7.0 log in first"])
def test_a_relay_that_closes_or_wants_a_login_is_down(inbox: Inbox, reply: str) -> None:
    queued(1)
    inbox.to_data.append(reply)
    drain()
    assert (Relay.objects.get().failures, OutgoingMail.objects.get().tries) == (1, 0)


def test_a_directory_that_cannot_be_written_loses_nothing(settings: Settings, outbox_dir: object) -> None:
    settings.OUTBOX_DIR = settings.BASE_DIR / "manage.py"
    queued(1)
    drain()
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.tries, mail.error) == (MailState.WAITING, 0, "FileExistsError: File exists")


def test_the_pause_is_longer_than_a_try_of_a_dead_relay() -> None:
    assert PROBE_PAUSE.total_seconds() > PATIENCE
