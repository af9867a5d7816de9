"""Which installation may act on this database: dial, and send mail.

A restored backup says that work is waiting which the installation it was taken from has long done. So the
database names the one installation that may work, by two marks; everybody else holds still until an operator
has released it (docs/adr/0021).
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog
from django.conf import settings
from django.db import connection

from accounts.models import Installation

_MARKS = """
    SELECT installation.machine, installation.database, here.mark
    FROM (
        SELECT system_identifier || '/' || 'accounts_installation'::regclass::oid AS mark FROM pg_control_system()
    ) AS here
    LEFT JOIN accounts_installation AS installation ON true
"""


log = structlog.get_logger(__name__)


class Hold(StrEnum):
    """Why an installation may not work."""

    RESTORED = "restored"
    """The database was made from a backup."""
    ELSEWHERE = "elsewhere"
    """The database belongs to an installation with another ``INSTALLATION``."""


_said: Hold | None = None


def may_work() -> bool:
    """Whether the caller may dial or mail now. A database that names nobody yet is taken by whoever asks this first,
    so only workers do: a site on a machine of its own, which only looks, would keep them from their work.
    """
    marks = _marks()
    if marks[0] is None:
        row = Installation(machine=machine_here(), database=marks[2])
        Installation.objects.bulk_create([row], ignore_conflicts=True)
        marks = _marks()
    hold = _hold_by(*marks)
    _say_if_new(hold)
    return hold is None


def is_held() -> bool:
    """Whether nothing may be dialled or mailed from here: one query of one row, under a millisecond."""
    return why_held() is not None


def why_held() -> Hold | None:
    """None: this installation may work, or the database names nobody yet.

    An error of the database or of ``DATA_DIR`` is the caller's: who cannot know does not work.
    """
    return _hold_by(*_marks())


def take_over() -> None:
    """From now on this installation may work, and no other."""
    _, _, here = _marks()
    Installation.objects.update_or_create(defaults={"machine": machine_here(), "database": here})


def machine_here() -> str:
    """``INSTALLATION``, else the token in ``DATA_DIR/installation``, made at the first question."""
    file: Path = settings.DATA_DIR / "installation"
    if settings.INSTALLATION:
        return str(settings.INSTALLATION)
    if not file.exists():
        _write_once(file, secrets.token_hex(16))
    return file.read_text().strip()


def _hold_by(machine: str | None, database: str | None, here: str) -> Hold | None:
    if machine is None:
        return None
    if database != here:
        return Hold.RESTORED
    return None if machine == machine_here() else Hold.ELSEWHERE


def _say_if_new(hold: Hold | None) -> None:
    """Once, not at each claim: a worker that does nothing would look like one that has nothing to do."""
    global _said
    if hold is not _said:
        log.warning("held", why=hold and str(hold))
        _said = hold


def _marks() -> tuple[str | None, str | None, str]:
    """What the row says, and the mark of the database as it is: its cluster, and its very table.

    A backup brings the row; it can bring neither the cluster's identifier nor the table's number.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        marks: tuple[str | None, str | None, str] = cursor.fetchone()
    return marks


def _write_once(file: Path, token: str) -> None:
    """Whole or not at all; of several who do so the first one's stays. It is no secret."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}-") as unfinished:
        unfinished.write(f"{token}\n")
        unfinished.flush()
        os.fsync(unfinished.fileno())
        os.chmod(unfinished.name, 0o644)
        with suppress(FileExistsError):
            os.link(unfinished.name, file)
