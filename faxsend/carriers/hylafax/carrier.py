"""Faxes by modems of one's own: each call is a job of a HylaFAX server, which dials once and is then asked.

A job does not need us: it runs to its end when the process that submitted it has died, and it is found again by its
id in our journal, or, should that be lost, by its tag at the server.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog

from faxsend.carriers.base import AlreadyPlaced, Call, NotDialled, Outcome, Sighting
from faxsend.carriers.hylafax.job import Job, State
from faxsend.carriers.hylafax.results import never_dialled, outcome_of
from faxsend.carriers.hylafax.server import Server, ServerFailed, Session
from faxsend.carriers.hylafax.submission import Tag, parameters, tag_of
from faxsend.carriers.journal import Entry, Journal, write_atomically
from faxsend.rendering import tiff
from faxsend.results import INTERNAL_ERROR, OUTCOME_UNKNOWN

log = structlog.get_logger(__name__)

JOB, SUBMITTED, ASKED = "job", "submitted", "asked"
"""Files of an entry: the job's id, written before it is submitted; that the server has taken it; and, in one that is
void, that the server does not know the call either.
"""
SETTLE_SECONDS = 5.0
"""So long the scheduler may need until a job that is being submitted is told from one that never was."""
KEPT_SECONDS = 600.0
"""So long at least a server keeps a job that has ended (faxqclean: 15 minutes)."""


def journal_in(data_dir: Path) -> Journal:
    """What this carrier knows of its calls, also while there is no server."""
    return Journal(data_dir / "hylafax")


@dataclass(frozen=True, slots=True)
class HylafaxCarrier:
    """``international``: what is dialled before the country code of a number abroad (Japan: 010).

    ``poll_seconds``: between two looks at a job under way.
    """

    data_dir: Path
    server: Server
    international: str = "010"
    poll_seconds: float = 2.0
    settle_seconds: float = SETTLE_SECONDS
    name: str = "hylafax"

    @property
    def journal(self) -> Journal:
        return journal_in(self.data_dir)

    def place(self, call: Call) -> Outcome:
        entry = self.journal.dial(call, {"fax_id": call.fax_id, "first_page": call.first_page})
        with entry.locked(wait=True):
            if entry.void or entry.outcome() is not None:
                raise AlreadyPlaced(call.reference)
            try:
                pages, settings = self._prepared(call)
            except ValueError as error:
                outcome = Outcome(INTERNAL_ERROR, 0, timedelta(0), engine_words=str(error))
                entry.end(outcome)
                return outcome
            self._submit(entry, pages, settings)
            return self._follow(entry)

    def find(self, reference: str) -> Outcome | Sighting:
        if self.journal.void(reference):
            return self._ask_by_tag(self.journal.entry(reference))
        entry = self.journal.entry(reference)
        with entry.locked(wait=False) as held:
            return self._look(entry) if held else Sighting.IN_PROGRESS

    def cancel(self, reference: str) -> bool:
        entry = self.journal.entry(reference)
        if self.journal.void(reference):
            return self._ask_by_tag(entry) is Sighting.NEVER_DIALLED
        if entry.outcome() is not None or not (job := _job_id(entry)):
            return False
        try:
            return self._withdraw(entry, job)
        except ServerFailed as error:
            log.info("job cannot be cancelled", reference=reference, reason=str(error))
            return False

    def _prepared(self, call: Call) -> tuple[bytes, list[tuple[str, str]]]:
        """The pages that are left to send, and how. Raises ``ValueError`` for what no server could send."""
        strips, resolution = tiff.read(call.tiff), tiff.resolution(call.tiff)
        if not 1 <= call.first_page <= len(strips):
            raise ValueError("no such page")
        tag = Tag(call.reference, first_page=call.first_page, pages=len(strips))
        settings = parameters(call, tag, resolution, international=self.international)
        return tiff.assemble(strips[call.first_page - 1 :], resolution), settings

    def _submit(self, entry: Entry, pages: bytes, settings: list[tuple[str, str]]) -> None:
        """Raises ``NotDialled`` as long as that is sure."""
        try:
            with self.server.session() as session:
                document = session.store(pages)
                job = session.new_job()
                for parameter, value in [*settings, ("DOCUMENT", document)]:
                    session.set(parameter, value)
                write_atomically(entry.directory / JOB, job.encode())
                session.submit()
                (entry.directory / SUBMITTED).touch()
        except ServerFailed as error:
            log.warning("job cannot be submitted", reference=entry.directory.name, reason=str(error))
            if not _job_id(entry):
                entry.withdraw()
                raise NotDialled(str(error)) from error

    def _follow(self, entry: Entry) -> Outcome:
        begun: float | None = None
        while True:
            if entry.void:
                raise AlreadyPlaced(entry.directory.name)
            found = self._look(entry, line_time=timedelta(seconds=time.monotonic() - begun if begun else 0))
            if isinstance(found, Outcome):
                return found
            if found is Sighting.NEVER_DIALLED:
                raise NotDialled("no modem has taken the job")
            begun = begun or time.monotonic()
            time.sleep(self.poll_seconds)

    def _look(self, entry: Entry, *, line_time: timedelta = timedelta(0)) -> Outcome | Sighting:
        """What has become of a call in the journal; the caller holds its entry.

        ``line_time``: how long it takes already, for a server whose logs may not be read.
        """
        if (outcome := entry.outcome()) is not None:
            return outcome
        job = _job_id(entry)
        if not job:
            entry.withdraw()
        if entry.void:
            return Sighting.NEVER_DIALLED
        try:
            with self.server.session() as session:
                known = _ours(session, job, entry)
                found = self._settle(session, entry, job, known, line_time)
        except ServerFailed as error:
            log.warning("server does not tell", reference=entry.directory.name, reason=str(error))
            return Sighting.IN_PROGRESS
        if isinstance(found, Outcome):
            entry.end(found)
        elif found is Sighting.NEVER_DIALLED:
            entry.withdraw()
        return found

    def _settle(
        self, session: Session, entry: Entry, job: str, known: Job | None, line_time: timedelta
    ) -> Outcome | Sighting:
        age = time.time() - (entry.directory / JOB).stat().st_mtime
        if known is None:
            # A job that was not submitted goes with its session.
            never = not (entry.directory / SUBMITTED).exists() and 0 <= age < KEPT_SECONDS
            return (
                Sighting.NEVER_DIALLED if never else _unknown(entry.facts()["first_page"], "the job is gone")
            )
        if known.planned_again:
            # The next look finds it suspended, or calling again if that was faster.
            session.suspend(job)
            return Sighting.IN_PROGRESS
        if known.ended and known.state is State.SUSPENDED:
            outcome = _outcome(session, known, line_time)
            # Before it is gone there: one of which nobody knows would be an unknown outcome.
            entry.end(outcome)
            session.delete(job)
            return outcome
        if known.ended:
            return Sighting.NEVER_DIALLED if never_dialled(known) else _outcome(session, known, line_time)
        if known.state is State.SUSPENDED and age >= self.settle_seconds:
            session.delete(job)
            return Sighting.NEVER_DIALLED
        return Sighting.IN_PROGRESS

    def _withdraw(self, entry: Entry, job: str) -> bool:
        """Take back a job that waits for a modem."""
        with self.server.session() as session:
            known = _ours(session, job, entry)
            if known is None or known.ended or known.dials or known.state is State.ACTIVE:
                return False
            session.suspend(job)
        with self.server.session() as session:
            known = _ours(session, job, entry)
            if known is None or known.ended or known.state is not State.SUSPENDED:
                return False
            session.delete(job)
        entry.withdraw()
        return True

    def _ask_by_tag(self, entry: Entry) -> Outcome | Sighting:
        """Of a call that the journal does not know: a journal can be lost."""
        asked = entry.directory / ASKED
        if asked.exists():
            return Sighting.NEVER_DIALLED
        try:
            with self.server.session() as session:
                for job, tag in session.jobs():
                    if (read := tag_of(tag)) is not None and read.reference == entry.directory.name:
                        known = session.job(job)
                        if known is not None and known.planned_again:
                            session.suspend(job)
                        if known is None or not known.ended:
                            return Sighting.IN_PROGRESS
                        if not never_dialled(known):
                            return _outcome(session, known, timedelta(0))
        except ServerFailed as error:
            log.warning("server does not tell", reference=entry.directory.name, reason=str(error))
            return Sighting.IN_PROGRESS
        asked.touch()
        return Sighting.NEVER_DIALLED


def _ours(session: Session, job: str, entry: Entry) -> Job | None:
    """The job of an entry; ids come round again, so that another job may have it."""
    known = session.job(job)
    tag = tag_of(known.tag) if known is not None and known.owner == session.user else None
    return known if tag is not None and tag.reference == entry.directory.name else None


def _job_id(entry: Entry) -> str:
    """Empty as long as nothing has been submitted."""
    path = entry.directory / JOB
    return path.read_text() if path.exists() else ""


def _outcome(session: Session, ended: Job, line_time: timedelta) -> Outcome:
    tag = tag_of(ended.tag)
    assert tag is not None
    call = session.log(ended.session)
    if not call.duration:
        call = replace(call, duration=line_time)
    return outcome_of(ended, call, first_page=tag.first_page, pages=tag.pages)


def _unknown(first_page: int, words: str) -> Outcome:
    return Outcome(OUTCOME_UNKNOWN, first_page - 1, timedelta(0), engine_words=words)
