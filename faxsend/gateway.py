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
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import psycopg
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.sealing import seal
from accounts.tokens import new_token
from faxsend import inbound
from faxsend.clients import Client, Clients, Network, network_of
from faxsend.listening import Port, Sessions, listen, serve_ports
from faxsend.mailboxes import ORDER_KINDS, Domains, MailboxKind, bounce_token_in, kind_of
from faxsend.smtp import NOT_NOW, Patience, SmtpSession
from faxsend.smtp_transaction import Transaction
from faxsend.tasks import look_for_mail
from faxsend.tls import tls_context

__all__ = ["Gateway", "WakeUp", "serve", "tls_context"]

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

RECIPIENT_LIMIT = 500
OPEN_SIZE_LIMIT = 1024 * 1024
"""Bytes of a mail that anybody may send: a signature with its certificates, or a report of a mail that came back,
takes some ten thousand."""
MAIL_SYSTEMS = frozenset({"", "mailer-daemon", "postmaster"})
"""Local parts of who may say that a mail came back: the null sender, and those of systems that know none."""
LARGE_AT_ONCE = 2
STORE_SECONDS = 30.0
SENDER_SECONDS = 10.0
"""How long a sender found is believed for the next mails of the same connection; the intake looks again."""

QUEUED = "250 2.0.0 queued as {}"
TLS_NEEDED = "530 5.7.0 Must issue a STARTTLS command first"
NEEDS_SMTPUTF8 = "553 5.6.7 Address needs SMTPUTF8"
UNKNOWN_MAILBOX = "550 5.1.1 No such mailbox here"
UNKNOWN_SENDER = "550 5.7.1 Sender not authorized"
NO_MAIL_SYSTEM = "550 5.7.1 Only delivery status notifications are taken here"
ONE_BOUNCE = "452 4.5.3 One recipient a mail here"
OTHER_KIND = "452 4.5.3 Other kind of mailbox, send it in a transaction of its own"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
TOO_MANY_SENDERS = "421 4.7.0 Too many senders that are not authorized, try again later"


class Gateway:
    """What aiosmtpd asks (its handler): each hook returns the reply.

    ``wake`` is called after each commit and must neither block nor fail. ``discards``: orders of unknown
    senders are taken like all others and dropped.
    """

    def __init__(
        self, pool: inbound.Pool, wake: Callable[[], None], clients: Clients, *, discards: bool
    ) -> None:
        self._inbound = inbound.Inbound(pool)
        self._wake = wake
        self._clients = clients
        self._discards = discards
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
        if kind in ORDER_KINDS and (refusal := await self._refusal_of_sender(server, envelope)):
            return refusal
        if kind is MailboxKind.BOUNCE and (
            refusal := await self._refusal_of_bounce(server, envelope, address)
        ):
            return refusal
        envelope.kind = kind
        envelope.rcpt_tos.append(address)
        if kind not in ORDER_KINDS:
            envelope.size_limit = OPEN_SIZE_LIMIT
        return "250 2.1.5 Recipient ok"

    async def _refusal_of_bounce(
        self, server: SmtpSession, envelope: Transaction, address: str
    ) -> str | None:
        """Only mail systems may say that a mail came back, and only of one that we have sent."""
        if envelope.sender.partition("@")[0].casefold() not in MAIL_SYSTEMS:
            return NO_MAIL_SYSTEM
        if envelope.rcpt_tos:
            return ONE_BOUNCE
        now = asyncio.get_running_loop().time()
        if not self._clients.may_name_senders(server.client, now):
            return TOO_MANY_SENDERS
        token = bounce_token_in(address, self._domains)
        assert token is not None
        try:
            async with asyncio.timeout(STORE_SECONDS):
                known = await self._inbound.has_sent(token)
        except (psycopg.Error, TimeoutError) as error:
            log.error("no answer from the database", step="RCPT", reason=type(error).__name__)
            return NOT_NOW
        if not known:
            self._clients.refuse_sender(server.client, now)
        return None if known else UNKNOWN_MAILBOX

    async def _refusal_of_sender(self, server: SmtpSession, envelope: Transaction) -> str | None:
        """Find out once whose order it is; where unknown senders are discarded, nothing shows what was found."""
        now = asyncio.get_running_loop().time()
        if server.sender_known_until > now and envelope.sender == server.known_sender[0]:
            envelope.sender_looked_up, envelope.account_id = True, server.known_sender[1]
        if not envelope.sender_looked_up:
            client = server.client
            if not self._discards and not self._clients.may_name_senders(client, now):
                return TOO_MANY_SENDERS
            try:
                envelope.account_id = await self._account_of(envelope.sender)
            except (psycopg.Error, TimeoutError) as error:
                log.error("no answer from the database", step="RCPT", reason=type(error).__name__)
                return NOT_NOW
            envelope.sender_looked_up = True
            if envelope.account_id is None:
                self._clients.refuse_sender(client, now)
            else:
                server.known_sender = envelope.sender, envelope.account_id
                server.sender_known_until = now + SENDER_SECONDS
        return UNKNOWN_SENDER if envelope.account_id is None and not self._discards else None

    async def _account_of(self, sender: str) -> int | None:
        if not sender:
            return None
        async with asyncio.timeout(STORE_SECONDS):
            return await self._inbound.account_of(sender)

    async def handle_DATA(self, server: SmtpSession, session: object, envelope: Transaction) -> str:
        """Commit the mail, then say 250 and wake the intake."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        if envelope.kind in ORDER_KINDS and envelope.account_id is None:
            domain = envelope.sender.rpartition("@")[2]
            log.info("discarded", client=server.client.address, sender_domain=domain, size=len(raw))
            return QUEUED.format(new_token())
        arrival = inbound.Arrival(
            account_id=envelope.account_id,
            sender=envelope.sender,
            recipients=envelope.rcpt_tos,
            client_address=server.client.address,
            size=len(raw),
        )
        try:
            await self._keep(arrival, raw)
        except (psycopg.Error, TimeoutError) as error:
            log.error("not stored", step="DATA", size=len(raw), reason=type(error).__name__)
            return NOT_NOW
        self._wake()
        log.info("accepted", message=arrival.token, size=len(raw), tls=server.tls_version)
        return QUEUED.format(arrival.token)

    async def _keep(self, arrival: inbound.Arrival, raw: bytes) -> None:
        """Sealing takes several times the mail's memory, so large ones queue for it."""
        async with self._large if len(raw) > inbound.LARGE else nullcontext():
            async with asyncio.timeout(STORE_SECONDS):
                await self._inbound.keep(arrival, raw)


