"""One child process per job, confined, watched and cleaned up: hostile documents end there.

The parent may be a daemonic Celery process, so it is ``subprocess``, never multiprocessing. Nothing the
child leaves is trusted: files are read without following links, and up to a size.
"""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from faxsend.rendering.child import READY, RESULT
from faxsend.rendering.confinement import FILE_BYTES

START = """
import os, sys
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
sys.path[:] = sys.argv[2:]
from faxsend.rendering.child import main
main()
"""
"""Threads would only take address space, and a process that has some may not make a user namespace."""
WALL_SECONDS = 180.0
"""More than the CPU time a child may have, because a machine under load gives it slowly."""
SMALL = 1 << 20


class NotStarted(RuntimeError):
    """The child could not be made ready: our fault or the machine's, never the document's."""


class Died(Exception):
    """The ready child ended without a result: crashed, out of memory or of time. The text has no content."""


@contextmanager
def job_directory() -> Iterator[Path]:
    """A new directory for one job, removed afterwards.

    It stands inside another one that stays the parent's: the child cannot replace it by a link, and
    children of other jobs under the same user cannot enter.
    """
    with tempfile.TemporaryDirectory(prefix="fax-") as outer:
        inner = Path(outer, "job")
        inner.mkdir(mode=0o700)
        yield inner


def run(task: str, directory: Path, *, seconds: float = WALL_SECONDS) -> Any:
    """Run ``module:function`` on the job directory in a confined child; returns its JSON result.

    The child has ``seconds`` of wall time. Raises ``NotStarted``, ``Died``.
    """
    paths = [os.path.abspath(path) for path in sys.path]
    command = [sys.executable, "-I", "-S", "-c", START, task, *paths]
    errors = directory.parent / "stderr"
    with errors.open("wb") as stderr:
        child = subprocess.Popen(
            command,
            cwd=directory,
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    ended = _wait(child, seconds)
    if not (directory / READY).is_file():
        raise NotStarted(_tail(errors, 2000))
    if not ended:
        raise Died(f"took longer than {seconds} s")
    if child.returncode == os.EX_SOFTWARE:
        raise Died(ascii(_tail(errors, 100)))
    if child.returncode != 0:
        raise Died(f"ended with status {child.returncode}")
    return _json(directory / RESULT)


def warnings_of(directory: Path) -> list[str]:
    """What the child that ran in the directory could not give up."""
    return [str(line) for line in _json(directory / READY)]


def read(path: Path, most: int = FILE_BYTES) -> bytes:
    """The content of a file that a child left. Raises ``Died`` if it is none, or longer than ``most``."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Died(f"left no {path.name}") from error
    with open(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1 or facts.st_size > most:
            raise Died(f"left an odd {path.name}")
        return file.read(most)


def _wait(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it ended by itself; the whole group is dead afterwards."""
    handle = os.pidfd_open(child.pid)
    try:
        ended, _, _ = select.select([handle], [], [], seconds)
    finally:
        os.close(handle)
        # Not yet waited for, so the number still belongs to this group.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return bool(ended)


def _tail(path: Path, most: int) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - most))
        return file.read(most).decode(errors="replace").strip()


def _json(path: Path) -> Any:
    try:
        return json.loads(read(path, SMALL))
    except (ValueError, RecursionError) as error:
        raise Died(f"left a broken {path.name}") from error
