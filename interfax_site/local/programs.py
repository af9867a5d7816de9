"""The table of our own programs: which command, which queue, which of them may open private keys."""

import errno
import http.client
import ipaddress
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from interfax_site.local.environment import PROJECT, without_keys
from interfax_site.local.processes import Program, StartError

# Celery's warning to root is about pickle, which is not accepted here.
CELERY = (
    sys.executable,
    "-W",
    "ignore:You're running the worker",
    "-m",
    "celery",
    "-A",
    "interfax_site",
    "-q",
)
WEB_WORKERS, WEB_THREADS = 2, 4
WORKER_STOP_SECONDS = 30.0  # a call or a mail in work is brought to its end
GATEWAY_FILE = "gateway.json"
PROBE_SECONDS = 2.0
FIRST_PORT, EPHEMERAL, PORT_TRIES = 20_000, 32_768, 100
PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOOPBACKS = {4: "127.0.0.1", 6: "::1"}


@dataclass(frozen=True, slots=True)
class Queue:
    """A Celery worker of ours: its queue, how many at once, whether it opens private keys."""

    name: str
    concurrency: int
    keys: bool


def preparation(environment: Mapping[str, str], *, bootstrap: bool) -> Program:
    """Return the program that brings the database up to date and, on the embedded default, fills it."""
    argv = [sys.executable, "-m", "interfax_site.local", "prepare", *(["--bootstrap"] if bootstrap else [])]
    return Program(name="prepare", argv=argv, environment=environment, cwd=PROJECT)


def workers(environment: Mapping[str, str], *, data_dir: Path, lines: int) -> list[Program]:
    """Return the three workers and beat. `lines`: calls at the same time."""
    queues = [Queue("intake", 2, True), Queue("transmit", lines, False), Queue("mail", 1, True)]
    return [*(_worker(queue, environment) for queue in queues), _beat(without_keys(environment), data_dir)]


def edges(environment: Mapping[str, str], *, data_dir: Path, listening: socket.socket) -> list[Program]:
    """Return what the world talks to: the web site on an open socket, the SMTP gateway."""
    return [_web(without_keys(environment), listening), gateway(without_keys(environment), data_dir)]


def listen(address: str, port: int) -> socket.socket:
    """Open the site's listening socket; OSError when the port is taken. Port 0: any free one."""
    family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    return socket.create_server((address, port), family=family, backlog=512)


def free_port(address: str) -> int:
    """Return a port that is free on `address` now, and is none of those that outgoing connections get.

    Whoever listens on it may be started again later, and must not find it taken by somebody's connection.
    """
    for _ in range(PORT_TRIES):
        port = FIRST_PORT + secrets.randbelow(_ephemeral() - FIRST_PORT)
        try:
            listen(address, port).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return port
    raise StartError(f"no port from {FIRST_PORT} on is free on {address}")


def _ephemeral() -> int:
    """Return the first port that outgoing connections get, as far as it leaves room below (Linux; ip(7))."""
    try:
        first = int(PORT_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        first = EPHEMERAL
    return first if first > FIRST_PORT + PORT_TRIES else EPHEMERAL


def is_alive(address: str, port: int, *, host: str) -> bool:
    """Ask the site, bound to an IP address, for /livez under its public name `host`."""
    bound = ipaddress.ip_address(address)
    reachable = LOOPBACKS[bound.version] if bound.is_unspecified else address
    connection = http.client.HTTPConnection(reachable, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/livez", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _worker(queue: Queue, environment: Mapping[str, str]) -> Program:
    options = ["-Q", queue.name, "-n", f"{queue.name}@%h", "-c", str(queue.concurrency), "--pool", "prefork"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Program(
        name=queue.name,
        argv=[*CELERY, "worker", *options, *quiet],
        environment=environment if queue.keys else without_keys(environment),
        orphan_signal=signal.SIGQUIT,  # Celery's cold stop: it ends its own children too
        stop_seconds=WORKER_STOP_SECONDS,
        cwd=PROJECT,
    )


def _beat(environment: Mapping[str, str], data_dir: Path) -> Program:
    return Program(
        name="beat",
        argv=[*CELERY, "beat", "-s", str(data_dir / "beat-schedule")],
        environment=environment,
        cwd=PROJECT,
    )


def _web(environment: Mapping[str, str], listening: socket.socket) -> Program:
    address, port = listening.getsockname()[:2]
    host = urlsplit(environment["SITE_URL"]).netloc
    options = ["--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--worker-class", "gthread"]
    options += ["--preload", "--no-control-socket", "--bind", f"fd://{listening.fileno()}"]
    return Program(
        name="web",
        argv=[sys.executable, "-m", "gunicorn", *options, "interfax_site.wsgi"],
        environment=environment,
        ready=lambda _pid: is_alive(address, port, host=host),
        orphan_signal=signal.SIGQUIT,
        cwd=PROJECT,
        pass_fds=(listening.fileno(),),
    )


def gateway(environment: Mapping[str, str], data_dir: Path) -> Program:
    """Return the SMTP gateway alone."""
    return Program(
        name="gateway",
        argv=[sys.executable, str(PROJECT / "manage.py"), "smtpgateway"],
        environment=environment,
        ready=lambda _pid: (data_dir / GATEWAY_FILE).exists(),
        cwd=PROJECT,
    )
