"""What a child gives up before it touches a document: network, rights, files, memory, time.

Runs in the child only, first thing, single-threaded. Linux only: namespaces (unshare(2)), prlimit,
Landlock (landlock(7), called by number because libc has no wrapper). What the machine forbids is
named in a warning, and the child goes on with the rest.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from pathlib import Path

ADDRESS_SPACE = 1 << 30
CPU_SECONDS, CPU_SECONDS_AT_MOST = 20, 120
FILE_BYTES = 64 << 20
NOBODY = 65534

CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38
LANDLOCK_CREATE, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_PATH_BENEATH, LANDLOCK_VERSION = 1, 1
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""Number of rights over files (bits from 0) by version of the interface; 16 from version 5."""

libc = ctypes.CDLL(None, use_errno=True)


def limit() -> None:
    """Memory, time and file size, and no core file: enforced by the kernel from here on."""
    for kind, most in {
        resource.RLIMIT_AS: ADDRESS_SPACE,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(kind, (most, most))
    allow_for(pages=0)


def allow_for(pages: int) -> None:
    """20 s of CPU and one more for each page that turned out to be there: a colour scan takes 0.4 s."""
    seconds = min(CPU_SECONDS + pages, CPU_SECONDS_AT_MOST)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, CPU_SECONDS_AT_MOST))


def leave_network() -> list[str]:
    """Move into a network of its own, with nothing in it; returns a warning where that is forbidden."""
    spaces = CLONE_NEWNET | CLONE_NEWIPC
    if os.geteuid() != 0:
        spaces |= CLONE_NEWUSER
    if libc.unshare(spaces) == 0:
        return []
    return [f"documents are drawn with the network in reach: unshare: {_reason()}"]


def drop_rights(directory: Path) -> None:
    """Give the directory to ``nobody`` and become it, if root; no processes, no new rights for anybody.

    Raises ``OSError`` if root cannot be left: no document is drawn then.
    """
    if os.geteuid() == 0:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")


def leave_files(directory: Path) -> list[str]:
    """Keep nothing of the file system but the directory; returns a warning where that is not possible."""
    version = libc.syscall(LANDLOCK_CREATE, None, 0, LANDLOCK_VERSION)
    if version < 1:
        return [f"documents are drawn with other files in reach: Landlock: {_reason()}"]
    files = (1 << FILE_RIGHTS.get(version, 16)) - 1
    # Over TCP (bind, connect) from version 4; abstract sockets and signals from version 6.
    attributes = struct.pack("<QQQ", files, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = libc.syscall(LANDLOCK_CREATE, attributes, len(attributes), 0)
    beneath = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    allowed = libc.syscall(
        LANDLOCK_ADD_RULE, rules, LANDLOCK_PATH_BENEATH, struct.pack("<Qi", files, beneath), 0
    )
    if allowed != 0 or libc.syscall(LANDLOCK_RESTRICT, rules, 0) != 0:
        return [f"documents are drawn with other files in reach: Landlock: {_reason()}"]
    os.close(beneath)
    os.close(rules)
    return []


def _reason() -> str:
    return os.strerror(ctypes.get_errno())