class WakeUp(threading.Thread):
    """Calls ``look`` after ``set``, however long that takes; calls that came meanwhile become one.

    ``pause``: seconds that it waits behind each call, so that many mails at once do not wake many times.

    A thread, because publishing blocks while the broker is down; a daemon, so that it holds up no exit.
    Lost calls cost seconds: the sweep finds the mail.
    """

    def __init__(self, look: Callable[[], object], *, pause: float = 0.1) -> None:
        super().__init__(name="wake-up", daemon=True)
        self._look = look
        self._pause = pause
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
            time.sleep(self._pause)


async def serve() -> None:
    """Serve both ports until SIGTERM or SIGINT, then let running transactions end, some seconds at most.

    Raises ImproperlyConfigured (settings, ``tls_context``, ``seal``) and OSError when a port cannot be had.
    """
    context = tls_context()
    clients = Clients(_trusted_relays())
    discards = _discards_unknown_senders()
    seal(b"")  # without the keys no mail could be kept: that is said now, not at the first mail
    wake_up = WakeUp(look_for_mail.delay)
    wake_up.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with inbound.new_pool() as pool:
        gateway = Gateway(pool, wake_up.set, clients, discards=discards)
        await _serve(gateway, clients, context, stopped)


async def _serve(gateway: Gateway, clients: Clients, context: ssl.SSLContext, stopped: asyncio.Event) -> None:
    host, ports_file = settings.LISTEN_ADDRESS, Path(settings.DATA_DIR) / "gateway.json"
    ports_file.unlink(missing_ok=True)  # of one that was killed
    with listen(host, settings.SMTP_PORT) as smtp, listen(host, settings.SMTPS_PORT) as smtps:
        ports = [
            Port("smtp", smtp, None, _new_session(gateway, clients, context)),
            Port("smtps", smtps, context, _new_session(gateway, clients, None)),
        ]
        numbers = {port.name: port.number for port in ports}
        _write_ports(ports_file, numbers)
        log.info("listening", address=host, **numbers)

        async def until_stopped() -> None:
            await stopped.wait()
            ports_file.unlink(missing_ok=True)

        await serve_ports(ports, clients, until_stopped)


def _new_session(
    gateway: Gateway, clients: Clients, starttls: ssl.SSLContext | None
) -> Callable[[Client, Sessions], SmtpSession]:
    return lambda client, sessions: SmtpSession(
        gateway,
        client=client,
        clients=clients,
        domain=settings.FAX_DOMAIN,
        size_limit=settings.SMTP_SIZE_LIMIT,
        tls_context=starttls,
        sessions=sessions,
        patience=Patience(),
    )


def _write_ports(path: Path, ports: dict[str, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(json.dumps(ports))
    unfinished.replace(path)


def _trusted_relays() -> list[Network]:
    try:
        return [network_of(text) for text in settings.SMTP_TRUSTED_RELAYS]
    except ValueError as error:
        raise ImproperlyConfigured(f"SMTP_TRUSTED_RELAYS: {error}.") from error


def _discards_unknown_senders() -> bool:
    if settings.UNKNOWN_SENDER not in {"refuse", "discard"}:
        raise ImproperlyConfigured(
            f"UNKNOWN_SENDER must be refuse or discard, not {settings.UNKNOWN_SENDER!r}."
        )
    return bool(settings.UNKNOWN_SENDER == "discard")
