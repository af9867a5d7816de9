"""Directories for Unix sockets, whose path the kernel limits (sockaddr_un: 108 bytes, 104 on BSD)."""

import hashlib
import os
from pathlib import Path

from interfax_site.local.processes import StartError

PATH_LIMIT = 104


def socket_directory(wanted: Path, name: str) -> Path:
    """Return `wanted`, or a short directory of our own when the socket `name` would not fit in it."""
    if len(os.fsencode(wanted / name)) < PATH_LIMIT:
        return wanted
    parent = Path(os.sep, "run" if os.geteuid() == 0 else "tmp")
    key = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return parent / f"interfax-site-{os.geteuid()}-{key}"


def make_private(directory: Path, *, uid: int, gid: int) -> None:
    """Make a directory that only `uid` may enter; refuse one that somebody else has put there."""
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if directory.is_symlink() or status.st_uid not in {uid, os.geteuid()}:
        raise StartError(f"{directory} is not ours (it belongs to user {status.st_uid}); remove it")
    if (status.st_uid, status.st_gid) != (uid, gid):
        os.chown(directory, uid, gid)
    directory.chmod(0o700)
