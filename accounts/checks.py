"""What ``manage.py check`` says about the installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import DatabaseError

from accounts.installation import why_held


def check_installation(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """W001: this installation is held. Asked only with ``--database``; silent before the tables are there."""
    if not databases:
        return []
    try:
        hold = why_held()
    except DatabaseError:
        return []
    if hold is None:
        return []
    hint = (
        "Look at `manage.py installation status`, then `manage.py installation release` (docs/operations.md)."
    )
    return [Warning(f"Nothing is dialled or mailed: the database is {hold}.", hint=hint, id="accounts.W001")]
