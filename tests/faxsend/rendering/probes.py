"""Tasks for a confined child that try what a hostile document would, and tell how it went."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import time
from pathlib import Path
from typing import Any


def environment(here: Path) -> list[str]:
    """The variables the child can see."""
    return sorted(os.environ)


def rights(here: Path) -> dict[str, Any]:
    """Who the child is."""
    return {"user": os.getresuid(), "groups": os.getgroups(), "session": os.getsid(0) == os.getpid()}


def interfaces(here: Path) -> list[str]:
    """The network interfaces in reach."""
    return [name for _, name in socket.if_nameindex()]


def connect(here: Path) -> str:
    """Connect to the port that the parent listens on."""
    try:
        with socket.socket() as client:
            client.settimeout(2)
            client.connect(("127.0.0.1", int((here / "port").read_text())))
    except OSError as error:
        return type(error).__name__
    return "connected"


def send_datagram(here: Path) -> str:
    """Send a datagram to the port that the parent listens on."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"secret", ("127.0.0.1", int((here / "port").read_text())))
    except OSError as error:
        return type(error).__name__
    return "sent"


def read_outside(here: Path) -> str:
    """Read the file that the parent named."""
    try:
        return Path((here / "wanted").read_text()).read_text()
    except OSError as error:
        return type(error).__name__


def write_outside(here: Path) -> str:
    """Leave a file beside the job directory."""
    try:
        (here / ".." / "stray").write_text("x")
    except OSError as error:
        return type(error).__name__
    return "written"


def start_process(here: Path) -> str:
    """Start another process."""
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError as error:
        return type(error).__name__
    return "started"


def limits(here: Path) -> dict[str, int]:
    """What the kernel allows at most."""
    kinds = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC")
    return {kind: resource.getrlimit(getattr(resource, kind))[0] for kind in kinds}


def sleep(here: Path) -> None:
    """Outlive the patience of the parent, having told who we are."""
    (here / "pid").write_text(str(os.getpid()))
    time.sleep(60)


def kill_everybody(here: Path) -> str:
    """Signal the process that forked this one, and every other."""
    told = []
    for pid in (os.getppid(), -1):
        try:
            os.kill(pid, 0 if pid == -1 else signal.SIGKILL)
        except OSError as error:
            told.append(type(error).__name__)
    return " ".join(told)


def segfault(here: Path) -> None:
    """Die as an engine written in C does."""
    ctypes.string_at(0)


def gobble(here: Path) -> None:
    """Ask for more memory than there is."""
    bytearray(2 << 30)


def fill_disk(here: Path) -> None:
    """Write a file without end."""
    with (here / "big").open("wb") as file:
        while True:
            file.write(bytes(1 << 20))


def spin(here: Path) -> None:
    """Compute without end, all but a second of the time used up."""
    resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    while True:
        pass


def leave_a_link(here: Path) -> None:
    """Leave a link in place of a result, for the parent to follow."""
    (here / "out").symlink_to("/etc/passwd")


def leave_a_pipe(here: Path) -> None:
    """Leave a pipe in place of a result, for the parent to wait at."""
    os.mkfifo(here / "out")
