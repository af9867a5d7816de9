"""Real T.30 calls without a telephone: libspandsp2 speaks at both ends of a line that runs on a clock of its own.

Each call is a child process, which ends with the one that places it. The machine that receives is ours; what it
has confirmed lies under ``DATA_DIR/received``, and what is wrong with it says ``SPANDSP_FAULTS``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from faxsend.carriers.base import AlreadyPlaced, Call, Outcome, Sighting
from faxsend.carriers.engine_results import (
    COMMUNICATION_ERROR,
    DISCONNECTED,
    good_pages,
    outcome_of,
    printable,
)
from faxsend.carriers.faults import fault_of
from faxsend.carriers.journal import Entry, Journal
from faxsend.carriers.received import Received, first_pages
from faxsend.rendering import Resolution, tiff
from faxsend.rendering.t6 import is_whole
from faxsend.results import INTERNAL_ERROR, OUTCOME_UNKNOWN
from faxsend.t30 import library
from faxsend.t30.report import Report, Task

log = structlog.get_logger(__name__)

WALL_SECONDS = 900.0
"""A call of 100 dense pages takes less than ten seconds on an idle machine."""
LAST_PAGE_SENT = "last-page-sent"
"""The file in the journal that says that the receiver may have the whole fax."""
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class SpandspCarrier:
    """``faults``: names of ``t30.machine.FAULTS`` by number (digits, ``0081…``), or the path of such a JSON file,
    which is read for each call. ``wall_seconds``: so long a call may take in real time.
    """

    data_dir: Path
    faults: Mapping[str, str] | str
    wall_seconds: float = WALL_SECONDS
    name: str = "spandsp"

    @property
    def journal(self) -> Journal:
        return Journal(self.data_dir / self.name)

    def place(self, call: Call) -> Outcome:
        """As ``Carrier.place``. Raises ``OSError`` without the library, ``ValueError`` for faults that do not exist:
        nothing has been dialled then.
        """
        library.load()
        fault = fault_of(call.number, self.faults)
        facts = {"fax_id": call.fax_id, "number": call.number, "first_page": call.first_page}
        entry = self.journal.dial(call, facts)
        with entry.locked(wait=True):
            if entry.outcome() is not None:
                # Somebody has looked into it before it was locked, and was told that it is lost.
                raise AlreadyPlaced(call.reference)
            outcome = self._dial(entry, call, fault)
            _write_down(entry, outcome)
        return outcome

    def find(self, reference: str) -> Outcome | Sighting:
        if self.journal.void(reference):
            return Sighting.NEVER_DIALLED
        entry = self.journal.entry(reference)
        with entry.locked(wait=False) as held:
            if not held:
                return Sighting.IN_PROGRESS
            outcome = entry.outcome()
            if outcome is None:
                outcome = _lost(entry, DISCONNECTED, "the caller was gone")
                entry.end(outcome)
            return outcome

    def cancel(self, reference: str) -> bool:
        return self.journal.void(reference)

    def forget(self, *, before: datetime, but: Collection[str]) -> int:
        """Remove what the journal knows of calls ``before``, except some references; how many."""
        return self.journal.forget(before=before, but=but)

    def _dial(self, entry: Entry, call: Call, fault: str) -> Outcome:
        try:
            pages, resolution = _checked(call)
        except ValueError as error:
            return Outcome(INTERNAL_ERROR, 0, timedelta(0), engine_words=str(error))
        with _memory_file("pages") as sent, _memory_file("received") as received:
            os.pwrite(sent, call.tiff, 0)
            task = Task(
                pages=f"/proc/self/fd/{sent}",
                received=f"/proc/self/fd/{received}",
                last_page_sent=str(entry.directory / LAST_PAGE_SENT),
                first_page=call.first_page,
                csid=printable(call.csid),
                fault=fault,
                parent=os.getpid(),
            )
            report = _called(task, [sent, received], self.wall_seconds)
            if report is None:
                return _lost(entry, COMMUNICATION_ERROR, "the engine ended without a result")
            if good := good_pages(report):
                self._keep(call, _content(received), good, resolution)
        return outcome_of(report, first_page=call.first_page, pages=pages)

    def _keep(self, call: Call, stored: bytes, good: int, resolution: Resolution) -> None:
        """Keep what the machine has received. What it has confirmed stays so, whatever becomes of this copy."""
        try:
            pages = first_pages(stored, good, resolution)
            Received(self.data_dir / "received").keep_from(call.first_page, call.number, call.fax_id, pages)
        except Exception as error:
            # The path, and with it the number, stands in the error's text.
            log.error("received pages cannot be kept", fax=call.fax_id, reason=type(error).__name__)


def _checked(call: Call) -> tuple[int, Resolution]:
    """How many pages the file has, and their resolution. Raises ``ValueError``: the engine sends what it can read,
    and calls that a success.
    """
    strips = tiff.read(call.tiff)
    if not 1 <= call.first_page <= len(strips):
        raise ValueError("no such page")
    if not all(map(is_whole, strips)):
        raise ValueError("a page is cut off")
    return len(strips), tiff.resolution(call.tiff)


def _write_down(entry: Entry, outcome: Outcome) -> None:
    """The caller learns of the outcome even if the journal cannot: lost, it would be an unknown one."""
    try:
        entry.end(outcome)
    except OSError:
        log.exception("outcome cannot be written to the journal", attempt=entry.directory.name)


def _called(task: Task, files: Collection[int], seconds: float) -> Report | None:
    """Make the call in a child process. None if that has ended without a report, or had to be ended."""
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-m", "faxsend.t30.call"],
            input=task.as_json(),
            capture_output=True,
            text=True,
            timeout=seconds,
            env={"PYTHONPATH": str(PROJECT)},
            cwd="/",
            pass_fds=tuple(files),
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.error("call took too long", seconds=seconds)
        return None
    if done.returncode != 0:
        log.error("call died", status=done.returncode, said=done.stderr[-500:])
        return None
    return Report(**json.loads(done.stdout))


def _lost(entry: Entry, code: int, words: str) -> Outcome:
    """The outcome of a call of which only the journal is left.

    What its receiver had received has gone with it, so that the next call begins where this one did.
    """
    known = not (entry.directory / LAST_PAGE_SENT).exists()
    return Outcome(
        code=code if known else OUTCOME_UNKNOWN,
        pages_confirmed=entry.facts()["first_page"] - 1,
        duration=timedelta(0),
        engine_words=words,
    )


@contextmanager
def _memory_file(name: str) -> Iterator[int]:
    """A file without a place on any disk, gone with the last process that has it."""
    descriptor = os.memfd_create(name)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
