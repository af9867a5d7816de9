"""The protocol of hfaxd (port 4559): FTP with jobs. What a server can do to us is bounded in time and memory.

Commands and replies as in hfaxd(8) of HylaFAX 6. Each look at a job wants a session of its own: within one, hfaxd
answers from memory what the scheduler has changed in the same second.
"""

from __future__ import annotations

import ftplib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from faxsend.carriers.hylafax.job import Job, job_of
from faxsend.carriers.hylafax.session_log import SessionLog, session_log

PORT = 4559
TIMEOUT = 30.0
"""Seconds for a connection, a reply line, or a piece of data."""
SESSION_SECONDS = 180.0
UPLOAD_SECONDS = 120.0
MAX_LINES = 2000
MAX_LISTING = 8 * 1024 * 1024
OPTIONAL = {"TSI"}
LONG_NUMBER = re.compile(r"[0-9]{7,}")
NO_JOB = re.compile(r"job does not exist|job deleted by another party", re.IGNORECASE)


class ServerFailed(Exception):
    """It cannot be reached, is too slow, or what it says makes no sense."""


class Refused(ServerFailed):
    """A reply that says no: 4xx or 5xx."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is and who we are there. Jobs are ours by ``user``: no other installation may have the same."""

    host: str
    user: str
    port: int = PORT
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT
    session_seconds: float = SESSION_SECONDS

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Log in. Whatever goes wrong in it, here or in the caller's commands, is a ``ServerFailed``."""
        ftp = _Control(timeout=self.timeout, encoding="latin-1")
        watchdog = threading.Timer(self.session_seconds, _cut, [ftp])
        watchdog.daemon = True
        watchdog.start()
        try:
            ftp.connect(self.host, self.port)
            ftp.login(self.user, self.password)
            yield Session(ftp, self.user)
        except (ftplib.error_perm, ftplib.error_temp) as error:
            raise Refused(_in_short(error)) from error
        except (ftplib.Error, OSError, EOFError, ValueError) as error:
            raise ServerFailed(_in_short(error)) from error
        finally:
            watchdog.cancel()
            ftp.close()


@dataclass(frozen=True, slots=True)
class Session:
    """Commands; each raises what ``Server.session`` turns into a ``ServerFailed``."""

    ftp: ftplib.FTP
    user: str

    def store(self, tiff: bytes) -> str:
        """Upload a document for the jobs of this session; its name there."""
        self.ftp.sendcmd("FORM TIFF")
        self.ftp.voidcmd("TYPE I")
        with self.ftp.transfercmd("STOT") as connection:
            connection.settimeout(UPLOAD_SECONDS)
            connection.sendall(tiff)
        return _part(r"FILE: (/[\w./-]{1,100})", self.ftp.voidresp())

    def new_job(self) -> str:
        """Make a job that is not submitted yet; its id there. Parameters go to it from now on."""
        return _part(r"jobid: ([0-9]{1,9})\b", self.ftp.sendcmd("JNEW"))

    def set(self, parameter: str, value: str) -> None:
        """Of the current job. A parameter that this server does not know, and that is no must, is left out."""
        try:
            self.ftp.sendcmd(f"JPARM {parameter} {value}")
        except ftplib.error_perm:
            if parameter not in OPTIONAL:
                raise

    def submit(self) -> None:
        """Give the current job to the scheduler."""
        self.ftp.voidcmd("JSUBM")

    def job(self, job: str) -> Job | None:
        """What is known of it. None if there is no such job."""
        try:
            self.ftp.sendcmd(f"JOB {job}")
            return job_of(self.ftp.sendcmd("JPARM").splitlines())
        except ftplib.error_perm as error:
            if NO_JOB.search(str(error)):
                return None
            raise

    def jobs(self) -> Iterator[tuple[str, str]]:
        """Id and tag of each job of ours, waiting or ended."""
        self.ftp.sendcmd('JOBFMT "%j|%o|%J"')
        for queue in ("sendq", "doneq"):
            for line in self._listing(f"LIST {queue}"):
                job, _, rest = line.partition("|")
                owner, _, tag = rest.partition("|")
                if owner == self.user and re.fullmatch(r"[0-9]{1,9}", job):
                    yield job, tag

    def suspend(self, job: str) -> None:
        """Take it from the scheduler. Refused if that does not have it; while it is being sent, there is no reply."""
        self.ftp.sendcmd(f"JSUSP {job}")

    def delete(self, job: str) -> None:
        """Remove a job that is suspended or has ended."""
        self.ftp.sendcmd(f"JDELE {job}")

    def log(self, session: str) -> SessionLog:
        """What the log of a session tells; nothing if there is none that we may read."""
        if not session:
            return SessionLog()
        try:
            return session_log(self._listing(f"RETR log/c{session}"))
        except (ftplib.error_perm, ftplib.error_temp, ValueError):
            return SessionLog()

    def _listing(self, command: str) -> list[str]:
        self.ftp.voidcmd("TYPE A")
        text = bytearray()
        with self.ftp.transfercmd(command) as connection:
            while piece := connection.recv(65536):
                text += piece
                if len(text) > MAX_LISTING:
                    raise ValueError("a listing without end")
        self.ftp.voidresp()
        return text.decode("latin-1").splitlines()


def server_at(url: str) -> Server:
    """Read ``hylafax://user:password@host:4559``. Raises ``ValueError``, whose text does not have the password."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        raise ValueError("not a URL") from None
    if parts.scheme != "hylafax" or not parts.hostname or not parts.username:
        raise ValueError("not of the form hylafax://user:password@host:port")
    user, password = unquote(parts.username), unquote(parts.password or "")
    if not (user + password).isprintable():
        raise ValueError("the user or the password cannot be sent")
    return Server(host=parts.hostname, user=user, port=port, password=password)


class _Control(ftplib.FTP):
    """A control connection that does not listen for ever, and knows the one for data."""

    lines = 0
    data: socket.socket | None = None

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        self.data, size = super().ntransfercmd(cmd, rest)
        return self.data, size

    def getline(self) -> str:
        self.lines += 1
        if self.lines > MAX_LINES:
            raise ValueError("a reply without end")
        return super().getline()


def _cut(ftp: _Control) -> None:
    """Whoever reads from it, or from its data, gets to know that it has ended."""
    for connection in (ftp.sock, ftp.data):
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _part(pattern: str, reply: str) -> str:
    found = re.search(pattern, reply)
    if found is None:
        raise ValueError("an unexpected reply")
    return found[1]


def _in_short(error: Exception) -> str:
    """For logs: a reply may repeat the number that was to be dialled."""
    words = LONG_NUMBER.sub("…", "".join(each for each in str(error) if each.isprintable()))
    return f"{type(error).__name__}: {words[:100]}"
