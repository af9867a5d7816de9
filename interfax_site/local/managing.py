"""`./run manage`: Django's commands with the environment and the servers of the site."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from interfax_site.local import postgresql, programs, valkey
from interfax_site.local.environment import (
    PROJECT,
    data_directory,
    full_environment,
    given_environment,
    is_given,
)
from interfax_site.local.locks import InUseError, instance_lock, user_lock
from interfax_site.local.processes import RETRY_SECONDS, Program, StartError, die_with_parent
from interfax_site.local.services import Services

WITHOUT_TABLES = {
    "help",
    "--help",
    "--version",
    "check",
    "makemigrations",
    "migrate",
    "showmigrations",
    "sqlmigrate",
}
OTHERS_SECONDS = 60.0  # for another process's servers to come up or to go


def main(arguments: list[str]) -> int:
    """Run `manage.py` with `arguments`; its exit code."""
    prepared = bool(arguments) and arguments[0] not in WITHOUT_TABLES
    with using_services(given_environment(), prepared=prepared) as environment:
        return _run([sys.executable, str(PROJECT / "manage.py"), *arguments], environment)


@contextmanager
def using_services(given: Mapping[str, str], *, prepared: bool = True) -> Iterator[dict[str, str]]:
    """Give the environment of a command while its servers run: the operator's, a running site's, or own ones.

    `prepared`: an empty embedded database gets its tables and demo account first. Own ones stop at the end, when the last other command that uses them has left.
    """
    data_dir = data_directory(given)
    database, redis = not is_given(given, "DATABASE_URL"), not is_given(given, "REDIS_URL")
    if not database and not redis:
        yield full_environment(given, data_dir=data_dir, database_url="", redis_url="")
        return
    with _running(data_dir, database=database, redis=redis) as (urls, ours):
        environment = full_environment(given, data_dir=data_dir, database_url=urls[0], redis_url=urls[1])
        if ours and database and prepared and not has_tables(urls[0]):
            _prepare(programs.preparation(environment, bootstrap=True))
        yield environment


@contextmanager
def _running(data_dir: Path, *, database: bool, redis: bool) -> Iterator[tuple[tuple[str, str], bool]]:
    """Give the two URLs, and whether the servers are ours; "" for one that is not wanted."""
    limit = time.monotonic() + OTHERS_SECONDS
    while True:
        try:
            with instance_lock(data_dir), _own_services(data_dir, database=database, redis=redis) as urls:
                yield urls, True
                return
        except InUseError:
            if time.monotonic() > limit:
                raise
        with user_lock(data_dir, alone=False):
            if (others := _urls_in_use(data_dir, database=database, redis=redis)) is not None:
                yield others, False
                return
        time.sleep(RETRY_SECONDS)


@contextmanager
def _own_services(data_dir: Path, *, database: bool, redis: bool) -> Iterator[tuple[str, str]]:
    with Services.start(data_dir, postgres=database, redis=redis) as services:
        try:
            yield services.database_url, services.redis_url
        finally:
            with user_lock(data_dir, alone=True):
                services.stop()


def _urls_in_use(data_dir: Path, *, database: bool, redis: bool) -> tuple[str, str] | None:
    """Return the URLs of the servers that another process runs, None while they are not all up."""
    url = postgresql.place_of(data_dir).url if database else ""
    if database:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return None
    if redis and not valkey.answers(valkey.socket_of(data_dir)):
        return None
    return url, valkey.url_of(data_dir) if redis else ""


def has_tables(url: str) -> bool:
    """Tell whether somebody has migrated the database."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT to_regclass('django_migrations')").fetchone() != (None,)


def _prepare(program: Program) -> None:
    """Make the tables of a new database; what is printed must not mix with the command's own output."""
    done = subprocess.run(
        list(program.argv), env=dict(program.environment), cwd=program.cwd, stdout=sys.stderr, check=False
    )
    if done.returncode != 0:
        raise StartError(f"{program.name} ended with code {done.returncode}")


def _run(argv: list[str], environment: Mapping[str, str]) -> int:
    """Run a command on our terminal; Ctrl-C is its business, SIGTERM is passed on, we clean up after it."""
    before_exec = die_with_parent(signal.SIGTERM, os.getpid())
    with subprocess.Popen(argv, env=dict(environment), preexec_fn=before_exec) as process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _frame: process.send_signal(number))
        code = process.wait()
    return code if code >= 0 else 128 - code
