"""The SMTP edge: who may send where, and mail that is in the database before the client hears 250.

Two ports, STARTTLS and TLS from the first byte (user guide, chapter 14: transport). Whatever fails on our
side is answered 451: the client keeps the mail and comes again.
"""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import psycopg
import structlog
from django.conf import settings

from accounts.sealing import seal
from faxsend import inbound
from faxsend.mailboxes import ORDER_KINDS, Domains, MailboxKind, kind_of
from faxsend.models import InboundMessage
from faxsend.smtp import NOT_NOW, TOO_BIG, SmtpSession, Transaction
from faxsend.tasks import look_for_mail
from faxsend.tls import tls_context

__all__ = ["Gateway", "WakeUp", "serve", "tls_context"]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RECIPIENT_LIMIT = 500
DIGITALID_SIZE_LIMIT = 1024 * 1024
"""Bytes of a mail that anybody may send: a signature with its certificates takes some ten thousand."""
LARGE_AT_ONCE = 2
STORE_SECONDS = 30.0
FAREWELL_SECONDS = 8.0
TLS_HANDSHAKE_SECONDS = 30.0

TLS_NEEDED = "530 5.7.0 Must issue a STARTTLS command first"
NEEDS_SMTPUTF8 = "553 5.6.7 Address needs SMTPUTF8"
UNKNOWN_MAILBOX = "550 5.1.1 No such mailbox here"
UNKNOWN_SENDER = "550 5.7.1 Sender not authorized"
OTHER_KIND = "452 4.5.3 Other kind of mailbox, send it in a transaction of its own"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"


class Gateway:
    """What aiosmtpd asks (its handler): each hook returns the reply.

    ``wake`` is called after each commit and must neither block nor fail.
    """

    def __init__(self, pool: inbound.Pool, wake: Callable[[], None]) -> None:
        self._pool = pool
        self._wake = wake
        self._domains = Domains(settings.FAX_DOMAIN, settings.SERVICE_ADDRESS, settings.DIGITALID_ADDRESS)
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def handle_MAIL(
        self, server: SmtpSession, session: object, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """Take the envelope sender; whether it may send depends on the recipients."""
        if settings.SMTP_REQUIRE_TLS and server.tls_version is None:
            return TLS_NEEDED
        if not address.isascii() and not envelope.smtp_utf8:
            return NEEDS_SMTPUTF8
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(
        self, server: SmtpSession, session: object, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """Take a recipient if its mailbox exists, is of the first one's kind, and the sender may use it."""
        kind = kind_of(address, self._domains)
        if kind is None:
            return UNKNOWN_MAILBOX
        if envelope.kind not in {None, kind}:
            return OTHER_KIND
        if len(envelope.rcpt_tos) >= RECIPIENT_LIMIT:
            return TOO_MANY_RECIPIENTS
        if kind in ORDER_KINDS and envelope.account_id is None:
            try:
                envelope.account_id = await self._account_of(envelope.sender)
            except (psycopg.Error, TimeoutError) as error:
                log.error("no answer from the database", step="RCPT", reason=type(error).__name__)
                return NOT_NOW
            if envelope.account_id is None:
                return UNKNOWN_SENDER
        envelope.kind = kind
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def _account_of(self, sender: str) -> int | None:
        if not sender:
            return None
        async with asyncio.timeout(STORE_SECONDS):
            return await inbound.account_of(self._pool, sender)

    async def handle_DATA(self, server: SmtpSession, session: object, envelope: Transaction) -> str:
        """Commit the mail, then say 250 and wake the intake."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        if envelope.kind is MailboxKind.DIGITALID and len(raw) > DIGITALID_SIZE_LIMIT:
            return TOO_BIG
        message = InboundMessage(
            account_id=envelope.account_id,
            sender=envelope.sender,
            recipients=envelope.rcpt_tos,
            client_address=server.client_address,
            size=len(raw),
        )
        try:
            await self._keep(message, raw)
        except (psycopg.Error, TimeoutError) as error:
            log.error("not stored", step="DATA", size=len(raw), reason=type(error).__name__)
            return NOT_NOW
        self._wake()
        log.info("accepted", message=message.token, size=len(raw), tls=server.tls_version)
        return f"250 2.0.0 queued as {message.token}"

    async def _keep(self, message: InboundMessage, raw: bytes) -> None:
        """Sealing takes several times the mail's memory, so large ones queue for it."""
        async with self._large if len(raw) > inbound.LARGE else nullcontext():
            async with asyncio.timeout(STORE_SECONDS):
                await inbound.keep(self._pool, message, raw)


class WakeUp(threading.Thread):
    """Calls ``look`` after ``set``, however long that takes; calls that came meanwhile become one.

    A thread, because publishing blocks while the broker is down; a daemon, so that it holds up no exit.
    Lost calls cost seconds: the sweep finds the mail.
    """

    def __init__(self, look: Callable[[], object]) -> None:
        super().__init__(name="wake-up", daemon=True)
        self._look = look
        self._wanted = threading.Event()

    def set(self) -> None:
        """Have ``look`` called soon."""
        self._wanted.set()

    def run(self) -> None:
        """Serve until the process ends."""
        while self._wanted.wait():
            self._wanted.clear()
            try:
                self._look()
            except Exception as error:
                log.warning("intake not woken, the sweep will", reason=type(error).__name__)


async def serve() -> None:
    """Serve both ports until SIGTERM or SIGINT, then let running transactions end, some seconds at most.

    Raises ImproperlyConfigured (``tls_context``, ``seal``) and OSError when a port cannot be had.
    """
    context = tls_context()
    seal(b"")  # without the keys no mail could be kept: that is said now, not at the first mail
    wake_up = WakeUp(look_for_mail.delay)
    wake_up.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with inbound.new_pool() as pool:
        await _serve_ports(Gateway(pool, wake_up.set), context, stopped)


async def _serve_ports(gateway: Gateway, context: ssl.SSLContext, stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    sessions: set[SmtpSession] = set()

    def session(starttls: ssl.SSLContext | None) -> SmtpSession:
        return SmtpSession(
            gateway,
            domain=settings.FAX_DOMAIN,
            size_limit=settings.SMTP_SIZE_LIMIT,
            tls_context=starttls,
            sessions=sessions,
        )

    host, ports_file = settings.LISTEN_ADDRESS, Path(settings.DATA_DIR) / "gateway.json"
    ports_file.unlink(missing_ok=True)  # of one that was killed
    async with (
        await loop.create_server(lambda: session(context), host, settings.SMTP_PORT) as smtp,
        await loop.create_server(
            lambda: session(None),
            host,
            settings.SMTPS_PORT,
            ssl=context,
            ssl_handshake_timeout=TLS_HANDSHAKE_SECONDS,
        ) as smtps,
    ):
        ports = {"smtp": _port_of(smtp), "smtps": _port_of(smtps)}
        _write_ports(ports_file, ports)
        log.info("listening", address=host, **ports)
        await stopped.wait()
        log.info("stopping", connections=len(sessions))
        ports_file.unlink(missing_ok=True)
    await _dismiss(sessions)


def _port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def _write_ports(path: Path, ports: dict[str, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(json.dumps(ports))
    unfinished.replace(path)


async def _dismiss(sessions: set[SmtpSession]) -> None:
    """Say goodbye to the idle at once, to the others when their transaction has ended."""
    if not sessions:
        return
    for session in list(sessions):
        session.retire()
    _, late = await asyncio.wait([session.finished() for session in sessions], timeout=FAREWELL_SECONDS)
    for session in list(sessions):
        session.abort()
    log.info("stopped", cut_off=len(late))
