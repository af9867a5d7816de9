"""The embedded Valkey: on a Unix socket in a private directory, appending every write to a file."""

import os
import socket
from pathlib import Path
from urllib.parse import quote

from interfax_site.local import binaries
from interfax_site.local.processes import Program
from interfax_site.local.sockets import make_private, socket_directory

SOCKET_NAME = "valkey.sock"


def socket_of(data_dir: Path) -> Path:
    """Return the path of the Unix socket of the server of `data_dir` (absolute)."""
    return socket_directory(data_dir / "valkey", SOCKET_NAME) / SOCKET_NAME


def url_of(data_dir: Path) -> str:
    """Return the REDIS_URL as redis-py reads it."""
    return f"unix://{quote(str(socket_of(data_dir)))}?db=0"


def prepare(data_dir: Path, *, durable: bool = True) -> Program:
    """Make its directories and return the server's program."""
    home, path = data_dir / "valkey", socket_of(data_dir)
    for directory in (home, path.parent):
        make_private(directory, uid=os.geteuid(), gid=os.getegid())
    path.unlink(missing_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "logfile": "",
        "loglevel": "warning",
    }
    argv = [str(binaries.valkey_binary())]
    for name, value in settings.items():
        argv += [f"--{name}", value]
    return Program(
        name="valkey",
        argv=argv,
        environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        ready=lambda _pid: answers(path),
        cwd=home,
    )


def answers(path: Path) -> bool:
    """Ask the server for a PONG: while it loads its file it answers -LOADING."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
