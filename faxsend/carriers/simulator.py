"""The simulated telephone network: nothing is dialled, all else is real.

A test number ``00999-9999-XXXX`` ends with result XXXX, 3268 after all pages but the last; every other number
receives its pages, which then lie under ``DATA_DIR/received/<number>/<fax id>.tif``, unless ``SIMULATOR_FAULTS``
says that something is wrong there. Like a real network it needs nobody to watch: a call
that was dialled runs to its end even if the process that placed it has died.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from faxsend.carriers.base import Call, Outcome, Sighting
from faxsend.carriers.engine_results import (
    DISCONNECTED,
    ERROR_AFTER_PAGE,
    MACHINE_INCOMPATIBLE,
    NOT_FROM_THE_ENGINE,
)
from faxsend.carriers.faults import fault_of
from faxsend.carriers.journal import Entry, Journal, older
from faxsend.carriers.received import Received
from faxsend.numbers import result_asked_for
from faxsend.rendering import Resolution, tiff
from faxsend.results import OK
from faxsend.t30.library import Resolutions
from faxsend.t30.machine import machine_with

BITS_PER_SECOND = 14_400
HANDSHAKE = timedelta(seconds=10)
REMOTE_CSID = "SIMULATOR"


@dataclass(frozen=True, slots=True)
class SimulatorCarrier:
    """``call_seconds``: how long a call keeps its line in real time; the line time it reports is computed.

    ``faults``: as in ``fault_of``. Of what a machine can have, it knows who answers, the resolutions and hang-ups.
    """

    data_dir: Path
    call_seconds: float
    faults: Mapping[str, str] | str = ""
    name: str = "simulator"

    @property
    def journal(self) -> Journal:
        return Journal(self.data_dir / "simulator")

    def place(self, call: Call) -> Outcome:
        """As ``Carrier.place``; also what ``fault_of`` raises: nothing has been dialled then."""
        fault_of(call.number, self.faults)
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
        strips, resolution = tiff.read(pages), tiff.resolution(pages)
        asked_for = result_asked_for(number)
        if asked_for is not None:
            return _at_test_number(asked_for, len(strips))
        machine, before = machine_with(fault_of(number, self.faults)), first_page - 1
        if machine.answer in NOT_FROM_THE_ENGINE:
            return Outcome(NOT_FROM_THE_ENGINE[machine.answer], before, timedelta(0))
        if resolution is Resolution.FINE and not machine.abilities.resolutions & Resolutions.FINE:
            return Outcome(MACHINE_INCOMPATIBLE, before, HANDSHAKE, resolution_refused=True)
        last = len(strips)
        if machine.hangs_up_in_page is not None:
            last = min(last, before + machine.hangs_up_in_page - 1)
        sent = strips[before:last]
        if sent:
            received = Received(self.data_dir / "received")
            received.keep_from(first_page, number, fax_id, tiff.assemble(sent, resolution))
        return Outcome(
            code=OK if last == len(strips) else DISCONNECTED,
            pages_confirmed=last,
            duration=HANDSHAKE
            + timedelta(seconds=sum(len(strip.data) for strip in sent) * 8 / BITS_PER_SECOND),
            remote_csid=REMOTE_CSID,
            bits_per_second=BITS_PER_SECOND,
            ecm=True,
        )


def _at_test_number(code: int, pages: int) -> Outcome:
    """An error after a page leaves the last page out; other errors come before the first."""
    confirmed = {OK: pages, ERROR_AFTER_PAGE: pages - 1}.get(code, 0)
    return Outcome(code, confirmed, timedelta(0))
