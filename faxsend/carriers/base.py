"""What a carrier is: somebody who dials, and who can be asked afterwards what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One call to place. ``reference`` is the attempt's key: the carrier knows the call by it for ever.

    ``tiff`` is TIFF class F; ``first_page`` counts from 1 and is above 1 when earlier pages have been
    confirmed by an earlier call: only the pages from there on are sent.
    """

    reference: str
    fax_id: int
    number: str
    tiff: bytes
    first_page: int
    csid: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. ``code`` is one of ``results.RESULTS``; ``results.OUTCOME_UNKNOWN`` if nobody can know.

    ``pages_confirmed`` counts from the fax's first page: those before the call's ``first_page`` are among them.
    ``duration`` is the time on the line. ``remote_csid`` is what a stranger's machine said: at most 20 printable
    characters. ``ecm``: whether errors were corrected (T.30, annex A). ``engine_words`` are for operators.
    ``resolution_refused``: the call has failed because the receiver cannot take pages of this resolution; it may
    take them in standard resolution.
    """

    code: int
    pages_confirmed: int
    duration: timedelta
    remote_csid: str = ""
    bits_per_second: int | None = None
    ecm: bool | None = None
    engine_words: str = ""
    resolution_refused: bool = False


class Sighting(StrEnum):
    """What ``find`` says of a call without an outcome."""

    NEVER_DIALLED = "never dialled"
    IN_PROGRESS = "in progress"


class AlreadyPlaced(Exception):
    """The reference has been dialled, or ``find`` has promised that it never will be."""


class NotDialled(Exception):
    """Nothing has been dialled, and never will be under this reference: another attempt may, later."""


class Carrier(Protocol):
    @property
    def name(self) -> str:
        """The name that ``FAX_CARRIER`` and an attempt know it by."""

    def place(self, call: Call) -> Outcome:
        """Dial, and return when the call has ended. Raises ``AlreadyPlaced`` for a known reference, ``NotDialled``."""

    def find(self, reference: str) -> Outcome | Sighting:
        """What became of a call, also of one whose caller has died.

        ``NEVER_DIALLED`` is a promise: from then on ``place`` refuses this reference.
        """

    def cancel(self, reference: str) -> bool:
        """Stop a call that has not begun; whether that was possible."""
