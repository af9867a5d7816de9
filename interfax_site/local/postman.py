"""A customer's mail program on the way out: SMTP over TLS, on the port of either kind."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the gateway answered to a mail that it took over. ``token`` is the inbound message's."""

    answer: str
    tls: str

    @property
    def token(self) -> str:
        return self.answer.rsplit(" ", 1)[-1]


@dataclass(frozen=True, slots=True)
class Postman:
    """``certificate``: the gateway's own, the only one that is believed."""

    starttls_port: int
    tls_port: int
    certificate: Path

    def starttls(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self.starttls_port, timeout=TIMEOUT_SECONDS)
        client.starttls(context=self._trusting())
        return client

    def tls(self) -> smtplib.SMTP:
        context = self._trusting()
        return smtplib.SMTP_SSL("127.0.0.1", self.tls_port, timeout=TIMEOUT_SECONDS, context=context)

    def _trusting(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.certificate)
        context.check_hostname = False  # the demo dials the loopback address, not the domain
        return context


def hand_over(client: smtplib.SMTP, mail: bytes, *, sender: str, recipient: str) -> Receipt:
    """Send one mail and close the connection. Raises ``AssertionError`` with what was answered instead of 250."""
    with client:
        version = tls_version(client)
        client.ehlo()
        replies = [client.mail(sender), client.rcpt(recipient)]
        assert all(code == 250 for code, _ in replies), replies
        code, answer = client.data(_crlf(mail))
    assert code == 250, answer
    return Receipt(answer.decode(), version)


def tls_version(client: smtplib.SMTP) -> str:
    assert isinstance(client.sock, ssl.SSLSocket)
    return client.sock.version() or "no TLS"


def _crlf(mail: bytes) -> bytes:
    """The openssl program writes the line ends of its platform; SMTP knows one kind (RFC 5321, 2.3.8)."""
    return mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
