"""One process starts the servers of a data directory; others may use them."""

import subprocess
import sys
from pathlib import Path

import pytest

from interfax_site.local.locks import InUseError, instance_lock, user_lock

HOLD = """
import sys
from pathlib import Path
from interfax_site.local import locks
with {lock}:
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(lock: str, data_dir: Path) -> subprocess.Popen[bytes]:
    """Start a process that holds a lock until its input is closed."""
    source = HOLD.format(lock=lock.format(f"Path({str(data_dir)!r})"))
    process = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_second_instance_is_told_who_holds_the_directory(tmp_path: Path) -> None:
    with holder("locks.instance_lock({})", tmp_path) as process:
        with pytest.raises(InUseError, match=rf"in use by process {process.pid} "), instance_lock(tmp_path):
            pass
        process.communicate()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with holder("locks.instance_lock({})", tmp_path) as process:
        process.kill()
        process.wait()
        with instance_lock(tmp_path):
            assert f"process {process.pid} " not in (tmp_path / "instance.lock").read_text()


def test_users_share_and_whoever_wants_to_be_alone_waits_for_them(tmp_path: Path) -> None:
    with holder("locks.user_lock({}, alone=False)", tmp_path) as user:
        with user_lock(tmp_path, alone=False):
            pass
        source = HOLD.format(lock=f"locks.user_lock(Path({str(tmp_path)!r}), alone=True)")
        with subprocess.Popen(
            [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as last:
            with pytest.raises(subprocess.TimeoutExpired):
                last.wait(1.5)
            user.communicate()
            assert last.communicate()[0] == b"held\n"
