"""The gateway's ports: who is let in, and how it ends.

A client for whom there is no place is turned away before anything is done for it: with a word on the port that
begins in clear, without one where only a TLS handshake could carry it.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from faxsend.clients import CONNECTIONS, Client, Clients
from faxsend.smtp import SmtpSession

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

BACKLOG = 1024
SPARE_FILES = 100
FAREWELL_SECONDS = 8.0
TLS_HANDSHAKE_SECONDS = 30.0
FULL_SECONDS = 1.0
"""How long nobody is let in after the system had no place for a connection."""

NO_PLACE = b"421 4.7.0 Too many connections, try again later\r\n"

Sessions = set[SmtpSession]
NewSession = Callable[[Client, Sessions], SmtpSession]


@dataclass(frozen=True, slots=True)
class Port:
    """A port that listens; ``tls``: spoken from the first byte, None on one that begins in clear."""

    name: str
    listening: socket.socket
    tls: ssl.SSLContext | None
    new_session: NewSession

    @property
    def number(self) -> int:
        return int(self.listening.getsockname()[1])


def listen(address: str, number: int) -> socket.socket:
    """Open a port; OSError when it cannot be had. ``number`` 0: any free one."""
    found = socket.getaddrinfo(address, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened = socket.create_server((address, number), family=found[0][0], backlog=BACKLOG)
    opened.setblocking(False)
    return opened


async def serve_ports(
    ports: Sequence[Port], clients: Clients, stopped: Callable[[], Awaitable[object]]
) -> None:
    """Let clients in until ``stopped`` returns, then let running transactions end, some seconds at most."""
    _allow_files(CONNECTIONS + SPARE_FILES)
    sessions: Sessions = set()
    visits: set[asyncio.Task[None]] = set()
    doors = [asyncio.create_task(_let_in(port, clients, sessions, visits)) for port in ports]
    await stopped()
    log.info("stopping", connections=len(sessions))
    for door in doors:
        door.cancel()
    for port in ports:
        port.listening.close()
    await _dismiss(sessions)
    for visit in visits:
        visit.cancel()
    await asyncio.gather(*doors, *visits, return_exceptions=True)


async def _let_in(port: Port, clients: Clients, sessions: Sessions, visits: set[asyncio.Task[None]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            connection, peer = await loop.sock_accept(port.listening)
        except ConnectionError:  # it went before it was let in
            continue
        except OSError as error:
            log.error("no connection could be taken", port=port.name, reason=error.strerror)
            await asyncio.sleep(FULL_SECONDS)
            continue
        client = clients.client(peer[0])
        if clients.arrive(client, loop.time()):
            visit = loop.create_task(_visit(port, connection, client, clients, sessions))
            visits.add(visit)
            visit.add_done_callback(visits.discard)
        else:
            _turn_away(port, connection, client, clients, loop.time())
        await asyncio.sleep(0)  # a flood of connections takes turns with those who are in


def _turn_away(port: Port, connection: socket.socket, client: Client, clients: Clients, at: float) -> None:
    if clients.is_news(client, at):
        log.warning("turned away", port=port.name, client=client.address)
    with connection, suppress(OSError):
        if port.tls is None:
            connection.send(NO_PLACE)


async def _visit(
    port: Port, connection: socket.socket, client: Client, clients: Clients, sessions: Sessions
) -> None:
    """Serve one client from the handshake to the end of its connection."""
    try:
        # asyncio leaves that out for sockets made without a protocol's number.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _, session = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: port.new_session(client, sessions),
            connection,
            ssl=port.tls,
            ssl_handshake_timeout=TLS_HANDSHAKE_SECONDS if port.tls else None,
        )
        await asyncio.wait([session.finished()])
    except OSError as error:
        log.info("no TLS", client=client.address, reason=getattr(error, "reason", type(error).__name__))
    finally:
        clients.leave(client)


async def _dismiss(sessions: Sessions) -> None:
    """Say goodbye to the idle at once, to the others when their transaction has ended."""
    if not sessions:
        return
    for session in list(sessions):
        session.retire()
    _, late = await asyncio.wait([session.finished() for session in sessions], timeout=FAREWELL_SECONDS)
    for session in list(sessions):
        session.abort()
    log.info("stopped", cut_off=len(late))


def _allow_files(needed: int) -> None:
    """Raise the process's limit of open files as far as it may itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
