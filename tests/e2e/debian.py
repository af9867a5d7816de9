"""Debian's own servers under an instance, as docs/operations.md sets them up: on directories and ports of the test."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import smtplib
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.fernet import Fernet

from interfax_site.local.environment import full_environment
from interfax_site.local.processes import Owner, Program, ownership, start, stop
from interfax_site.local.programs import free_port, preparation
from tests.e2e.office import Office
from tests.e2e.world import FREE_PORTS, OWN_SERVICES, SENDER, World, data_directory, running, wait_for
from tests.notifications.conftest import Inbox, serving
from tests.postfix import Postfix, listens, running_postfix

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class BehindPostfix(World):
    """Mail comes by Postfix, and leaves by it."""

    postfix: Postfix = field(kw_only=True)

    def accept(self, mail: bytes, *, to: str = "send@fax.tc", sender: str = SENDER) -> str:
        """Postfix takes the mail under a name of its own, and notes the one that the gateway gives it."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=20) as client:
            client.ehlo()
            client.mail(sender)
            client.rcpt(to)
            code, text = client.data(mail)
        assert code == 250, text
        queued = re.escape(text.decode().rsplit(" ", 1)[-1])
        handed_on = re.compile(rf" {queued}: .* status=sent \(250 2\.0\.0 queued as (\S+)\)")
        found = wait_for(
            lambda: handed_on.search(self.postfix.log.read_text()), "Postfix to hand on the mail"
        )
        return found[1]


@dataclass
class Customers(Inbox):
    """The mail servers of all customers: each mail is a file, as the embedded default's relay writes it."""

    directory: Path = Path()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        sender = (envelope.mail_from or "").strip("<>")  # aiosmtpd says "<>" for none
        head = f"Return-Path: <{sender}>\r\nDelivered-To: {envelope.rcpt_tos[0]}\r\n".encode()
        file = self.directory / f"{uuid4().hex}.eml"
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(head + bytes(envelope.original_content or b""))
        unfinished.rename(file)
        return "250 2.0.0 Ok"


@contextmanager
def debian_office() -> Iterator[Office]:
    """A customer's office beside an instance over Debian's PostgreSQL and Redis, with Postfix on both sides of it."""
    with data_directory() as directory, postgresql(directory) as database_url, redis(directory) as redis_url:
        customers = Customers(directory=directory / "outbox")
        roots = directory / "roots"
        for path in (customers.directory, roots):
            path.mkdir()
        gateway = free_port("127.0.0.1")
        with serving(customers) as port, running_postfix(gateway=gateway, elsewhere=port) as postfix:
            given = {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "EMAIL_URL": f"smtp://127.0.0.1:{postfix.port}",
                "SMTP_PORT": str(gateway),
                "SMTP_TRUSTED_RELAYS": "127.0.0.1",
                "SMIME_TRUST_ROOTS": str(roots),
                "SECRET_KEY": secrets.token_urlsafe(32),
                "KEY_SECRETS": Fernet.generate_key().decode(),
                "CONTENT_SECRETS": Fernet.generate_key().decode(),
            }
            prepare(directory, given)
            with running(directory, keep=False, **given) as world:
                yield Office(BehindPostfix(world.instance, world.given, world.log, postfix=postfix), roots)


def prepare(data_dir: Path, given: Mapping[str, str]) -> None:
    """Tables, a service certificate, and the account of the stories."""
    environment = full_environment(
        {**os.environ, **OWN_SERVICES, **FREE_PORTS, **given},
        data_dir=data_dir,
        database_url="",
        redis_url="",
    )
    program = preparation(environment, bootstrap=True)
    subprocess.run(program.argv, cwd=program.cwd, env=environment, check=True)


@contextmanager
def postgresql(directory: Path) -> Iterator[str]:
    """The newest PostgreSQL that Debian has installed, with a user that may do no more than its own database."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    user = pwd.getpwnam("postgres")
    owner = Owner(user.pw_uid, user.pw_gid)
    home = directory / "debian-postgresql"
    home.mkdir(mode=0o700)
    shutil.chown(home, "postgres", "postgres")
    subprocess.run(
        [binaries / "initdb", "-D", home / "data", "--auth-local=peer", "--auth-host=scram-sha-256"],
        env=ENVIRONMENT,
        cwd=home,
        check=True,
        capture_output=True,
        **ownership(owner),
    )
    port = free_port("127.0.0.1")
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(home), "fsync": "off"}
    argv = [str(binaries / "postgres"), "-D", str(home / "data"), "-p", str(port)]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    fast = signal.SIGINT  # however many are connected
    with served(Program("postgresql", argv, ENVIRONMENT, stop_signal=fast, owner=owner, cwd=home), port):
        password = secrets.token_urlsafe(12)
        as_postgres: list[str | Path] = [
            binaries / "psql",
            "-h",
            home,
            "-p",
            str(port),
            "-v",
            "ON_ERROR_STOP=1",
            "-q",
        ]
        subprocess.run(
            as_postgres,
            input=CREATE.format(password=password),
            text=True,
            env=ENVIRONMENT,
            cwd=home,
            check=True,
            **ownership(owner),
        )
        yield f"postgres://interfax:{password}@127.0.0.1:{port}/interfax"


CREATE = """
CREATE ROLE interfax LOGIN PASSWORD '{password}';
CREATE DATABASE interfax OWNER interfax ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
"""


@contextmanager
def redis(directory: Path) -> Iterator[str]:
    """Debian's Redis, which asks for a password."""
    home = directory / "debian-redis"
    home.mkdir()
    port, password = free_port("127.0.0.1"), secrets.token_urlsafe(12)
    options = {"port": str(port), "bind": "127.0.0.1", "dir": str(home), "requirepass": password, "save": ""}
    argv = ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))]
    with served(Program("redis", argv, ENVIRONMENT, cwd=home), port):
        yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextmanager
def served(program: Program, port: int) -> Iterator[None]:
    """The program, from the moment in which it takes connections."""
    assert program.cwd is not None
    with (program.cwd / "log").open("wb") as output:
        process = start(replace(program, ready=lambda _pid: listens(port)), output)
    try:
        yield
    finally:
        stop(process, program)
