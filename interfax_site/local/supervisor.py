"""Keeps a table of programs running: groups started in turn, stopped in reverse, warm.

The end of any child ends everything with its code, unless the supervisor was told to `keep` them: then a
dead child is started again. Nothing here knows which programs they are.
"""

import asyncio
import contextlib
import os
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from interfax_site.local.processes import (
    POLL_SECONDS,
    RETRY_SECONDS,
    Program,
    StartError,
    die_with_parent,
    kill_group,
    ownership,
)

LAST_LINES = 12
LINE_LIMIT = 1 << 20  # bytes; a longer line of output is cut
RELAY_SECONDS = 1.0  # for the last lines of a child that has ended
Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Ending:
    """A child that ended on its own: its name and exit code (negative: the signal)."""

    name: str
    code: int


@dataclass(frozen=True, slots=True)
class Life:
    """One process of a child, what it writes and the last lines of it.

    `transport` is closed when nobody reads any more.
    """

    process: Process
    output: asyncio.StreamReader
    transport: asyncio.ReadTransport
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    def failure(self, what: str) -> StartError:
        """Return an error that shows the last lines written."""
        return StartError("\n".join([what, *self.last]))


@dataclass(slots=True)
class Child:
    """A program with its process of the moment; `stopping` once its end is our wish."""

    program: Program
    life: Life
    started: float
    ready: bool = False
    stopping: bool = False
    watcher: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Supervisor:
    """Starts, watches and stops children; lives in one event loop, whose thread is their parent.

    `say(name, line)` gets every line they write. `keep`: start a dead child again.
    """

    say: Say
    keep: bool = False
    groups: list[list[Child]] = field(default_factory=list)
    ended: asyncio.Queue[Ending | StartError] = field(default_factory=asyncio.Queue)

    async def start(self, programs: Sequence[Program], *, position: int | None = None) -> None:
        """Start a group at once and wait until all of it is ready; StartError when one is not.

        Groups stop from the last to the first; `position` puts this one before the end (-1: before the last).
        """
        group: list[Child] = []
        self.groups.insert(len(self.groups) if position is None else position, group)
        for program in programs:
            child = Child(program, await self._spawn(program), time.monotonic())
            child.watcher = asyncio.create_task(self._watch(child))
            group.append(child)
        await asyncio.gather(*(self._become_ready(child) for child in group))

    async def run_once(self, program: Program) -> None:
        """Run a program that ends by itself; StartError unless with code 0."""
        life = await self._spawn(program)
        code = await self._end_of(program.name, life)
        if code != 0:
            raise life.failure(f"{program.name} ended with code {code}")

    async def first_ending(self) -> Ending:
        """Wait until a child ends on its own; StartError when a kept one cannot be started again."""
        ending = await self.ended.get()
        if isinstance(ending, StartError):
            raise ending
        return ending

    async def stop(self) -> None:
        """End the groups in reverse order, each warm: asked, awaited, killed only after its limit."""
        for group in reversed(self.groups):
            await asyncio.gather(*(self._stop_child(child) for child in group))
        self.groups.clear()

    def kill(self) -> None:
        """Kill everything now."""
        for child in self.children():
            child.stopping = True
            kill_group(child.life.process.pid)

    def children(self) -> list[Child]:
        """Return the children, the first to stop last."""
        return [child for group in self.groups for child in group]

    def pids(self) -> dict[str, int]:
        """Return the process id of each child by its name, as of now."""
        return {child.program.name: child.life.process.pid for child in self.children()}

    async def _spawn(self, program: Program) -> Life:
        """Start a process whose output comes by a pipe of ours.

        With asyncio's own pipe `wait()` lasts until the last grandchild has closed it.
        """
        reading, writing = os.pipe()
        output = asyncio.StreamReader(LINE_LIMIT)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb", buffering=0)
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                env=dict(program.environment),
                cwd=program.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(program.orphan_signal, os.getpid()),
                pass_fds=program.pass_fds,
                **ownership(program.owner),
            )
        except OSError as error:
            transport.close()
            raise StartError(f"{program.name} cannot be started: {error}") from error
        finally:
            os.close(writing)
        return Life(process, output, transport)

    async def _relay(self, name: str, life: Life) -> None:
        """Pass on what a process writes, line by line, until it and its children have closed it."""
        while True:
            try:
                line = await life.output.readline()
            except ValueError:  # longer than the limit, dropped by the reader
                continue
            if not line:
                return
            life.last.append(line.decode(errors="replace").rstrip())
            self.say(name, life.last[-1])

    async def _end_of(self, name: str, life: Life) -> int:
        """Wait for the end of a process, clear what it left behind, return its code."""
        relay = asyncio.create_task(self._relay(name, life))
        try:
            code = await life.process.wait()
            kill_group(life.process.pid)
            await asyncio.wait([relay], timeout=RELAY_SECONDS)
        except asyncio.CancelledError:
            kill_group(life.process.pid)
            raise
        finally:
            relay.cancel()
            life.transport.close()
        return code

    async def _watch(self, child: Child) -> None:
        """Follow one child through its ends until it is stopped or its end is final."""
        while True:
            code = await self._end_of(child.program.name, child.life)
            if child.stopping:
                return
            if not self._start_again(child):
                self.ended.put_nowait(Ending(child.program.name, code))
                return
            try:
                await self._respawn(child, code)
            except StartError as error:
                self.ended.put_nowait(error)
                return

    async def _respawn(self, child: Child, code: int) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        if not child.stopping:
            self.say(child.program.name, f"ended with code {code}, started again")
            child.life = await self._spawn(child.program)

    def _start_again(self, child: Child) -> bool:
        if child.ready:
            return self.keep
        return time.monotonic() - child.started < child.program.retry_seconds

    async def _become_ready(self, child: Child) -> None:
        name, limit = child.program.name, time.monotonic() + child.program.start_seconds
        while not await asyncio.to_thread(child.program.ready, child.life.process.pid):
            if child.watcher is not None and child.watcher.done():
                raise child.life.failure(
                    f"{name} ended with code {child.life.process.returncode} at its start"
                )
            if time.monotonic() > limit:
                raise child.life.failure(f"{name} was not ready after {child.program.start_seconds:.0f} s")
            await asyncio.sleep(POLL_SECONDS)
        child.ready = True

    async def _stop_child(self, child: Child) -> None:
        child.stopping = True
        if child.life.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.life.process.send_signal(child.program.stop_signal)
        if child.watcher is not None:
            _, late = await asyncio.wait([child.watcher], timeout=child.program.stop_seconds)
            if late:
                self.say(child.program.name, f"did not stop in {child.program.stop_seconds:.0f} s, killed")
                kill_group(child.life.process.pid)
                await asyncio.wait([child.watcher], timeout=5.0)
