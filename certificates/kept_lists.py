"""Parsed revocation lists, kept by each process: one may have 10 MB and hundreds of thousands of entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from certificates.models import RevocationList
from certificates.smime import Crl, UnusableCrl

log = structlog.get_logger(__name__)


class _Kept:
    """The lists that were asked for last. Replaced as a whole, so threads need no lock; others are let go."""

    def __init__(self) -> None:
        self._lists: dict[tuple[int, datetime], Crl | None] = {}

    def among(self, keys: Sequence[tuple[int, datetime]]) -> tuple[Crl, ...]:
        before = self._lists
        self._lists = {key: before[key] if key in before else _read(*key) for key in keys}
        return tuple(crl for crl in self._lists.values() if crl is not None)


_kept = _Kept()


def revocations(keys: Sequence[tuple[int, datetime]]) -> tuple[Crl, ...]:
    """The lists with these keys and import times; only those are read and parsed that are not kept yet."""
    return _kept.among(keys)


def _read(pk: int, imported_at: datetime) -> Crl | None:
    """None if it has just been replaced, or is no longer understood: then it says nothing, and mail goes on."""
    content = RevocationList.objects.filter(pk=pk, imported_at=imported_at).values_list("content", flat=True)
    try:
        return next((Crl.parse(bytes(der)) for der in content), None)
    except UnusableCrl as unusable:
        log.error("revocation_list_unusable", list=pk, reason=str(unusable))
        return None
