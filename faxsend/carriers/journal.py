"""A carrier's memory on disk: what was dialled, and how it ended, so that it can answer after a crash.

One directory a call, named by its reference and made by a single rename: whoever makes it first decides whether
the call was dialled or is void. The outcome is one file in it, written by rename too. What it says outlasts a power
cut: a call that was forgotten would be made again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from accounts.sealing import seal, unseal
from faxsend.carriers.base import AlreadyPlaced, Call, Outcome

TAKEN = {errno.ENOTEMPTY, errno.EEXIST}
"""How a rename fails whose place somebody has. On a full or broken disk it fails too, and says nothing of a call."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call in the journal. Without ``call.json`` it is void: it was asked for before it was dialled."""

    directory: Path

    @property
    def void(self) -> bool:
        return not (self.directory / "call.json").exists()

    def facts(self) -> dict[str, Any]:
        """What was written when the call was dialled."""
        facts: dict[str, Any] = json.loads((self.directory / "call.json").read_text())
        return facts

    def tiff(self) -> bytes:
        return unseal((self.directory / "pages").read_bytes())

    def outcome(self) -> Outcome | None:
        try:
            facts = json.loads((self.directory / "outcome.json").read_text())
        except FileNotFoundError:
            return None
        return Outcome(
            code=facts["code"],
            pages_confirmed=facts["pages_confirmed"],
            duration=timedelta(seconds=facts["seconds"]),
            remote_csid=facts["remote_csid"],
            bits_per_second=facts.get("bits_per_second"),
            ecm=facts.get("ecm"),
            engine_words=facts.get("engine_words", ""),
            resolution_refused=facts.get("resolution_refused", False),
        )

    def end(self, outcome: Outcome) -> None:
        """Write the outcome; the pages are not needed any more."""
        facts = {
            "code": outcome.code,
            "pages_confirmed": outcome.pages_confirmed,
            "seconds": outcome.duration.total_seconds(),
            "remote_csid": outcome.remote_csid,
            "bits_per_second": outcome.bits_per_second,
            "ecm": outcome.ecm,
            "engine_words": outcome.engine_words,
            "resolution_refused": outcome.resolution_refused,
        }
        write_atomically(self.directory / "outcome.json", json.dumps(facts).encode())
        (self.directory / "pages").unlink(missing_ok=True)

    def withdraw(self) -> None:
        """Make it void: it has not been dialled, and now never will be."""
        (self.directory / "call.json").unlink(missing_ok=True)
        (self.directory / "pages").unlink(missing_ok=True)

    @contextmanager
    def locked(self, *, wait: bool) -> Iterator[bool]:
        """Hold the call, as its caller does while it lasts; yields whether it is held."""
        with open(self.directory / "lock", "ab") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True


@dataclass(frozen=True, slots=True)
class Journal:
    root: Path

    def entry(self, reference: str) -> Entry:
        return Entry(self.root / reference)

    def dial(self, call: Call, facts: dict[str, Any]) -> Entry:
        """Write down a call before it is dialled. Raises ``AlreadyPlaced``."""
        prepared = self._prepare()
        try:
            (prepared / "pages").write_bytes(seal(call.tiff))
            write_atomically(prepared / "call.json", json.dumps(facts).encode())
        except OSError:
            shutil.rmtree(prepared)
            raise
        if not self._put(prepared, call.reference):
            raise AlreadyPlaced(call.reference)
        return self.entry(call.reference)

    def void(self, reference: str) -> bool:
        """Make sure that a reference is never dialled; False if it has been."""
        return self._put(self._prepare(), reference) or self.entry(reference).void

    def forget(self, *, before: datetime, but: Collection[str]) -> int:
        """Remove the entries written ``before``, but those of some references; how many there were."""
        entries = list(self.root.iterdir()) if self.root.exists() else []
        old = [entry for entry in entries if entry.name not in but and older(entry, before)]
        for entry in old:
            shutil.rmtree(entry, ignore_errors=True)
        return len(old)

    def _prepare(self) -> Path:
        """A directory to become an entry. Never empty: an empty one could be renamed over by the next."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        prepared = Path(mkdtemp(prefix=".new-", dir=self.root))
        (prepared / "lock").touch()
        return prepared

    def _put(self, prepared: Path, reference: str) -> bool:
        try:
            prepared.rename(self.root / reference)
        except OSError as error:
            shutil.rmtree(prepared)
            if error.errno not in TAKEN:
                raise
            return False
        _keep_names(self.root)
        return True


def older(path: Path, moment: datetime) -> bool:
    """Whether it was last written before ``moment``; not if it has gone meanwhile."""
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def write_atomically(path: Path, data: bytes) -> None:
    """``path`` appears whole or not at all, also for a reader at this moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.rename(path)
        _keep_names(path.parent)
    except OSError:
        # On a full disk, half a file would be in the way of whatever is written next.
        temporary.unlink(missing_ok=True)
        raise


def _keep_names(directory: Path) -> None:
    """A file that is on the disk is found again only if its name is, too (``fsync(2)``)."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
