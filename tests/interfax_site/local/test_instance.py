"""A whole site, started, hurt and stopped."""

import http.client
import json
import os
import shutil
import signal
import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from interfax_site.local.instance import Instance, run_instance
from interfax_site.local.locks import InUseError
from interfax_site.local.processes import StartError, wait_until
from interfax_site.local.programs import FIRST_PORT, PORT_RANGE, free_port
from tests.interfax_site.local.observing import is_running

ANY_PORT = {
    "HTTP_PORT": "0",
    "SMTP_PORT": "0",
    "SMTPS_PORT": "0",
    "SITE_URL": "",
    "DATABASE_URL": "",
    "REDIS_URL": "",
}
OWN_SECRETS = {"SECRET_KEY": "", "KEY_SECRETS": "", "CONTENT_SECRETS": ""}
NAMES = {"postgresql", "valkey", "intake", "transmit", "mail", "beat", "web", "gateway"}


@pytest.fixture(scope="module")
def site() -> Iterator[Instance]:
    """Give one running site to all tests here."""
    data_dir = Path(tempfile.mkdtemp(prefix="ifx-"))
    data_dir.chmod(0o711)
    with run_instance(data_dir, environment=ANY_PORT | OWN_SECRETS, keep=True) as instance:
        yield instance
    shutil.rmtree(data_dir)


def answers(site: Instance) -> bool:
    """Ask the site whether it lives."""
    connection = http.client.HTTPConnection("127.0.0.1", site.http, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def environment_of(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def test_all_parts_run(site: Instance) -> None:
    pids = site.pids()
    assert set(pids) == NAMES
    assert [name for name, pid in pids.items() if not is_running(pid)] == []


def test_the_ports_that_were_opened_are_written_down(site: Instance) -> None:
    ports = json.loads((site.data_dir / "ports.json").read_text())
    assert ports == {"http": site.http, "smtp": site.smtp, "smtps": site.smtps}
    assert 0 not in ports.values()


def test_web_and_gateway_answer(site: Instance) -> None:
    assert answers(site)
    with smtplib.SMTP("127.0.0.1", site.smtp, timeout=10) as client:
        assert client.ehlo()[0] == 250


def ready_parts(site: Instance) -> dict[str, str]:
    """What /readyz says of each part."""
    connection = http.client.HTTPConnection("127.0.0.1", site.http, timeout=5)
    try:
        connection.request("GET", "/readyz")
        parts: dict[str, str] = json.loads(connection.getresponse().read())["parts"]
        return parts
    finally:
        connection.close()


def test_a_site_is_ready_once_its_workers_and_beat_have_said_that_they_live(site: Instance) -> None:
    assert wait_until(lambda: set(ready_parts(site).values()) == {"ok"}, seconds=30), ready_parts(site)


def test_only_the_processes_that_open_or_sign_mail_hold_the_keys(site: Instance) -> None:
    ours = {name: pid for name, pid in site.pids().items() if name not in {"postgresql", "valkey"}}
    holders = {name for name, pid in ours.items() if environment_of(pid)["KEY_SECRETS"]}
    assert holders == {"intake", "mail"}


def test_a_second_site_over_the_same_directory_is_refused(site: Instance) -> None:
    with pytest.raises(InUseError, match="in use"):
        with run_instance(site.data_dir, environment=ANY_PORT | OWN_SECRETS):
            pass


def test_a_port_in_use_is_refused_with_advice(site: Instance, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="HTTP_PORT"):
        with run_instance(tmp_path, environment=ANY_PORT | OWN_SECRETS | {"HTTP_PORT": str(site.http)}):
            pass


def test_a_killed_gateway_comes_back_on_the_same_port(site: Instance) -> None:
    os.kill(site.pids()["gateway"], signal.SIGKILL)

    def greets() -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", site.smtp, timeout=5) as client:
                return client.noop()[0] == 250
        except OSError:
            return False

    assert wait_until(greets, seconds=30)


@pytest.mark.parametrize("name", ["intake", "web", "postgresql"])
def test_a_part_that_was_killed_comes_back(site: Instance, name: str) -> None:
    before = site.pids()[name]
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: site.pids()[name] != before and is_running(site.pids()[name]), seconds=20)
    assert wait_until(lambda: answers(site), seconds=30)


def test_a_free_port_is_none_that_an_outgoing_connection_could_get() -> None:
    first, _ = map(int, PORT_RANGE.read_text().split())
    if first <= FIRST_PORT:
        pytest.skip("all ports can be had by outgoing connections here")
    ports = {free_port("127.0.0.1") for _ in range(20)}
    assert len(ports) > 1 and max(ports) < first
