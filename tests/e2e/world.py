"""A whole instance of the service beside the one that the test process itself uses, looked at from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from cryptography.fernet import Fernet

from interfax_site.local.environment import given_environment
from interfax_site.local.instance import Instance, run_instance
from interfax_site.local.managing import using_services
from interfax_site.local.postgresql import place_of, write_note
from interfax_site.local.preparing import note_for

# The test process has services of its own in its environment; a whole instance brings its own.
OWN_SERVICES = dict.fromkeys(
    ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "KEY_SECRETS", "CONTENT_SECRETS"], ""
)
FREE_PORTS = {"HTTP_PORT": "0", "SMTP_PORT": "0", "SMTPS_PORT": "0", "SITE_URL": ""}
SENDER = "demo@example.jp"

LOGS: dict[Path, list[str]] = {}
"""What the instances say that run in this test process: shown with a test that fails, then forgotten."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """An instance, and how a test acts on it: mail in, kills, questions to database and disk.

    ``given``: what it was started with, beyond the environment of the tests.
    """

    instance: Instance
    given: Mapping[str, str]
    log: list[str]
    lines: list[psycopg.Connection[Any]] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.instance.data_dir

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.instance.environment["DATABASE_URL"], autocommit=True)

    def ask(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows that a query returns, over one connection as long as the server lives."""
        if not self.lines or self.lines[-1].closed:
            self.lines.append(self.database())
        return self.lines[-1].execute(query, parameters).fetchall()

    def send(self, mail: bytes, *, to: str = "send@fax.tc", sender: str = SENDER) -> tuple[int, str]:
        """Hand a mail to the gateway in one SMTP transaction: the last reply's code and text."""
        with smtplib.SMTP("127.0.0.1", self.instance.smtp, timeout=20) as client:
            client.ehlo()
            code, text = client.mail(sender)
            if code < 400:
                code, text = client.rcpt(to)
            if code < 400:
                code, text = client.data(mail)
        return code, text.decode()

    def accept(self, mail: bytes, *, to: str = "send@fax.tc", sender: str = SENDER) -> str:
        """Send until it is accepted, as a mail server does on 4xx; the token of the inbound message."""

        def attempt() -> str | None:
            try:
                code, text = self.send(mail, to=to, sender=sender)
            except (OSError, smtplib.SMTPException):
                return None
            assert code < 500, text
            return text.rsplit(" ", 1)[-1] if code == 250 else None

        return wait_for(attempt, "the gateway to accept a mail")

    def kill(self, name: str) -> None:
        """``kill -9`` of a child and all its own children, as the kernel's memory killer or a crash does."""
        os.killpg(self.instance.pids()[name], signal.SIGKILL)

    def kill_working(self, worker: str) -> None:
        """``kill -9`` of the processes that a worker has forked to work; it forks others in a moment."""
        parent = self.instance.pids()[worker]
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    @contextmanager
    def held(self, table: str) -> Iterator[None]:
        """Nobody can write to a table meanwhile: whoever has to is stopped just before."""
        with self.database() as database, database.transaction():
            database.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            yield

    @contextmanager
    def hidden(self, table: str) -> Iterator[None]:
        """Nobody can even read a table meanwhile."""
        with self.database() as database, database.transaction():
            database.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield

    def pages_of(self, fax_pk: int) -> bytes:
        """The pages of a fax as they were stored."""
        query = """SELECT tiff FROM faxsend_pages p JOIN faxsend_submission s ON s.pages_id = p.id
                   JOIN faxsend_fax f ON f.submission_id = s.id WHERE f.id = %s"""
        secret = self.instance.environment["CONTENT_SECRETS"].split(",")[0]
        return Fernet(secret).decrypt(bytes(self.ask(query, fax_pk)[0][0]))

    def calls_of(self, fax_pk: int) -> int:
        """How many calls the telephone network has seen for a fax."""
        calls = (json.loads(path.read_text()) for path in self.data_dir.glob("simulator/*/call.json"))
        return sum(call["fax_id"] == fax_pk for call in calls)

    def outbox(self) -> list[bytes]:
        return [path.read_bytes() for path in self.data_dir.glob("outbox/*.eml")]

    def mails_to(self, token: str) -> set[str]:
        """The Message-IDs of the notifications of a submission that have left."""
        wanted = {
            row[0]
            for row in self.ask(
                "SELECT message_id FROM notifications_outgoingmail WHERE key = %s", f"notify:{token}"
            )
        }
        sent = {str(message_from_bytes(mail)["Message-ID"]).strip() for mail in self.outbox()}
        return wanted & sent

    def mails_to_inbound(self, inbound: str) -> set[str]:
        """The same for the submission that an inbound message has become."""
        query = """SELECT s.token FROM faxsend_submission s JOIN faxsend_inboundmessage m
                   ON m.id = s.message_id WHERE m.token = %s"""
        return {mail for (token,) in self.ask(query, inbound) for mail in self.mails_to(token)}


@contextmanager
def data_directory(*, private: bool = False) -> Iterator[Path]:
    """A DATA_DIR that goes without a trace; ``private``: 0700, so that PostgreSQL's data lie elsewhere."""
    with tempfile.TemporaryDirectory(prefix="ifx-") as name:
        directory = Path(name)
        directory.chmod(0o700 if private else 0o711)
        try:
            yield directory
        finally:
            home = place_of(directory).home
            if directory not in home.parents:
                shutil.rmtree(home.parent)


@cache
def _prepared() -> Path:
    """A DATA_DIR as a first start leaves it, made once for all test processes and gone with them."""
    directory = Path(os.environ["SHARED_DIR"]) / "prepared"
    unfinished = directory.with_suffix(".new")
    with open(directory.with_suffix(".lock"), "w") as lock:
        flock(lock, LOCK_EX)
        if not directory.exists():
            given = given_environment() | OWN_SERVICES | FREE_PORTS | {"DATA_DIR": str(unfinished)}
            with using_services(given) as environment:
                write_note(environment["DATABASE_URL"], note_for(unfinished))
            unfinished.rename(directory)
    return directory


def copy_prepared(directory: Path) -> None:
    """Let an instance over that directory start as if it had been there before: in a third of the time."""
    subprocess.run(["cp", "-a", f"{_prepared()}/.", directory], check=True)


@contextmanager
def running(data_dir: Path, *, keep: bool = False, **environment: str) -> Iterator[World]:
    """An instance for the length of a ``with`` block; ``keep`` starts again what was killed."""
    log: list[str] = []
    LOGS[data_dir] = log
    given = OWN_SERVICES | FREE_PORTS | environment
    with run_instance(
        data_dir, environment=given, keep=keep, say=lambda name, line: log.append(f"{name} | {line}")
    ) as instance:
        yield World(instance, given, log)
    del LOGS[data_dir]


def wait_for(look: Callable[[], T | None], what: str, *, seconds: float = 60.0) -> T:
    """Look until there is something. Raises ``TimeoutError``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds:.0f} s for {what}")


def order(number: str, text: str) -> bytes:
    """A plain order, unlike every other by its text."""
    return (
        f"From: {SENDER}\r\nTo: send@fax.tc\r\nSubject: /fax={number}\r\nMessage-ID: <{text}@example.jp>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()
