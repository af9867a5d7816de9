"""Whether this installation can do its work, part by part: what ``/readyz`` answers and ``/metrics`` counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from redis.exceptions import RedisError

from certificates.standing import last_day
from faxsend import heartbeats

T = TypeVar("T")
REMEMBERED_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """``parts``: whether each can do its work; what could not be asked cannot."""

    parts: Mapping[str, bool]

    @property
    def ready(self) -> bool:
        return all(self.parts.values())


def look(at: datetime) -> Readiness:
    """Ask everything now; never raises for a server that is down."""
    signs = _asked(heartbeats.last_signs)
    parts = {
        "database": _asked(_database_answers) is True,
        "migrations": _asked(_is_migrated) is True,
        "service_certificate": _asked(lambda: last_day(at)) is not None,
        "broker": signs is not None,
    }
    workers = {part: heartbeats.is_alive((signs or {}).get(part), at) for part in heartbeats.PARTS}
    return Readiness(parts | workers)


_latest: tuple[float, Readiness] | None = None
_lock = threading.Lock()


def recent() -> Readiness:
    """``look`` of this process, a second old at most: many who ask cost one look."""
    global _latest
    with _lock:
        if _latest is None or time.monotonic() - _latest[0] > REMEMBERED_SECONDS:
            readiness = look(timezone.now())
            _latest = (time.monotonic(), readiness)
        return _latest[1]


def _asked(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("readiness unknown", reason=type(error).__name__)
        return None


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _is_migrated() -> bool:
    """Whether the tables are those of this code."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
