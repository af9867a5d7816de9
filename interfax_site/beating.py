"""How workers and beat say that they live: from the processes that hand out the work, not by a task.

A task would wait behind the work, and lines that all call for ten minutes would look dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from celery import bootsteps
from celery.beat import PersistentScheduler
from django.conf import settings
from redis.exceptions import RedisError

from faxsend import heartbeats

OPEN_KEYS = {"intake", "mail"}
"""The queues whose workers open private keys."""

log = structlog.get_logger(__name__)


class KeySecretsNeeded(bootsteps.StartStopStep):
    """A worker that could open no mail and sign none does not start."""

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        queues = OPEN_KEYS & set(parent.app.amqp.queues.consume_from)
        if queues and not settings.KEY_SECRETS:
            raise SystemExit(f"KEY_SECRETS is empty: the worker of {', '.join(sorted(queues))} needs it")


class Heartbeat(bootsteps.StartStopStep):
    """Runs in the loop of a worker's main process while that is connected to the broker."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        queues = sorted(parent.app.amqp.queues.consume_from)
        say_alive(queues)
        self.entry = parent.timer.call_repeatedly(heartbeats.EVERY.total_seconds(), say_alive, (queues,))

    def stop(self, parent: Any) -> None:
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None


class Scheduler(PersistentScheduler):
    """Celery's own, which says at its turns that it lives, and goes on when the clock has been set back."""

    _said: datetime | None = None
    _turn = datetime.max.replace(tzinfo=UTC)

    def tick(self, *args: Any, **options: Any) -> float:
        now = datetime.now(UTC)
        if now < self._turn:
            self._start_over()
        self._turn = now
        if self._said is None or now - self._said >= heartbeats.EVERY:
            self._said = now
            say_alive([heartbeats.BEAT])
        return float(super().tick(*args, **options))

    def _start_over(self) -> None:
        """What ran at a time that is yet to come would not run again before: an hour without any sweep."""
        for entry in self.schedule.values():
            now = entry.default_now()
            entry.last_run_at = min(entry.last_run_at or now, now)
        self._heap = None
        self._said = None


def say_alive(parts: Sequence[str]) -> None:
    """Without a cache nothing is said, and nothing else stops for it."""
    try:
        heartbeats.note(parts, datetime.now(UTC))
    except (OSError, RedisError):
        log.warning("sign of life not left", parts=",".join(parts))
