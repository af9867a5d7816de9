"""The embedded PostgreSQL and Valkey, for real."""

import os
import pwd
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from interfax_site.local import binaries, postgresql
from interfax_site.local.environment import stored_secret
from interfax_site.local.processes import Owner, StartError, wait_until
from interfax_site.local.services import Services
from tests.interfax_site.local.observing import is_running

NOBODY = pwd.getpwnam("nobody")


def insert(url: str, value: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value integer)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def values(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


@pytest.fixture
def closed_directory(tmp_path: Path) -> Iterator[Path]:
    """Give a data directory below one that only its owner may enter, as `mktemp -d` makes it."""
    parent = tmp_path / "closed"
    parent.mkdir(mode=0o700)
    data_dir = parent / "data"
    data_dir.mkdir()
    yield data_dir
    home = postgresql.place_of(data_dir).home
    if not home.is_relative_to(data_dir):
        shutil.rmtree(home.parent)


def as_user(uid: int, gid: int, work: Callable[[], None]) -> int:
    """Run `work` as another user in a child; its exit code."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            os.chdir("/")
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_both_serve_and_a_second_start_finds_what_the_first_wrote(open_directory: Path) -> None:
    with Services.start(open_directory) as services:
        insert(services.database_url, 1)
        redis.Redis.from_url(services.redis_url).set("key", "kept")
    with Services.start(open_directory) as services:
        assert values(services.database_url) == [1]
        assert redis.Redis.from_url(services.redis_url).get("key") == b"kept"


def test_no_committed_row_is_lost_by_kill_9(open_directory: Path) -> None:
    services = Services.start(open_directory)
    insert(services.database_url, 1)
    for _, process in services.processes.values():
        process.kill()
        process.wait()
    with Services.start(open_directory) as again:
        assert values(again.database_url) == [1]


def test_nothing_runs_after_the_stop(open_directory: Path) -> None:
    services = Services.start(open_directory)
    pids = [process.pid for _, process in services.processes.values()]
    services.stop()
    assert [is_running(pid) for pid in pids] == [False, False]


def test_an_error_in_the_block_stops_them_too(open_directory: Path) -> None:
    with pytest.raises(KeyError), Services.start(open_directory, postgres=False) as services:
        pids = [process.pid for _, process in services.processes.values()]
        raise KeyError
    assert [is_running(pid) for pid in pids] == [False]


def test_each_can_be_started_alone(open_directory: Path) -> None:
    with Services.start(open_directory, postgres=False) as services:
        assert (services.database_url, list(services.processes)) == ("", ["valkey"])


def test_django_environ_and_libpq_read_the_same_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    place = postgresql.Place(Path("/somewhere with space"), None)
    monkeypatch.setenv("DATABASE_URL", place.url)
    config = environ.Env().db_url("DATABASE_URL")
    assert (config["USER"], config["NAME"], config["OPTIONS"]["host"]) == (
        "postgres",
        "interfax",
        "/somewhere with space/sockets",
    )
    assert psycopg.conninfo.conninfo_to_dict(place.url)["host"] == "/somewhere with space/sockets"


def test_a_deep_directory_gets_a_short_socket(open_directory: Path) -> None:
    deep = open_directory / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True, mode=0o711)
    with Services.start(deep) as services:
        insert(services.database_url, 1)
        assert redis.Redis.from_url(services.redis_url).ping()
        assert str(deep) not in services.database_url + services.redis_url


def test_only_the_owner_enters_the_directories(open_directory: Path) -> None:
    with Services.start(open_directory):
        modes = {path.name: path.stat().st_mode & 0o777 for path in open_directory.iterdir() if path.is_dir()}
        sockets = postgresql.place_of(open_directory).sockets.stat().st_mode & 0o777
    assert (modes, sockets) == ({"postgresql": 0o700, "valkey": 0o700}, 0o700)


def test_japanese_has_trigrams(open_directory: Path) -> None:
    """LC_CTYPE C would know no letters beyond ASCII."""
    with Services.start(open_directory, redis=False) as services:
        with psycopg.connect(services.database_url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            assert connection.execute("SELECT show_trgm('東京都')").fetchone() != ([],)


def test_a_cluster_of_another_version_is_refused_with_advice(open_directory: Path) -> None:
    with Services.start(open_directory, redis=False):
        data = postgresql.place_of(open_directory).data
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartError, match="made by PostgreSQL 9"):
        Services.start(open_directory, redis=False)


def test_a_lock_file_that_names_a_foreign_process_does_not_hinder(open_directory: Path) -> None:
    with Services.start(open_directory, redis=False):
        data = postgresql.place_of(open_directory).data
    (data / "postmaster.pid").write_text(f"{os.getppid()}\n{data}\n")
    with Services.start(open_directory, redis=False) as services:
        insert(services.database_url, 1)


def test_the_error_shows_what_the_server_said(open_directory: Path) -> None:
    with Services.start(open_directory, redis=False):
        data = postgresql.place_of(open_directory).data
    (data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(StartError, match="no_such_setting"):
        Services.start(open_directory, redis=False)


@pytest.mark.root
def test_root_with_a_closed_directory_starts_and_starts_again(closed_directory: Path) -> None:
    with Services.start(closed_directory) as services:
        insert(services.database_url, 1)
        secret = stored_secret(closed_directory, "SECRET_KEY")
    with Services.start(closed_directory) as services:
        assert values(services.database_url) == [1]
    assert stored_secret(closed_directory, "SECRET_KEY") == secret


@pytest.mark.root
def test_a_new_directory_at_an_old_path_does_not_meet_the_old_rows(closed_directory: Path) -> None:
    with Services.start(closed_directory, redis=False) as services:
        insert(services.database_url, 1)
        old = postgresql.place_of(closed_directory).home
    shutil.rmtree(closed_directory)
    with (
        Services.start(closed_directory, redis=False) as services,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        values(services.database_url)
    shutil.rmtree(old.parent)


@pytest.mark.root
def test_as_root_the_server_runs_as_nobody(open_directory: Path) -> None:
    with Services.start(open_directory, redis=False) as services:
        _, process = services.processes["postgresql"]
        assert Path(f"/proc/{process.pid}").stat().st_uid == NOBODY.pw_uid


@pytest.mark.root
def test_binaries_that_nobody_can_reach_are_copied_and_cannot_be_written_by_him(tmp_path: Path) -> None:
    owner = Owner(NOBODY.pw_uid, NOBODY.pw_gid)
    copied = tmp_path / "pginstall"
    binaries.copy_installation(binaries.postgresql_directory().parent, copied)
    modes = {path.stat().st_mode & 0o022 for path in copied.rglob("*") if not path.is_symlink()}
    owners = {path.lstat().st_uid for path in copied.rglob("*")}
    assert (modes, owners) == ({0}, {os.geteuid()})
    assert not binaries.can_enter(copied, owner)
    assert (binaries.reachable_postgresql(owner) / "postgres").exists()


@pytest.mark.root
def test_an_ordinary_user_starts_in_a_directory_of_his(open_directory: Path) -> None:
    home = open_directory / "home"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
    binaries.reachable_postgresql(
        Owner(NOBODY.pw_uid, NOBODY.pw_gid)
    )  # copied when he cannot read the project

    def work() -> None:
        for value in (1, 2):
            with Services.start(home, redis=False) as services:
                insert(services.database_url, value)
                assert values(services.database_url) == list(range(1, value + 1))

    assert as_user(NOBODY.pw_uid, NOBODY.pw_gid, work) == 0


def test_an_orphan_of_a_killed_parent_is_waited_for(open_directory: Path) -> None:
    services = Services.start(open_directory, redis=False)
    insert(services.database_url, 1)
    _, process = services.processes["postgresql"]
    process.send_signal(signal.SIGINT)  # as the kernel does when the parent dies
    with Services.start(open_directory, redis=False) as again:
        assert values(again.database_url) == [1]
    assert wait_until(lambda: process.poll() is not None, seconds=5)
