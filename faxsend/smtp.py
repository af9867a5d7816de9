"""The SMTP protocol of the gateway: aiosmtpd's server, held to the letter of the RFCs.

What mail is taken is ``gateway``'s matter. Here: strict paths (RFC 5321 4.1.2), data that no reader can
split in two, enhanced status codes in every reply (RFC 2034), no AUTH, time limits that suit slow lines.
"""

from __future__ import annotations

import asyncio
import collections
import ssl
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, TLSSetupException

from faxsend.mailboxes import MailboxKind
from faxsend.smtp_syntax import enhanced, has_bare_line_ends, read_path, without_transparency

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

COMMAND_SECONDS = 300.0
DATA_IDLE_SECONDS = 180.0
DATA_SECONDS = 3600.0
LONGEST_COMMAND = 2048
DOTS_ALLOWANCE = 1024 * 1024

TOO_BIG = "552 5.3.4 Message too big"
BARE_LINE_ENDS = "550 5.5.2 Bare CR or LF in the message"
NOT_NOW = "451 4.3.0 Temporary failure, try again later"
CLOSING = "421 4.3.2 Service closing, try again later"
TIMED_OUT = "421 4.4.2 Timeout, closing"


class Transaction(Envelope):
    """One mail on its way in.

    ``kind``: of its first recipient, the only one it may have; ``account_id``: whose order it is.
    """

    kind: MailboxKind | None = None
    account_id: int | None = None

    @property
    def sender(self) -> str:
        """The envelope sender; empty for the null sender."""
        return "" if self.mail_from in {None, "<>"} else str(self.mail_from)


class SmtpSession(SMTP):
    """One client's connection.

    ``tls_context``: for STARTTLS, None on the port that begins with TLS; ``sessions``: where it is listed
    as long as it lasts.
    """

    command_size_limit = LONGEST_COMMAND
    line_length_limit = 64 * 1024
    transport: asyncio.Transport | None
    envelope: Transaction

    def __init__(
        self,
        handler: object,
        *,
        domain: str,
        size_limit: int,
        tls_context: ssl.SSLContext | None,
        sessions: set[SmtpSession],
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=size_limit,
            enable_SMTPUTF8=True,
            hostname=domain,
            ident="ESMTP",
            tls_context=tls_context,
            timeout=COMMAND_SECONDS,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd's own table is one for all connections and grows with every EHLO.
        self.command_size_limits = collections.defaultdict(lambda: LONGEST_COMMAND)
        self.size_limit = size_limit
        self._greeting = f"220 {domain} ESMTP"
        self._sessions = sessions
        self._deadline: float | None = None
        self._retiring = False

    # What the gateway asks and tells

    def finished(self) -> asyncio.Task[None]:
        """Return the task that serves the client, which ends with the connection."""
        assert self._handler_coroutine is not None
        return self._handler_coroutine

    @property
    def client_address(self) -> str | None:
        """The client's IP address."""
        peer: Any = self.session.peer if self.session else None
        return str(peer[0]).partition("%")[0] if peer else None

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
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            log.info("connection lost", client=self.client_address, reason=type(error).__name__)

    def data_received(self, data: bytes) -> None:
        """A mail may take as long as it flows, up to an hour: aiosmtpd counts from the command alone."""
        super().data_received(data)
        if self._deadline is not None:
            left = self._deadline - self.loop.time()
            self._reset_timeout(max(min(DATA_IDLE_SECONDS, left), 0.001))

    def _timeout_cb(self) -> None:
        self._say_goodbye(TIMED_OUT)

    # Replies

    async def push(self, status: Any) -> None:
        """Send one reply; refusals are logged here, by their codes only: the texts may quote the client."""
        reply = str(status) if status == self._greeting else enhanced(str(status))
        if reply[0] in "45":
            domain = self.envelope.sender.rpartition("@")[2]
            status_code = " ".join(reply.split()[:2])
            log.info("refused", status=status_code, client=self.client_address, sender_domain=domain)
        await super().push(reply)
        self._leave_if_idle()

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong in here is our fault: the client comes again."""
        if isinstance(error, TLSSetupException):
            cause = error.__cause__
            reason = getattr(cause, "reason", None) or type(cause).__name__
            log.info("no TLS", client=self.client_address, reason=reason)
        else:
            log.error("failed", client=self.client_address, exc_info=error)
        return NOT_NOW

    def _set_post_data_state(self) -> None:
        self.envelope = Transaction()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return read_path(arg) or (None, None)

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
            await self.push(await self._take(await self._read_data()))
        finally:
            self._set_post_data_state()
        self._leave_if_idle()

    async def _take(self, data: bytes | None) -> str:
        if data is None or len(data) > self.size_limit:
            return TOO_BIG
        if has_bare_line_ends(data):
            return BARE_LINE_ENDS
        self.envelope.content = data
        try:
            return str(await self._call_handler_hook("DATA"))
        except Exception as error:
            return await self.handle_exception(error)

    async def _read_data(self) -> bytes | None:
        """Read to the line that holds a dot alone; None if that is too much, which is then not kept.

        Only CRLF ends a line. Reads up to the next ``.CRLF``, wherever it stands, because the stream can
        only be cut behind what is sought and the dot may be the very first line.
        """
        data = bytearray()
        too_big = False
        self._deadline = self.loop.time() + DATA_SECONDS
        try:
            while data != b".\r\n" and not data.endswith(b"\r\n.\r\n"):
                if too_big := too_big or len(data) > self.size_limit + DOTS_ALLOWANCE:
                    del data[:-4]
                try:
                    data += await self._reader.readuntil(b".\r\n")
                except asyncio.LimitOverrunError as error:
                    data += await self._reader.read(error.consumed)
        finally:
            self._deadline = None
        if too_big:
            return None
        del data[-3:]
        return without_transparency(bytes(data))
