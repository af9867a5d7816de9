"""The simulated telephone network: nothing is dialled, all else is real.

A test number ``00999-9999-XXXX`` ends with result XXXX, every other number receives its pages, which then
lie under ``DATA_DIR/received/<number>/<fax id>.tif``. Like a real network it needs nobody to watch: a call
that was dialled runs to its end even if the process that placed it has died.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from faxsend.carriers.base import Call, Outcome, Sighting
from faxsend.carriers.journal import Entry, Journal, older
from faxsend.carriers.received import Received
from faxsend.numbers import result_asked_for
from faxsend.rendering import tiff
from faxsend.results import OK

BITS_PER_SECOND = 14_400
HANDSHAKE = timedelta(seconds=10)
REMOTE_CSID = "SIMULATOR"


@dataclass(frozen=True, slots=True)
class SimulatorCarrier:
    """``call_seconds``: how long a call keeps its line in real time; the line time it reports is computed."""

    data_dir: Path
    call_seconds: float
    name: str = "simulator"

    @property
    def journal(self) -> Journal:
        return Journal(self.data_dir / "simulator")

    def place(self, call: Call) -> Outcome:
        facts = {
            "fax_id": call.fax_id,
            "number": call.number,
            "first_page": call.first_page,
            "ends_at": time.time() + self.call_seconds,
        }
        entry = self.journal.dial(call, facts)
        with entry.locked(wait=True):
            return self._run(entry)

    def find(self, reference: str) -> Outcome | Sighting:
        if self.journal.void(reference):
            return Sighting.NEVER_DIALLED
        entry = self.journal.entry(reference)
        with entry.locked(wait=False) as held:
            if not held or time.time() < entry.facts()["ends_at"]:
                return Sighting.IN_PROGRESS
            return self._run(entry)

    def cancel(self, reference: str) -> bool:
        return self.journal.void(reference)

    def forget(self, *, before: datetime, but: Collection[str]) -> int:
        """Remove what was received, and what the journal knows of calls, ``before``; how many files and calls.

        ``but``: the references of calls that must stay known.
        """
        received = [path for path in (self.data_dir / "received").glob("*/*") if older(path, before)]
        for path in received:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # others are left in it
                path.parent.rmdir()
        return len(received) + self.journal.forget(before=before, but=but)

    def _run(self, entry: Entry) -> Outcome:
        """Let the call reach its end; once it has one, only tell it."""
        outcome = entry.outcome()
        if outcome is not None:
            return outcome
        facts = entry.facts()
        time.sleep(max(0.0, facts["ends_at"] - time.time()))
        outcome = self._deliver(facts["number"], facts["fax_id"], facts["first_page"], entry.tiff())
        entry.end(outcome)
        return outcome

    def _deliver(self, number: str, fax_id: int, first_page: int, pages: bytes) -> Outcome:
        code = result_asked_for(number)
        count = tiff.count(pages)
        if code is not None:
            sent = count if code == OK else 0
            return Outcome(code=code, pages_confirmed=sent, duration=timedelta(0))
        Received(self.data_dir / "received").keep(number, fax_id, pages)
        line_time = HANDSHAKE + timedelta(seconds=len(pages) * 8 / BITS_PER_SECOND)
        return Outcome(code=OK, pages_confirmed=count, duration=line_time, remote_csid=REMOTE_CSID)
