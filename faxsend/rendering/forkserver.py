"""The process that the children of one parent are forked from.

It has imported what draws and read the font, which takes longer than drawing a page, and touches no document
itself. It ends with its parent, whose end of the connection then closes, and takes the child at work along.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from faxsend.rendering import child

IMPORTED_BEFORE = "faxsend.rendering.drawing"
LONGEST_REQUEST = 1 << 16


def serve(connection: socket.socket) -> None:
    """Answer requests, one after the other, until the parent is gone; never returns."""
    with TemporaryDirectory(prefix="fax-") as directory:
        import_module(IMPORTED_BEFORE).get_ready(Path(directory))
    while True:
        message, descriptors, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, 1)
        if not message:
            os._exit(os.EX_OK)
        request = json.loads(message)
        pid = os.fork()
        if pid == 0:
            connection.close()
            child.begin(request["task"], request["directory"], descriptors[0])
        os.close(descriptors[0])
        connection.send(json.dumps(_end_of(pid, request["seconds"], connection)).encode())


def _end_of(pid: int, seconds: float, connection: socket.socket) -> dict[str, Any]:
    """Whether the child ended by itself, and its exit code; its whole group is dead afterwards."""
    handle = os.pidfd_open(pid)
    try:
        # The parent says nothing meanwhile: what can be read is that it is gone.
        ready, _, _ = select.select([handle, connection.fileno()], [], [], seconds)
    finally:
        os.close(handle)
        # Not yet waited for, so the number still belongs to this child.
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    if connection.fileno() in ready:
        os._exit(os.EX_OK)
    return {"ended": bool(ready), "code": os.waitstatus_to_exitcode(status)}
