"""One child process: how it is described, started, known to be ready and stopped.

Used alike by the services of a test run and by the supervisor of `./run`.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypedDict

POLL_SECONDS = 0.02
RETRY_SECONDS = 0.2

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartError(Exception):
    """A program that cannot start; the text tells a person why and what to do."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The operating system's user and group that a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """A command that is to run beside us.

    `ready(pid)` says whether it serves; `stop_signal` asks it to end in order, `orphan_signal` is what
    Linux sends it when its parent dies; after `stop_seconds` it is killed. A program that ends before it was
    ready is tried again for `retry_seconds`.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[int], bool] = field(default=lambda _pid: True)
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    start_seconds: float = 30.0
    retry_seconds: float = 0.0
    owner: Owner | None = None
    cwd: Path | None = None
    pass_fds: tuple[int, ...] = ()


def die_with_parent(orphan_signal: signal.Signals, parent: int) -> Callable[[], None]:
    """Return what a forked child calls before exec so that it never outlives `parent` (Linux only)."""

    def before_exec() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal))
            if os.getppid() != parent:  # it died before the kernel was told
                os._exit(0)

    return before_exec


def spawn(program: Program, output: int | IO[bytes] | None) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, stdin closed, output and errors to `output`."""
    try:
        return subprocess.Popen(
            list(program.argv),
            env=dict(program.environment),
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(program.orphan_signal, os.getpid()),
            pass_fds=program.pass_fds,
            **ownership(program.owner),
        )
    except OSError as error:
        raise StartError(f"{program.name} cannot be started: {error}") from error


class Ownership(TypedDict):
    """Subprocess's keyword arguments for the user to run as; all None: ourselves."""

    user: int | None
    group: int | None
    extra_groups: tuple[int, ...] | None


def ownership(owner: Owner | None) -> Ownership:
    """Return subprocess's keyword arguments to run as `owner`."""
    if owner is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": owner.uid, "group": owner.gid, "extra_groups": ()}


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Poll `condition` until it holds; False when it still does not after `seconds`."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(POLL_SECONDS)
    return True


def start(program: Program, output: int | IO[bytes] | None) -> subprocess.Popen[bytes]:
    """Start a program and wait until it is ready; StartError when it never is."""
    limit = time.monotonic() + program.retry_seconds
    while True:
        process = spawn(program, output)

        def settled(process: subprocess.Popen[bytes] = process) -> bool:
            return process.poll() is not None or program.ready(process.pid)

        if not wait_until(settled, seconds=program.start_seconds):
            stop(process, program)
            raise StartError(f"{program.name} was not ready after {program.start_seconds:.0f} s")
        if process.returncode is None:
            return process
        if time.monotonic() > limit:
            raise StartError(f"{program.name} ended with code {process.returncode} before it was ready")
        time.sleep(RETRY_SECONDS)


def stop(process: subprocess.Popen[bytes], program: Program) -> int:
    """End a child in order, by force after `stop_seconds`; return its exit code."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(program.stop_seconds)
    kill_group(process.pid)
    return process.wait()


def kill_group(leader: int) -> None:
    """Kill what is left of the session that a child led, its own children among it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
