"""What the service stands on fails under load: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from tests.e2e.ledger import Ledger
from tests.e2e.loading import instance, seeded, under_load
from tests.e2e.world import order, wait_for

SHORT_CALLS = {"SIMULATOR_CALL_SECONDS": "0.3"}
HOUR = 3600
DISK = 320 << 20
"""Bytes: a new database with its log takes a third."""


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with instance(SHORT_CALLS) as ledger:
        yield ledger


@pytest.fixture
def dice() -> random.Random:
    return seeded()


def assert_all_is_well(ledger: Ledger) -> None:
    ledger.settle()
    assert ledger.orders
    assert ledger.differences() == []


def test_postgresql_restarted_under_load_loses_nothing_and_doubles_nothing(
    ledger: Ledger, dice: random.Random
) -> None:
    with under_load(ledger, dice):
        for _ in range(2):
            time.sleep(dice.uniform(0.5, 1.5))
            restart_postgresql(ledger)
    assert_all_is_well(ledger)


def restart_postgresql(ledger: Ledger) -> None:
    """As an upgrade of its package does: ended in order, started again."""
    before = ledger.world.instance.pids()["postgresql"]
    os.kill(before, signal.SIGINT)

    def is_back() -> bool:
        with suppress(psycopg.OperationalError):
            return ledger.world.instance.pids()["postgresql"] != before and bool(ledger.world.ask("SELECT 1"))
        return False

    wait_for(is_back, "PostgreSQL to be back")


def test_the_broker_emptied_under_load_loses_nothing_and_doubles_nothing(
    ledger: Ledger, dice: random.Random
) -> None:
    broker = Redis.from_url(ledger.world.instance.environment["REDIS_URL"])
    with under_load(ledger, dice):
        for _ in range(20):
            broker.flushall()
            time.sleep(dice.uniform(0, 0.2))
    assert_all_is_well(ledger)


@pytest.mark.parametrize(
    ("worker", "waiting"),
    [
        ("intake", "SELECT 1 FROM faxsend_inboundmessage WHERE status = 'received'"),
        ("transmit", "SELECT 1 FROM faxsend_fax WHERE status = 'queued'"),
    ],
    ids=["intake", "transmit"],
)
def test_what_the_broker_has_forgotten_is_found_by_the_sweep(
    ledger: Ledger, dice: random.Random, worker: str, waiting: str
) -> None:
    """The last order: no other one comes that its worker is told of. It is not there when it is told of this one."""
    broker = Redis.from_url(ledger.world.instance.environment["REDIS_URL"])
    ledger.world.kill(worker)
    ledger.give(dice)
    wait_for(lambda: ledger.world.ask(waiting), "the order to wait")
    for _ in range(10):
        broker.flushall()
        time.sleep(0.05)
    assert_all_is_well(ledger)


SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
"""Under libfaketime 0.9.10 Python's own (``clock_nanosleep``) ends with EINVAL."""


def clock_of(directory: Path, file: Path) -> dict[str, str]:
    """The environment of processes whose clock is wrong by as many seconds as a file says.

    As when a clock is set: what measures durations goes on. PostgreSQL has a clock of its own, which stays right.
    """
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    file.write_text("+0")
    (directory / "sitecustomize.py").write_text(SLEEP)
    places = {"FAKETIME_TIMESTAMP_FILE": file, "LD_PRELOAD": library, "PYTHONPATH": directory}
    switches = dict.fromkeys(["FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"], "1")
    return switches | {name: str(place) for name, place in places.items()}


@dataclass(frozen=True, slots=True)
class Clocked:
    """An instance whose clock can be set."""

    ledger: Ledger
    file: Path

    def set(self, seconds: int) -> None:
        """How far it is ahead of the right time."""
        unfinished = self.file.with_name("clock.new")
        unfinished.write_text(f"{seconds:+d}")
        unfinished.rename(self.file)


@pytest.fixture(scope="module")
def clocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocked]:
    directory = tmp_path_factory.mktemp("clock")
    file = directory / "clock"
    with instance(SHORT_CALLS | clock_of(directory, file)) as ledger:
        yield Clocked(ledger, file)


@pytest.mark.clock
def test_a_clock_set_by_an_hour_under_load_loses_nothing_and_doubles_nothing(
    clocked: Clocked, dice: random.Random
) -> None:
    """What was put off while the clock was ahead waits until it is there again; the ledger does not wait for it."""
    with under_load(clocked.ledger, dice):
        for seconds in (HOUR, 0, -HOUR, 0):
            time.sleep(dice.uniform(0.5, 1.5))
            clocked.set(seconds)
    assert_all_is_well(clocked.ledger)


@pytest.mark.clock
def test_a_call_whose_caller_has_died_is_looked_into_also_when_the_clock_has_been_set_back(
    clocked: Clocked, dice: random.Random
) -> None:
    ask = clocked.ledger.world.ask
    calling = "SELECT 1 FROM faxsend_attempt WHERE ended_at IS NULL"
    clocked.set(-HOUR)
    clocked.ledger.give(dice)
    wait_for(lambda: ask(calling), "the call")
    clocked.ledger.world.kill_working("transmit")
    wait_for(lambda: not ask(calling), "somebody to look into it", seconds=30)
    assert_all_is_well(clocked.ledger)


@contextmanager
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ifx-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@contextmanager
def full(directory: Path) -> Iterator[None]:
    ballast = directory / "ballast"
    with suppress(OSError), open(ballast, "wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass
    try:
        yield
    finally:
        ballast.unlink()


@pytest.mark.root
def test_on_a_full_disk_a_mail_is_refused_for_now_and_nothing_of_it_stays(dice: random.Random) -> None:
    with small_disk() as directory, instance(SHORT_CALLS, directory=directory) as ledger:
        with under_load(ledger, dice):
            time.sleep(1)
            with full(directory):
                large = order("03-2000-0000", "large" * 200_000)
                assert ledger.world.send(large)[0] == 451
                time.sleep(2.5)  # a sweep comes
        assert_all_is_well(ledger)
        kept = ledger.world.ask("SELECT count(*) FROM faxsend_inboundmessage")
        assert kept == [(len(ledger.orders),)] == ledger.world.ask("SELECT count(*) FROM faxsend_content")
