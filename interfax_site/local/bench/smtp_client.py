"""The sending side of the gateway's benchmark, a process of its own: `python -m … smtp_client`.

It reads one task a line from its standard input and answers each with a line, both JSON.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from interfax_site.local.environment import PROJECT

BYTES = 10_000
SENDER = "bench@example.jp"
LINE = b"0123456789abcdefghijklmnopqrstuvwxyz " * 2 + b"\r\n"
MAIL = b"Subject: /fax=03-1111-2222\r\n\r\n" + LINE * (BYTES // len(LINE))
ENVELOPE = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<send@fax.tc>\r\nDATA\r\n".encode()
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Task:
    """Send `mails` over so many connections from `source`, new ones for each mail or `kept` ones.

    No mails: open the connections, say nothing and hold them; no connections either: let them go.
    """

    port: int = 0
    mails: int = 0
    connections: int = 0
    kept: bool = False
    source: str = "127.0.0.1"


class Sender:
    """Another process that does tasks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, task: Task) -> int:
        """Have it done; return how many mails were taken, or how many connections are held."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def sender() -> Iterator[Sender]:
    """Start the process, and end it."""
    argv = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        argv, cwd=PROJECT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Sender(process)
        finally:
            process.kill()


def main() -> None:
    """Do tasks until there are no more."""
    held: list[socket.socket] = []
    for line in sys.stdin:
        task = Task(**json.loads(line))
        if task.mails:
            print(_send(task), flush=True)
            continue
        for connection in held:
            connection.close()
        held = [_connect(task) for _ in range(task.connections)]
        print(sum(map(_is_greeted, held)), flush=True)


def _send(task: Task) -> int:
    """Share the mails among the connections."""
    shares = [task.mails // task.connections] * task.connections
    with ThreadPoolExecutor(task.connections) as threads:
        return sum(threads.map(lambda share: _deliver(task, share), shares))


def _deliver(task: Task, mails: int) -> int:
    if task.kept:
        return _converse(task, mails)
    return sum(_converse(task, 1) for _ in range(mails))


def _converse(task: Task, mails: int) -> int:
    """Send mails over one connection, as a client does that knows PIPELINING (RFC 2920)."""
    with _connect(task) as connection, connection.makefile("rb") as replies:
        _expect(replies.readline(), b"220")
        connection.sendall(b"EHLO client.example\r\n")
        while not (line := replies.readline()).startswith(b"250 "):
            _expect(line, b"250-")
        for _ in range(mails):
            connection.sendall(ENVELOPE)
            for code in (b"250", b"250", b"354"):
                _expect(replies.readline(), code)
            connection.sendall(MAIL + b".\r\n")
            _expect(replies.readline(), b"250")
        connection.sendall(b"QUIT\r\n")
        _expect(replies.readline(), b"221")
    return mails


def _connect(task: Task) -> socket.socket:
    return socket.create_connection(
        ("127.0.0.1", task.port), timeout=TIMEOUT_SECONDS, source_address=(task.source, 0)
    )


def _is_greeted(connection: socket.socket) -> bool:
    with suppress(OSError):
        return connection.recv(4) == b"220 "
    return False


def _expect(line: bytes, code: bytes) -> None:
    if not line.startswith(code):
        raise AssertionError(f"{line!r} where {code!r} was expected")


if __name__ == "__main__":
    main()
