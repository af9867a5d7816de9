"""The SMTP protocol of the gateway: aiosmtpd's server, held to the letter of the RFCs.

What mail is taken is ``gateway``'s matter. Here: strict paths (RFC 5321 4.1.2), data that no reader can
split in two, enhanced status codes in every reply (RFC 2034), no AUTH, time limits that suit slow lines, and
an end to clients that talk nonsense.
"""

from __future__ import annotations

import asyncio
import collections
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, TLSSetupException

from faxsend.clients import Client, Clients
from faxsend.smtp_data import read_data
from faxsend.smtp_syntax import enhanced, read_path
from faxsend.smtp_transaction import Transaction

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

LONGEST_COMMAND = 2048
BAD_COMMANDS = 20
LOGGED_REFUSALS = 100
LINGER_SECONDS = 10.0

_BAD = ("500", "501", "502", "503", "504", "530", "555")
_GIVEN_UP = "502 5.5.1 Too many unrecognized commands"
"""How aiosmtpd begins its last word to a client, of which it lets five unknown commands pass."""

NOT_NOW = "451 4.3.0 Temporary failure, try again later"
CLOSING = "421 4.3.2 Service closing, try again later"
TIMED_OUT = "421 4.4.2 Timeout, closing"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors, closing"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a client may take (RFC 5321 4.5.3.2 asks for five minutes and three).

    ``command``: to the end of the next valid one; ``data_idle``: between two parts of a mail; ``data``: for
    a whole mail.
    """

    command: float = 300.0
    data_idle: float = 180.0
    data: float = 3600.0


class SmtpSession(SMTP):
    """One client's connection.

    ``tls_context``: for STARTTLS, None on the port that begins with TLS; ``sessions``: where it is listed
    as long as it lasts; ``clients``: where the memory of its mails is counted.
    """

    command_size_limit = LONGEST_COMMAND
    line_length_limit = 64 * 1024
    transport: asyncio.Transport | None
    envelope: Transaction

    def __init__(
        self,
        handler: object,
        *,
        client: Client,
        clients: Clients,
        domain: str,
        size_limit: int,
        tls_context: ssl.SSLContext | None,
        sessions: set[SmtpSession],
        patience: Patience,
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=size_limit,
            enable_SMTPUTF8=True,
            hostname=domain,
            ident="ESMTP",
            tls_context=tls_context,
            timeout=patience.command,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd's own table is one for all connections and grows with every EHLO.
        self.command_size_limits = collections.defaultdict(lambda: LONGEST_COMMAND)
        self.size_limit = size_limit
        self.client = client
        self.known_sender: tuple[str, int | None] = "", None
        self.sender_known_until = 0.0
        self._clients = clients
        self._patience = patience
        self._greeting = f"220 {domain} ESMTP"
        self._sessions = sessions
        self._deadline: float | None = None
        self._retiring = False
        self._held = 0
        self._bad_commands = 0
        self._refusals = 0

    # What the gateway asks and tells

    def finished(self) -> asyncio.Task[None]:
        """Return the task that serves the client, which ends with the connection."""
        assert self._handler_coroutine is not None
        return self._handler_coroutine

    @property
    def tls_version(self) -> str | None:
        """Such as ``TLSv1.3``; None in clear."""
        connection = self.transport.get_extra_info("ssl_object") if self.transport else None
        return connection.version() if connection else None

    def retire(self) -> None:
        """Close the connection as soon as no transaction is running."""
        self._retiring = True
        self._leave_if_idle()

    def abort(self) -> None:
        """Close the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    def _leave_if_idle(self) -> None:
        if self._retiring and not self.envelope.mail_from:
            self._say_goodbye(CLOSING)

    def _say_goodbye(self, reply: str) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():  # a client that does not read never lets go
            self.transport.abort()
            return
        self.transport.write(reply.encode() + b"\r\n")
        self._close()

    def _close(self) -> None:
        """Send what was written, to a client that reads it within seconds."""
        if self.transport is not None:
            self._reset_timeout(LINGER_SECONDS)
            self.transport.close()

    # Time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also called for the TLS layer that STARTTLS puts below."""
        super().connection_made(transport)
        if self not in self._sessions:
            self._sessions.add(self)
            self.finished().add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sessions.discard(self)
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            log.info("connection lost", client=self.client.address, reason=type(error).__name__)

    def data_received(self, data: bytes) -> None:
        """A mail may take as long as it flows, up to an hour: aiosmtpd counts from the command alone."""
        super().data_received(data)
        if self._deadline is not None:
            left = self._deadline - self.loop.time()
            self._reset_timeout(max(min(self._patience.data_idle, left), 0.001))

    def _timeout_cb(self) -> None:
        if self.transport is not None and self.transport.is_closing():
            self.transport.abort()
        self._say_goodbye(TIMED_OUT)

    # Replies

    async def push(self, status: Any) -> None:
        """Send one reply; 421 is the last one (RFC 5321 3.8)."""
        reply = str(status) if status == self._greeting else enhanced(str(status))
        self._bad_commands += reply.startswith(_BAD)
        if self._bad_commands > BAD_COMMANDS or reply.startswith(_GIVEN_UP):
            reply = TOO_MANY_ERRORS
        if reply[0] in "45":
            self._log_refusal(reply)
        await super().push(reply)
        if reply.startswith("421 "):
            self.finished().cancel()
            self._close()
        await asyncio.sleep(0)  # what one client has pipelined waits for its turn among the others
        self._leave_if_idle()

    def _log_refusal(self, reply: str) -> None:
        """By its codes only: the texts may quote the client, which may also go on for a long time."""
        self._refusals += 1
        if self._refusals <= LOGGED_REFUSALS:
            status = " ".join(reply.split()[:2])
            domain = self.envelope.sender.rpartition("@")[2]
            log.info("refused", status=status, client=self.client.address, sender_domain=domain)

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong in here is our fault: the client comes again."""
        if isinstance(error, TLSSetupException):
            cause = error.__cause__
            reason = getattr(cause, "reason", None) or type(cause).__name__
            log.info("no TLS", client=self.client.address, reason=reason)
        else:
            log.error("failed", client=self.client.address, exc_info=error)
        return NOT_NOW

    def _set_post_data_state(self) -> None:
        self.envelope = Transaction()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return read_path(arg) or (None, None)

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        # Beyond ASCII there are digits that int() does not take.
        parameters: dict[str, str | bool] | None = super()._getparams(params)
        return parameters if all(map(str.isascii, params)) else None

    # Commands

    async def _greet(self, hostname: str | None, command: str, keywords: list[str]) -> None:
        if not hostname:
            await self.push(f"501 5.5.4 Syntax: {command} hostname")
            return
        assert self.session is not None
        self._set_post_data_state()
        self.session.extended_smtp = command == "EHLO"
        self.session.host_name = hostname
        lines = [self.hostname, *keywords]
        # The only replies without enhanced status codes (RFC 2034 3).
        for line in lines[:-1]:
            await super().push(f"250-{line}")
        await super().push(f"250 {lines[-1]}")

    async def smtp_HELO(self, hostname: str | None) -> None:
        """RFC 5321 4.1.1.1."""
        await self._greet(hostname, "HELO", [])

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """RFC 5321 4.1.1.1; says what we can do."""
        starttls = ["STARTTLS"] if self.tls_context and not self._tls_protocol else []
        keywords = ["PIPELINING", f"SIZE {self.size_limit}", *starttls]
        await self._greet(hostname, "EHLO", [*keywords, "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"])

    async def smtp_STARTTLS(self, arg: str) -> None:
        """RFC 3207; not inside TLS."""
        if self.tls_version:
            await self.push("503 5.5.1 TLS is active")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        """Nobody logs in here: the sender's address and the mail's signature or password decide."""
        await self.push("502 5.5.1 AUTH not implemented")

    async def smtp_VRFY(self, arg: str) -> None:
        """Tells nothing: who may send is no public knowledge."""
        await self.push("252 2.0.0 Cannot VRFY, try RCPT")

    async def smtp_DATA(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.4; ``handle_DATA`` of the handler gets a message of whole lines within the limit."""
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            await self.push(await self._take())
        finally:
            self._clients.let_go(self.client, self._held)
            self._held = 0
            self._set_post_data_state()
        self._leave_if_idle()

    async def _take(self) -> str:
        self._deadline = self.loop.time() + self._patience.data
        self._reset_timeout(self._patience.data_idle)
        try:
            limit = self.envelope.size_limit or self.size_limit
            data = await read_data(self._reader, size_limit=limit, hold=self._hold)
        finally:
            self._deadline = None
        if isinstance(data, str):
            return data
        self.envelope.content = data
        try:
            return str(await self._call_handler_hook("DATA"))
        except Exception as error:
            return await self.handle_exception(error)

    def _hold(self, size: int) -> bool:
        has_room = self._clients.hold(self.client, size)
        self._held += size if has_room else 0
        return has_room
