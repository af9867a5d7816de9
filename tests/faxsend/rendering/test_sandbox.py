"""The confined child: what it cannot do, and what becomes of one that dies."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from faxsend.rendering import sandbox, sandbox_warnings

PROBES = "tests.faxsend.rendering.probes"


def probe(name: str, seconds: float = 20, **files: str) -> Any:
    with sandbox.job_directory() as directory:
        for file, text in files.items():
            (directory / file).write_text(text)
        return sandbox.run(f"{PROBES}:{name}", directory, seconds=seconds)


def test_this_machine_lets_a_child_give_up_everything() -> None:
    assert sandbox_warnings() == []


def test_a_child_sees_nothing_of_our_environment() -> None:
    os.environ["KEY_SECRETS_PROBE"] = "secret"
    try:
        assert set(probe("environment")) <= {"LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    finally:
        del os.environ["KEY_SECRETS_PROBE"]


def test_a_child_has_a_session_of_its_own() -> None:
    assert probe("rights")["session"]


@pytest.mark.root
def test_a_child_of_root_is_nobody_without_groups() -> None:
    assert probe("rights") == {"user": [65534] * 3, "groups": [], "session": True}


def test_a_child_has_no_network_but_its_own_loopback() -> None:
    assert set(probe("interfaces")) == {"lo"}


def test_a_child_cannot_connect_to_a_server_on_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert probe("connect", port=str(server.getsockname()[1])) != "connected"


def test_a_child_cannot_send_a_datagram_to_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        assert probe("send_datagram", port=str(server.getsockname()[1])) != "sent"
        with pytest.raises(TimeoutError):
            server.recv(10)


def test_a_child_cannot_read_files_that_anybody_may_read() -> None:
    assert probe("read_outside", wanted="/etc/passwd") == "PermissionError"


def test_a_child_cannot_read_the_directory_of_another_job() -> None:
    with sandbox.job_directory() as other:
        (other / "mail").write_text("secret")
        assert probe("read_outside", wanted=str(other / "mail")) == "PermissionError"


def test_a_child_cannot_write_outside_its_directory() -> None:
    assert probe("write_outside") == "PermissionError"


def test_a_child_has_limits_of_the_kernel() -> None:
    assert probe("limits") == {
        "RLIMIT_AS": 1 << 30,
        "RLIMIT_CPU": 20,
        "RLIMIT_FSIZE": 64 << 20,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": 0,
    }


def test_a_child_cannot_start_processes() -> None:
    assert probe("start_process") == "BlockingIOError"


@pytest.mark.parametrize("way", ["segfault", "gobble", "fill_disk", "spin"])
def test_a_child_that_breaks_down_has_died(way: str) -> None:
    with pytest.raises(sandbox.Died):
        probe(way)


def test_a_child_that_takes_too_long_is_killed() -> None:
    with sandbox.job_directory() as directory:
        began = time.monotonic()
        with pytest.raises(sandbox.Died, match="longer"):
            sandbox.run(f"{PROBES}:sleep", directory, seconds=2)
        assert time.monotonic() - began < 5
        with pytest.raises(ProcessLookupError):
            os.kill(int((directory / "pid").read_text()), 0)


@pytest.mark.parametrize("trick", ["leave_a_link", "leave_a_pipe"])
def test_the_parent_does_not_fall_for_what_a_child_leaves(trick: str) -> None:
    with sandbox.job_directory() as directory:
        sandbox.run(f"{PROBES}:{trick}", directory)
        with pytest.raises(sandbox.Died):
            sandbox.read(directory / "out")


def test_a_file_longer_than_expected_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(bytes(11))
    with pytest.raises(sandbox.Died):
        sandbox.read(tmp_path / "long", 10)


def test_a_child_that_cannot_be_started_is_our_fault() -> None:
    with pytest.raises(sandbox.NotStarted, match="no_such_module"):
        probe("no_such_module")


def server() -> sandbox._Server:
    probe("environment")
    [server] = sandbox._servers
    return server


def test_one_server_forks_the_children_and_a_new_one_takes_over_when_it_has_died() -> None:
    first = server()
    assert server() is first
    first.process.kill()
    first.process.wait()
    assert server() is not first


def test_a_forked_process_has_a_server_of_its_own_and_ends_it_with_itself() -> None:
    """As Celery forks its workers; killed, it takes its server and the child at work along."""
    ours = server()
    with sandbox.job_directory() as directory:
        worker = os.fork()
        if worker == 0:
            sandbox.run(f"{PROBES}:sleep", directory, seconds=60)
        pid = _wait_for_pid(directory / "pid")
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        end = time.monotonic() + 5
        while time.monotonic() < end and Path(f"/proc/{pid}").exists():
            time.sleep(0.02)
        assert not Path(f"/proc/{pid}").exists()
    assert server() is ours


def _wait_for_pid(file: Path) -> int:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.02)
    raise TimeoutError(file.name)


@pytest.mark.root
def test_a_child_that_kills_what_it_can_does_not_end_the_server() -> None:
    first = server()
    probe("kill_everybody")
    assert server() is first


def test_nothing_of_a_job_stays_behind() -> None:
    with sandbox.job_directory() as directory:
        sandbox.run(f"{PROBES}:environment", directory)
        outer = directory.parent
    assert not outer.exists()


def test_the_directory_of_a_job_is_closed_to_others() -> None:
    with sandbox.job_directory() as directory:
        assert directory.parent.stat().st_mode & 0o077 == 0
