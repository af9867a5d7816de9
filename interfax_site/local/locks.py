"""Who uses a data directory: one process starts its servers, others may use them while they run.

Both locks are flock's: the kernel drops them with the process, however it ends.
"""

import fcntl
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUseError(Exception):
    """Another process holds the data directory; the text says which."""


@contextmanager
def instance_lock(data_dir: Path) -> Iterator[None]:
    """Be the one process that starts servers over `data_dir`; InUseError when there is one already."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "instance.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise InUseError(f"{data_dir} is in use by {holder}") from error
        file.truncate(0)
        file.write(f"process {os.getpid()} ({shlex.join(sys.argv)})\n")
        file.flush()
        yield


@contextmanager
def user_lock(data_dir: Path, *, alone: bool) -> Iterator[None]:
    """Hold the servers as one of many users; `alone`: wait until the last of the others has left."""
    with (data_dir / "users.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
