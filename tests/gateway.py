"""The real SMTP gateway as a process of its own, and a client that sees every byte."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from django.db import connection
from django.utils import timezone

from accounts.models import Account, AuthorizedSender

PROJECT = Path(__file__).resolve().parents[1]
SENDER = "Order@Example.co.jp"
APPS = ["faxsend", "accounts", "django.contrib.auth", "django.contrib.contenttypes"]
"""Whose tables a test may write: emptying all of them takes longer than most tests here."""


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that listens; ``log``: where its output goes."""

    process: subprocess.Popen[bytes]
    smtp: int
    smtps: int
    log: Path

    def client(self, *, timeout: float = 15) -> smtplib.SMTP:
        """Connect in clear and say EHLO."""
        client = smtplib.SMTP("127.0.0.1", self.smtp, timeout=timeout)
        client.ehlo("client.example")
        return client

    def secure_client(self, *, timeout: float = 15) -> smtplib.SMTP:
        """Connect by TLS and say EHLO."""
        client = smtplib.SMTP_SSL("127.0.0.1", self.smtps, timeout=timeout, context=any_certificate())
        client.ehlo("client.example")
        return client

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def wait_for(self, text: str, *, times: int = 1) -> None:
        """Return when the log holds ``text`` so many times."""
        deadline = time.monotonic() + 15
        while (written := self.log.read_text()).count(text) < times:
            assert time.monotonic() < deadline, written
            time.sleep(0.02)


@contextmanager
def running_gateway(
    directory: Path, *, database_host: str | None = None, **environment: str
) -> Iterator[RunningGateway]:
    """Run ``smtpgateway`` on the tests' database, with ``directory`` as DATA_DIR."""
    ports = directory / "gateway.json"
    given = os.environ | {"DATA_DIR": str(directory), "DATABASE_URL": _database_url(database_host)}
    log = directory / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "smtpgateway"],
            cwd=PROJECT,
            env=given | environment,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 30
        while not ports.exists():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield RunningGateway(process, **json.loads(ports.read_text()), log=log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def authorize(address: str = SENDER.lower(), *, verified: bool = True) -> Account:
    """Make an account for which ``address`` may fax, once it is verified."""
    account = Account.objects.create(name="Example KK")
    verified_at = timezone.now() if verified else None
    AuthorizedSender.objects.create(account=account, address=address, verified_at=verified_at)
    return account


def any_certificate() -> ssl.SSLContext:
    """A client's context that does not look at the server's certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def send(client: smtplib.SMTP, raw: bytes, *recipients: str, sender: str = SENDER) -> tuple[int, bytes]:
    """Run one transaction; ``raw`` goes over the wire as it is, so it brings its own dots before dots."""
    client.docmd("MAIL", f"FROM:<{sender}>")
    for recipient in recipients or ("send@fax.tc",):
        code, text = client.docmd("RCPT", f"TO:<{recipient}>")
        if code != 250:
            return code, text
    code, text = client.docmd("DATA")
    if code != 354:
        return code, text
    client.send(raw + b".\r\n")
    return client.getreply()


def _database_url(host: str | None) -> str:
    """The tests' database, as the gateway's process is to reach it."""
    settings = connection.settings_dict
    host = host or settings["HOST"] or settings["OPTIONS"].get("host", "")
    user = settings["USER"] or urlsplit(os.environ["DATABASE_URL"]).username or ""
    return f"postgres://{user}@/{settings['NAME']}?{urlencode({'host': host})}"
