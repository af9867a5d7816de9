"""What each service certificate is for now: the one that signs, those that only open mail, those that are over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.identity import opening_rows, signing_rows
from certificates.models import ServiceIdentity

ENDS_SOON = timedelta(days=60)
"""A certificate that ends within this time wants a successor: customers need some weeks to install it."""


class State(StrEnum):
    """``SIGNS`` and ``OPENS`` are valid; ``WAITS`` will sign from its first day on; every one with a key opens."""

    SIGNS = "signs"
    OPENS = "opens"
    WAITS = "waits"
    EXPIRED = "expired"
    DESTROYED = "destroyed"

    @property
    def label(self) -> Promise:
        return _LABELS[self]


_LABELS: dict[State, Promise] = {
    State.SIGNS: _("Signs and opens mail"),
    State.OPENS: _("Opens mail"),
    State.WAITS: _("Opens mail, will sign later"),
    State.EXPIRED: _("Expired, still opens mail"),
    State.DESTROYED: _("Its key is destroyed"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """``days_left``: whole days of validity, 0 once it is over."""

    row: ServiceIdentity
    state: State
    days_left: int


def standings(rows: Iterable[ServiceIdentity], at: datetime) -> list[Standing]:
    """That of each of ``rows`` at ``at``; one query, and no key is read."""
    signs = signing_rows(at).values_list("pk", flat=True).first()
    return [standing_of(row, signs=signs, at=at) for row in rows]


def standing_of(row: ServiceIdentity, *, signs: int | None, at: datetime) -> Standing:
    """``signs``: the key of the row that signs at ``at``."""
    return Standing(row, _state(row, signs, at), max(0, (row.not_after - at).days))


def ends_soon(at: datetime) -> datetime | None:
    """``last_day`` if it is less than 60 days ahead."""
    end = last_day(at)
    return end if end is not None and end - at < ENDS_SOON else None


def last_day(at: datetime) -> datetime | None:
    """Until when mail can be signed without a gap, by the one that signs at ``at`` and those that follow it.

    None: nothing can be signed at ``at``.
    """
    spans = (
        opening_rows().filter(not_after__gt=at).order_by("not_before").values_list("not_before", "not_after")
    )
    end = at
    for begin, its_end in spans:
        if begin <= end:
            end = max(end, its_end)
    return end if end > at else None


def _state(row: ServiceIdentity, signs: int | None, at: datetime) -> State:
    if row.destroyed_at is not None:
        return State.DESTROYED
    if row.pk == signs:
        return State.SIGNS
    if row.not_after <= at:
        return State.EXPIRED
    return State.WAITS if row.not_before > at else State.OPENS
