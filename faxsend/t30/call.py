"""One call from its first ring to its end, in a process of its own: ``python -m faxsend.t30.call``.

A ``report.Task`` as JSON on standard input, a ``report.Report`` on standard output. Both ends live here, one after
the other in 20 ms steps: the engine is not made for threads, and a crash in it ends this call alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable

from faxsend.t30 import library
from faxsend.t30.line import BUSY_SECONDS, RING_SECONDS, Line
from faxsend.t30.machine import Answer, Machine, machine_with
from faxsend.t30.report import Report, Task
from faxsend.t30.terminal import EVERYTHING, Terminal

PR_SET_PDEATHSIG = 1


def call(task: Task, before_last_page_is_heard: Callable[[], None]) -> Report:
    """Dial the machine of the task's fault."""
    machine = machine_with(task.fault)
    if machine.answer is Answer.BUSY:
        return Report(answered=machine.answer, words="busy tone", seconds=BUSY_SECONDS)
    if machine.answer is Answer.NOBODY:
        return Report(answered=machine.answer, words="nobody answered", seconds=RING_SECONDS)
    return _talk(task, machine, Line(machine, before_last_page_is_heard))


def _talk(task: Task, machine: Machine, line: Line) -> Report:
    sender = Terminal.sender(task.pages, first_page=task.first_page, ident=task.csid, abilities=EVERYTHING)
    receiver = Terminal.receiver(task.received, ident=machine.ident, abilities=machine.abilities)
    line.connect(sender, receiver)
    report = Report(
        answered=machine.answer,
        result=sender.result,
        words=sender.words,
        cut=line.cut,
        confirmed=len(sender.pages),
        received=len(receiver.pages),
        whole=_whole(sender, receiver),
        last_page_sent=sender.last_page_sent,
        seconds=line.seconds,
        remote_ident=sender.remote_ident.decode("latin-1"),
        bits_per_second=sender.bits_per_second,
        error_correction=sender.error_correction,
        receives_fine=sender.remote_receives_fine,
        bytes_on_the_line=sum(page.bytes_on_the_line for page in sender.pages),
    )
    # Whichever file is open is complete only now.
    sender.free()
    receiver.free()
    return report


def _whole(sender: Terminal, receiver: Terminal) -> int:
    for number, (sent, came) in enumerate(zip(sender.pages, receiver.pages, strict=False)):
        if came.bad_rows or came.rows != sent.rows:
            return number
    return min(len(sender.pages), len(receiver.pages))


def main() -> None:
    """Call, and end with whoever waits for it: nobody else could say what came of it."""
    task = Task(**json.load(sys.stdin))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != task.parent:
        sys.exit("nobody waits for this call")
    library.load()
    print(call(task, lambda: _write_down(task.last_page_sent)).as_json())


def _write_down(path: str) -> None:
    with open(path, "xb") as file:
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
