"""One child process: started, awaited, stopped, never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interfax_site.local.processes import Program, StartError, spawn, start, stop, wait_until
from tests.interfax_site.local.observing import is_running

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def python(source: str, *, stop_seconds: float = 10.0) -> Program:
    argv = [sys.executable, "-S", "-c", source]
    return Program("child", argv, dict(os.environ), stop_seconds=stop_seconds)


def test_a_program_that_answers_sigterm_is_stopped_with_its_own_code() -> None:
    program = python(
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print(); time.sleep(60)"
    )
    process = spawn(program, subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert stop(process, program) == 7
    process.stdout.close()


def test_a_program_that_ignores_sigterm_is_killed_after_its_limit() -> None:
    program = python(STUBBORN, stop_seconds=0.2)
    process = spawn(program, subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    begun = time.monotonic()
    assert stop(process, program) == -signal.SIGKILL
    assert time.monotonic() - begun < 5
    process.stdout.close()


def test_what_a_program_started_itself_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    program = python(
        f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(file)!r}, 'w').write(str(p.pid)); p.wait()"
    )
    process = spawn(program, None)
    assert wait_until(lambda: file.exists() and file.read_text() != "", seconds=10)
    stop(process, program)
    assert wait_until(lambda: not is_running(int(file.read_text())), seconds=5)


def test_a_program_dies_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time\n"
            "from interfax_site.local.processes import Program, spawn\n"
            "child = spawn(Program('child', ['sleep', '60'], dict(os.environ)), None)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)\n",
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: not is_running(child), seconds=5)


def test_a_program_without_a_file_names_itself_in_the_error() -> None:
    with pytest.raises(StartError, match="child cannot be started"):
        start(Program("child", ["/nonexistent/program"], {}), None)


def test_a_program_that_ends_before_it_is_ready_is_an_error() -> None:
    program = Program("child", ["false"], dict(os.environ), ready=lambda _pid: False)
    with pytest.raises(StartError, match="child ended with code 1"):
        start(program, None)


def test_a_program_that_ends_too_early_is_tried_again_for_its_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    source = (
        "import pathlib, sys, time\n"
        f"first, second = pathlib.Path({str(first)!r}), pathlib.Path({str(second)!r})\n"
        "if not first.exists():\n"
        "    first.touch()\n"
        "    sys.exit(3)\n"
        "second.touch()\n"
        "time.sleep(60)\n"
    )
    program = Program(
        "child",
        [sys.executable, "-S", "-c", source],
        dict(os.environ),
        ready=lambda _pid: second.exists(),
        retry_seconds=10.0,
    )
    process = start(program, None)
    assert stop(process, program) == -signal.SIGTERM


def test_a_program_that_is_never_ready_is_stopped() -> None:
    seen: set[int] = set()

    def never(pid: int) -> bool:
        seen.add(pid)
        return False

    program = Program("child", ["sleep", "60"], dict(os.environ), ready=never, start_seconds=0.1)
    with pytest.raises(StartError, match="not ready"):
        start(program, None)
    assert [is_running(pid) for pid in seen] == [False]
