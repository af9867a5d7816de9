"""The supervisor, over children that do nothing."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from interfax_site.local.processes import Program, StartError, wait_until
from interfax_site.local.supervisor import Ending, Supervisor
from tests.interfax_site.local.observing import is_running

# Writes its name to the file when it is asked to end, then ends.
POLITE = """
import signal, sys, time
name, file = sys.argv[1:]
def end(*_):
    open(file, "a").write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print(name, "is up", flush=True)
open(file + "." + name, "w").close()
time.sleep(60)
"""


def polite(name: str, file: Path) -> Program:
    argv = [sys.executable, "-S", "-c", POLITE, name, str(file)]
    ready = file.with_name(f"{file.name}.{name}")
    return Program(name, argv, dict(os.environ), ready=lambda _pid: ready.exists())


def sleeper(name: str) -> Program:
    return Program(name, ["sleep", "60"], dict(os.environ))


def python(name: str, source: str) -> Program:
    return Program(name, [sys.executable, "-S", "-c", source], dict(os.environ))


def supervisor(*, keep: bool = False) -> tuple[Supervisor, list[tuple[str, str]]]:
    lines: list[tuple[str, str]] = []
    return Supervisor(lambda name, line: lines.append((name, line)), keep), lines


def test_groups_stop_in_reverse_each_before_the_next(tmp_path: Path) -> None:
    file = tmp_path / "order"

    async def scene() -> None:
        children, _ = supervisor()
        for name in ("server", "worker", "edge"):
            await children.start([polite(name, file)])
        await children.stop()

    asyncio.run(scene())
    assert file.read_text().split() == ["edge", "worker", "server"]


def test_a_group_can_be_put_before_one_that_was_started_earlier(tmp_path: Path) -> None:
    file = tmp_path / "order"

    async def scene() -> None:
        children, _ = supervisor()
        await children.start([polite("edge", file)])
        await children.start([polite("worker", file)], position=-1)
        await children.stop()

    asyncio.run(scene())
    assert file.read_text().split() == ["edge", "worker"]


def test_each_line_comes_with_the_name_of_its_child(tmp_path: Path) -> None:
    async def scene() -> list[tuple[str, str]]:
        children, lines = supervisor()
        await children.start([polite("worker", tmp_path / "order")])
        await children.stop()
        return lines

    assert ("worker", "worker is up") in asyncio.run(scene())


def test_a_line_that_is_too_long_does_not_end_the_relay() -> None:
    source = "print('x' * (1 << 21)); print('after')"

    async def scene() -> list[tuple[str, str]]:
        children, lines = supervisor()
        await children.run_once(python("child", source))
        return lines

    assert asyncio.run(scene())[-1] == ("child", "after")


@pytest.mark.parametrize(
    ("source", "code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)]
)
def test_the_end_of_a_child_is_reported_with_its_code(source: str, code: int) -> None:
    async def scene() -> Ending:
        children, _ = supervisor()
        await children.start([sleeper("other"), python("child", source)])
        ending = await asyncio.wait_for(children.first_ending(), 10)
        await children.stop()
        return ending

    assert asyncio.run(scene()) == Ending("child", code)


def test_a_kept_child_is_started_again_after_kill_9() -> None:
    async def scene() -> tuple[int, int]:
        children, _ = supervisor(keep=True)
        await children.start([sleeper("child")])
        first = children.pids()["child"]
        os.kill(first, signal.SIGKILL)
        for _ in range(500):
            if (second := children.pids()["child"]) != first and is_running(second):
                break
            await asyncio.sleep(0.02)
        await children.stop()
        return first, second

    first, second = asyncio.run(scene())
    assert first != second
    assert not is_running(second)


def test_what_a_killed_child_had_started_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    source = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(file)!r}, 'w').write(str(p.pid)); p.wait()"

    async def scene() -> None:
        children, _ = supervisor()
        await children.start([python("child", source)])
        while not file.exists() or not file.read_text():
            await asyncio.sleep(0.02)
        os.kill(children.pids()["child"], signal.SIGKILL)
        await children.first_ending()

    asyncio.run(scene())
    assert wait_until(lambda: not is_running(int(file.read_text())), seconds=5)


def test_a_child_that_does_not_stop_is_killed_and_named() -> None:
    source = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"

    async def scene() -> tuple[list[tuple[str, str]], int]:
        children, lines = supervisor()
        program = Program("child", [sys.executable, "-S", "-c", source], dict(os.environ), stop_seconds=0.2)
        await children.start([program])
        while ("child", "up") not in lines:
            await asyncio.sleep(0.02)
        pid = children.pids()["child"]
        await children.stop()
        return lines, pid

    lines, pid = asyncio.run(scene())
    assert ("child", "did not stop in 0 s, killed") in lines
    assert not is_running(pid)


def test_kill_ends_all_at_once() -> None:
    async def scene() -> list[int]:
        children, _ = supervisor()
        await children.start([sleeper("one"), sleeper("two")])
        pids = list(children.pids().values())
        children.kill()
        await children.stop()
        return pids

    assert not any(map(is_running, asyncio.run(scene())))


def test_a_child_that_ends_at_its_start_is_an_error() -> None:
    async def scene() -> None:
        children, _ = supervisor()
        program = Program("child", ["false"], dict(os.environ), ready=lambda _pid: False)
        try:
            await children.start([program])
        finally:
            await children.stop()

    with pytest.raises(StartError, match="child ended with code 1 at its start"):
        asyncio.run(scene())


def test_a_step_that_fails_is_an_error_with_its_code() -> None:
    async def scene() -> None:
        children, _ = supervisor()
        await children.run_once(python("migrate", "raise SystemExit(4)"))

    with pytest.raises(StartError, match="migrate ended with code 4"):
        asyncio.run(scene())


def test_a_child_is_ended_by_the_kernel_when_the_supervisor_is_killed() -> None:
    source = (
        "import asyncio, os, sys\n"
        "from interfax_site.local.processes import Program\n"
        "from interfax_site.local.supervisor import Supervisor\n"
        "async def main():\n"
        "    children = Supervisor(lambda *_: None)\n"
        "    await children.start([Program('child', ['sleep', '60'], dict(os.environ))])\n"
        "    print(children.pids()['child'], flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )

    async def scene() -> int:
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", source, stdout=asyncio.subprocess.PIPE
        )
        assert parent.stdout is not None
        child = int(await parent.stdout.readline())
        assert is_running(child)
        parent.kill()
        await parent.wait()
        return child

    child = asyncio.run(scene())
    assert wait_until(lambda: not is_running(child), seconds=5)
