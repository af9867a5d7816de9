"""The embedded PostgreSQL: its place on the disk, its first start, its command line.

It listens on a Unix socket only, in a directory that nobody else may enter; so it asks for no password.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from interfax_site.local import binaries
from interfax_site.local.processes import Owner, Program, StartError, ownership, wait_until
from interfax_site.local.sockets import make_private, socket_directory

DATABASE = "interfax"
SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432.lock"  # the longest name in the socket's directory
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    # Statements and key values hold fax numbers and subjects: they are for no log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
ORPHAN_SECONDS = 15.0
RETRY_SECONDS = 3.0
READY_LINE = 7  # of postmaster.pid: "ready" once connections are taken (PostgreSQL's pidfile.h)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cluster lives and who runs it."""

    home: Path
    owner: Owner | None

    @property
    def data(self) -> Path:
        """Return PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def sockets(self) -> Path:
        """Return the directory of its Unix socket, short enough for one."""
        return socket_directory(self.home / "sockets", SOCKET_NAME)

    @property
    def url(self) -> str:
        """Return the DATABASE_URL, in the form that both libpq and django-environ read."""
        return f"postgres://{SUPERUSER}@/{DATABASE}?{urlencode({'host': str(self.sockets)}, quote_via=quote)}"


def place_of(data_dir: Path) -> Place:
    """Return the place of the cluster of `data_dir` (absolute).

    It is inside, unless we are root and `nobody`, who has to run the server, cannot get there.
    """
    inside = data_dir / "postgresql"
    if os.geteuid() != 0:
        return Place(inside, None)
    outside = binaries.state_directory(f"{data_dir}:{_identity(data_dir)}") / "postgresql"
    if (outside / "data/PG_VERSION").exists():
        return Place(outside, binaries.server_owner(outside))
    owner = binaries.server_owner(inside)
    if binaries.can_enter(data_dir, owner):
        return Place(inside, owner)
    if (inside / "data/PG_VERSION").exists():
        raise StartError(f"PostgreSQL's data is in {inside}, which its user can no longer reach")
    binaries.make_state_directory(outside.parent)
    (outside.parent / "DATA_DIR").write_text(f"{data_dir}\n")
    return Place(outside, binaries.server_owner(outside))


def prepare(place: Place, *, durable: bool = True) -> Program:
    """Make the cluster when there is none, clear what a killed server left, return the server's program."""
    directory = binaries.reachable_postgresql(place.owner)
    uid, gid = (os.geteuid(), os.getegid()) if place.owner is None else (place.owner.uid, place.owner.gid)
    for path in (place.home, place.sockets):
        make_private(path, uid=uid, gid=gid)
    if not place.data.exists():
        _initialise(directory, place)
    _check_version(directory, place.data)
    _clear_leftovers(place)
    return _program(directory, place, durable=durable)


def create_database(url: str) -> None:
    """Create the database that `url` names when the server has none of that name."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(name))))


def note_of(url: str) -> str | None:
    """Return what `write_note` left with the database."""
    with psycopg.connect(url) as connection:
        query = (
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        found = connection.execute(query).fetchone()
    return None if found is None else found[0]


def write_note(url: str, note: str) -> None:
    """Leave a note with the database, as its comment: it lives and goes with the rows it tells about."""
    with psycopg.connect(url) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(note)))


def is_ready(data: Path, pid: int) -> bool:
    """Read in `postmaster.pid` whether the server `pid` takes connections."""
    lines = _postmaster_file(data)
    return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].startswith("ready")


def _program(directory: Path, place: Place, *, durable: bool) -> Program:
    settings = SETTINGS | {"unix_socket_directories": str(place.sockets)} | ({} if durable else NOT_DURABLE)
    argv = [str(directory / "postgres"), "-D", str(place.data)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    return Program(
        name="postgresql",
        argv=argv,
        environment=ENVIRONMENT,
        ready=lambda pid: is_ready(place.data, pid),
        stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes a checkpoint
        orphan_signal=signal.SIGINT,
        start_seconds=120.0,  # recovery of a long log
        retry_seconds=RETRY_SECONDS,
        owner=place.owner,
        cwd=place.home,
    )


def _initialise(directory: Path, place: Place) -> None:
    """Run initdb beside the data directory: a start that is interrupted leaves no half cluster."""
    unfinished = place.home / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [str(directory / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "-E", "UTF8"]
    command += ["--auth=trust", "--no-sync", "--locale=C.UTF-8"]
    if _major_version(directory) >= 17:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(
        command,
        env=ENVIRONMENT,
        cwd=place.home,
        capture_output=True,
        text=True,
        check=False,
        **ownership(place.owner),
    )
    if done.returncode != 0:
        raise StartError(f"initdb failed in {place.home}:\n{done.stdout}{done.stderr}")
    unfinished.rename(place.data)


def _check_version(directory: Path, data: Path) -> None:
    have, want = (data / "PG_VERSION").read_text().strip(), _major_version(directory)
    if have != str(want):
        raise StartError(
            f"{data} was made by PostgreSQL {have}, the binaries in {directory} are {want}:\n"
            "dump it with the old ones, move the directory away, load it into a new one (docs/operations.md)"
        )


def _major_version(directory: Path) -> int:
    output = subprocess.run(
        [str(directory / "postgres"), "--version"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"(\d+)[.\w]*", output)
    return int(found[1]) if found else 0


def _clear_leftovers(place: Place) -> None:
    """Wait for a server whose parent was killed, then remove the lock files of one that is gone.

    PostgreSQL removes them itself unless another process has got the same id meanwhile (a restart of the
    machine). Whoever calls holds the lock of the data directory.
    """
    if not wait_until(lambda: not _servers_of(place.data), seconds=ORPHAN_SECONDS):
        raise StartError(f"another PostgreSQL (processes {_servers_of(place.data)}) runs on {place.data}")
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in place.sockets.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _servers_of(data: Path) -> list[int]:
    """Return the processes of this cluster, sessions too: their working directory is the data directory."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (directory / "cwd").readlink() == data.resolve():
                found.append(int(directory.name))
    return found


def _postmaster_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _identity(data_dir: Path) -> str:
    """Return a name made once in `data_dir`: a new directory at an old path never meets the old rows."""
    file = data_dir / "instance"
    if not file.exists():
        file.write_text(secrets.token_hex(16))
    return file.read_text()
