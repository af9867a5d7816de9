"""A fax line: one process that calls. While it lives it holds an advisory lock of PostgreSQL.

The lock has a connection of its own, because Celery closes Django's around each task. Whoever can take
the lock of a fax in SENDING knows that its caller is gone and asks the carrier.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

import psycopg
from django.db import connection


@dataclass(slots=True)
class Line:
    """``lock``: the advisory lock's 64-bit key; random, so that no later process ever has the same."""

    lock: int
    holder: psycopg.Connection
    pid: int

    def alive(self) -> bool:
        """Whether the lock is still held, by this very process."""
        if self.pid != os.getpid():
            return False
        try:
            self.holder.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True


_line: Line | None = None


def current_line() -> Line:
    """This process's line, opened on first use and again when its connection has broken."""
    global _line
    if _line is None or not _line.alive():
        _line = _open()
    return _line


def drop_line() -> None:
    """Let go of the lock: a call of this process is in an unknown state and must be looked into."""
    global _line
    if _line is not None and _line.pid == os.getpid():
        _line.holder.close()
    _line = None


def _open() -> Line:
    parameters = connection.get_connection_params()
    kept = {name: parameters[name] for name in parameters if name not in {"context", "cursor_factory"}}
    holder = psycopg.connect(**kept, autocommit=True)
    lock = secrets.randbits(63)
    holder.execute("SELECT pg_advisory_lock(%s)", [lock])
    return Line(lock=lock, holder=holder, pid=os.getpid())
