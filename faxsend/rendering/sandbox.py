"""One child process per job, confined, watched and cleaned up: hostile documents end there.

Children are forked by a process that has imported what draws (``forkserver``), one for each process that
renders. Nothing a child leaves is trusted: files are read without following links, and up to a size.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faxsend.rendering.child import READY, RESULT
from faxsend.rendering.confinement import FILE_BYTES

START = """
import os, sys
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
sys.path[:] = sys.argv[2:]
import socket
from faxsend.rendering.forkserver import serve
serve(socket.socket(fileno=int(sys.argv[1])))
"""
"""Threads would only take address space, and a process that has some may not make a user namespace."""
WALL_SECONDS = 180.0
"""More than the CPU time a child may have, because a machine under load gives it slowly."""
ANSWER_SECONDS = 30.0
"""How long the server may take beside what its child may."""
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
    errors = directory.parent / "stderr"
    try:
        with errors.open("wb") as stderr:
            end = _asked(task, directory, seconds, stderr.fileno())
    except NotStarted as error:
        if (directory / READY).is_file():
            raise Died("took its server along") from error
        raise
    if not (directory / READY).is_file():
        raise NotStarted(_tail(errors, 2000))
    if not end["ended"]:
        raise Died(f"took longer than {seconds} s")
    if end["code"] == os.EX_SOFTWARE:
        raise Died(ascii(_tail(errors, 200).rpartition("\n")[2]))  # what an engine said before may be content
    if end["code"] != 0:
        raise Died(f"ended with status {end['code']}")
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


@dataclass(frozen=True, slots=True)
class _Server:
    """The process that forks, and our end of the connection to it."""

    process: subprocess.Popen[bytes]
    connection: socket.socket

    @classmethod
    def start(cls) -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        paths = [os.path.abspath(path) for path in sys.path]
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, str(theirs.fileno()), *paths],
                cwd="/",
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )
        return cls(process, ours)

    def stop(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.wait()


_servers: list[_Server] = []
_turn = threading.Lock()


def _forget() -> None:
    """A process that is forked from this one, as Celery's workers are, gets a server and turns of its own."""
    global _turn
    _servers.clear()
    _turn = threading.Lock()


os.register_at_fork(after_in_child=_forget)


def _asked(task: str, directory: Path, seconds: float, stderr: int) -> Any:
    """Have a child forked and wait for its end. One job at a time; a server that has died is started again."""
    request = {"task": task, "directory": str(directory), "seconds": seconds}
    with _turn:
        if _servers and _servers[0].process.poll() is not None:
            _servers.pop().stop()
        if not _servers:
            _servers.append(_Server.start())
        connection = _servers[0].connection
        try:
            connection.settimeout(seconds + ANSWER_SECONDS)
            socket.send_fds(connection, [json.dumps(request).encode()], [stderr])
            answer = connection.recv(SMALL)
            if answer:
                return json.loads(answer)
            raise ConnectionError("no answer")
        except BaseException as error:
            _servers.pop().stop()
            if isinstance(error, OSError):
                raise NotStarted(str(error)) from error
            raise


def _tail(path: Path, most: int) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - most))
        return file.read(most).decode(errors="replace").strip()


def _json(path: Path) -> Any:
    try:
        return json.loads(read(path, SMALL))
    except (ValueError, RecursionError) as error:
        raise Died(f"left a broken {path.name}") from error
