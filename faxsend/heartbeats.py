"""Signs of life of the processes that nobody speaks to: the workers of each queue, and beat.

They stand beside the broker's queues, in the cache: without a broker no worker hears of anything. A process that
has stopped is known by what it no longer says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.core.cache import cache

QUEUES = ("intake", "transmit", "mail")
BEAT = "beat"
PARTS = (*QUEUES, BEAT)
EVERY = timedelta(seconds=5)
SILENT_AFTER = timedelta(seconds=30)
"""Six signs that did not come: a machine that is only slow does not count as dead."""
_KEPT = timedelta(days=7)


def note(parts: Iterable[str], at: datetime) -> None:
    """These parts live. Raises what the cache raises when it cannot be reached."""
    cache.set_many({_key(part): at.timestamp() for part in parts}, timeout=round(_KEPT.total_seconds()))


def last_signs() -> dict[str, datetime | None]:
    """When each part was last heard of, in seven days; one question to the cache, which may raise."""
    signs = cache.get_many([_key(part) for part in PARTS])
    return {
        part: datetime.fromtimestamp(signs[_key(part)], UTC) if _key(part) in signs else None
        for part in PARTS
    }


def is_alive(last_sign: datetime | None, at: datetime) -> bool:
    """Whether its last sign is fresh enough at ``at``."""
    return last_sign is not None and at - last_sign < SILENT_AFTER


def _key(part: str) -> str:
    return f"alive:{part}"
