"""./run manage: own servers when there are none, those of others while they run."""

import threading
from pathlib import Path

import psycopg
import pytest

from interfax_site.local.locks import instance_lock
from interfax_site.local.managing import using_services
from interfax_site.local.postgresql import place_of
from interfax_site.local.processes import wait_until
from interfax_site.local.services import Services
from tests.interfax_site.local.observing import is_running


def server(data_dir: Path) -> int:
    """Return the process id of the PostgreSQL of a directory."""
    return int((place_of(data_dir).data / "postmaster.pid").read_text().splitlines()[0])


def test_own_servers_run_for_the_length_of_the_command(open_directory: Path) -> None:
    with using_services({"DATA_DIR": str(open_directory)}, prepared=False) as environment:
        psycopg.connect(environment["DATABASE_URL"]).close()
        pid = server(open_directory)
        assert environment["KEY_SECRETS"]
    assert not is_running(pid)


def test_the_servers_of_a_running_site_are_used_and_stay(open_directory: Path) -> None:
    with instance_lock(open_directory), Services.start(open_directory) as site:
        with using_services({"DATA_DIR": str(open_directory)}, prepared=False) as environment:
            assert environment["DATABASE_URL"] == site.database_url
        psycopg.connect(site.database_url).close()


def test_servers_stay_until_the_last_command_that_uses_them_has_ended(open_directory: Path) -> None:
    given = {"DATA_DIR": str(open_directory)}
    first_ends, second_uses, second_ends = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        with using_services(given, prepared=False) as environment:
            second_uses.set()
            second_ends.wait(30)
            psycopg.connect(environment["DATABASE_URL"]).close()
            outcome.append("served to the end")

    def first() -> None:
        with using_services(given, prepared=False):
            other.start()
            second_uses.wait(30)
        first_ends.set()

    outcome: list[str] = []
    other = threading.Thread(target=second)
    owner = threading.Thread(target=first)
    owner.start()
    assert second_uses.wait(60)
    assert not first_ends.wait(1.0)
    second_ends.set()
    other.join(30)
    owner.join(30)
    assert (outcome, first_ends.is_set()) == (["served to the end"], True)


def test_with_servers_of_the_operator_none_is_started(open_directory: Path) -> None:
    names = ("SECRET_KEY", "KEY_SECRETS", "CONTENT_SECRETS")
    given = {"DATA_DIR": str(open_directory), "DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://db/0"}
    with using_services(given | dict.fromkeys(names, "secret")) as environment:
        assert environment["DATABASE_URL"] == "postgres://db/x"
    assert list(open_directory.iterdir()) == []


def test_a_valkey_alone_is_started_beside_a_database_of_the_operator(open_directory: Path) -> None:
    names = ("SECRET_KEY", "KEY_SECRETS", "CONTENT_SECRETS")
    given = {"DATA_DIR": str(open_directory), "DATABASE_URL": "postgres://db/x"}
    with using_services(given | dict.fromkeys(names, "secret")) as environment:
        assert environment["REDIS_URL"].startswith("unix://")
    assert not (open_directory / "postgresql").exists()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "KEY_SECRETS"])
def test_no_server_is_left_when_the_environment_is_incomplete(missing: str, open_directory: Path) -> None:
    secrets = {"SECRET_KEY": "s", "KEY_SECRETS": "k", "CONTENT_SECRETS": "c", missing: ""}
    given = {"DATA_DIR": str(open_directory), "DATABASE_URL": "postgres://db/x"} | secrets
    with pytest.raises(Exception, match=missing), using_services(given):
        pass
    running = [pid for pid in Path("/proc").glob("[0-9]*") if _works_in(pid, open_directory)]
    assert wait_until(lambda: running == [], seconds=1)


def _works_in(process: Path, directory: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(directory)
    except OSError:
        return False
