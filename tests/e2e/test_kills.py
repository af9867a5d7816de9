"""``kill -9`` of every part at the worst moments: nothing is lost, nothing is sent twice.

Database locks hold the instance still exactly where it is to be killed; the rest of the moment is random,
by a printed seed (``KILL_SEED`` repeats a run).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import psycopg
import pytest

from tests.e2e.world import World, data_directory, order, running, wait_for

CALL_SECONDS = 1.0


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with data_directory() as directory:
        with running(directory, keep=True, SIMULATOR_CALL_SECONDS=str(CALL_SECONDS)) as world:
            yield world


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    seed = int(os.environ.get("KILL_SEED") or random.randrange(10**9))
    print(f"KILL_SEED={seed}")
    return random.Random(f"{seed} {request.node.name}")


def order_of(dice: random.Random) -> bytes:
    return order(f"03-{dice.randrange(2000, 9999)}-{dice.randrange(10**4):04d}", f"{dice.randrange(10**12)}")


def fax_of(world: World, inbound: str) -> tuple[int, str, str] | None:
    """Key, status and submission token of the one fax that a mail has become, if it has."""
    rows = world.ask(
        """SELECT f.id, f.status, s.token FROM faxsend_fax f JOIN faxsend_submission s ON s.id = f.submission_id
           JOIN faxsend_inboundmessage m ON m.id = s.message_id WHERE m.token = %s""",
        inbound,
    )
    assert len(rows) <= 1, "one mail has become several faxes"
    return rows[0] if rows else None


def sent_fax(world: World, inbound: str) -> tuple[int, str]:
    """Wait until the mail's fax is SENT; its key and submission token."""

    def look() -> tuple[int, str] | None:
        try:
            found = fax_of(world, inbound)
        except psycopg.OperationalError:
            return None  # PostgreSQL is on its way back
        return (found[0], found[2]) if found and found[1] == "sent" else None

    return wait_for(look, f"the fax of {inbound}")


def assert_exactly_once(world: World, inbound: list[str]) -> None:
    """Each mail is one fax, received once and whole, told about under one Message-ID."""
    for token in inbound:
        fax, submission = sent_fax(world, token)
        assert world.calls_of(fax) == 1
        received = list(world.data_dir.glob(f"received/*/{fax}.tif"))
        assert [path.read_bytes() for path in received] == [world.pages_of(fax)]
        wait_for(partial(world.mails_to, submission), "the notification")
        assert len(world.mails_to(submission)) == 1


def attempt_of(world: World, inbound: str) -> int | None:
    found = fax_of(world, inbound)
    rows = world.ask("SELECT id FROM faxsend_attempt WHERE fax_id = %s", found[0]) if found else []
    return rows[0][0] if rows else None


def journal_has(world: World, attempt: int, name: str) -> bool:
    return (world.data_dir / "simulator" / str(attempt) / name).exists()


def test_an_intake_worker_killed_while_it_processes_loses_nothing(world: World, dice: random.Random) -> None:
    with world.held("faxsend_submission"):
        inbound = [world.accept(order_of(dice)) for _ in range(3)]
        wait_for(
            lambda: world.ask(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s",
                'INSERT INTO "faxsend_submission"%',
            ),
            "an intake worker to be in the middle of a mail",
        )
        time.sleep(dice.uniform(0, 0.2))
        world.kill("intake")
    assert_exactly_once(world, inbound)


def test_an_intake_worker_killed_at_any_moment_loses_nothing(world: World, dice: random.Random) -> None:
    inbound = [world.accept(order_of(dice)) for _ in range(3)]
    time.sleep(dice.uniform(0, 1.0))
    world.kill("intake")
    assert_exactly_once(world, inbound)


def test_a_transmit_worker_killed_before_its_call_is_replaced(world: World, dice: random.Random) -> None:
    with ExitStack() as after_the_claim:
        with world.held("faxsend_attempt"):
            inbound = world.accept(order_of(dice))
            wait_for(lambda: fax_of(world, inbound), "the submission")
            after_the_claim.enter_context(world.hidden("faxsend_pages"))
        attempt = wait_for(lambda: attempt_of(world, inbound), "the claim")
        time.sleep(dice.uniform(0, 0.2))
        world.kill("transmit")
    assert_exactly_once(world, [inbound])
    assert not journal_has(world, attempt, "call.json")


def test_a_transmit_worker_killed_during_its_call_is_found_in_the_journal(
    world: World, dice: random.Random
) -> None:
    inbound = world.accept(order_of(dice))
    attempt = wait_for(lambda: attempt_of(world, inbound), "the claim")
    wait_for(lambda: journal_has(world, attempt, "call.json"), "the call")
    time.sleep(dice.uniform(0, CALL_SECONDS / 2))
    assert not journal_has(world, attempt, "outcome.json")
    world.kill("transmit")
    assert_exactly_once(world, [inbound])
    fax, _ = sent_fax(world, inbound)
    assert world.ask("SELECT count(*) FROM faxsend_attempt WHERE fax_id = %s", fax) == [(1,)]


def test_a_transmit_worker_killed_after_its_call_is_found_in_the_journal(
    world: World, dice: random.Random
) -> None:
    inbound = world.accept(order_of(dice))
    attempt = wait_for(lambda: attempt_of(world, inbound), "the claim")
    with world.held("faxsend_attempt"):
        wait_for(lambda: journal_has(world, attempt, "outcome.json"), "the end of the call")
        time.sleep(dice.uniform(0, 0.3))
        world.kill("transmit")
    assert_exactly_once(world, [inbound])


def test_a_mail_worker_killed_at_any_moment_tells_once(world: World, dice: random.Random) -> None:
    with world.held("notifications_outgoingmail"):
        inbound = world.accept(order_of(dice))
        attempt = wait_for(lambda: attempt_of(world, inbound), "the claim")
        wait_for(lambda: journal_has(world, attempt, "outcome.json"), "the end of the call")
    time.sleep(dice.uniform(0, 0.3))
    world.kill("mail")
    assert_exactly_once(world, [inbound])


def test_valkey_killed_and_its_data_deleted_costs_seconds(world: World, dice: random.Random) -> None:
    inbound = [world.accept(order_of(dice)) for _ in range(2)]
    time.sleep(dice.uniform(0, 0.5))
    world.kill("valkey")
    for path in (world.data_dir / "valkey").rglob("*"):
        if path.is_file():
            path.unlink(missing_ok=True)
    inbound += [world.accept(order_of(dice)) for _ in range(2)]
    assert_exactly_once(world, inbound)


def test_postgresql_killed_under_load_loses_no_accepted_mail(world: World, dice: random.Random) -> None:
    inbound = [world.accept(order_of(dice)) for _ in range(3)]
    time.sleep(dice.uniform(0, 1.5))
    world.kill("postgresql")
    inbound += [world.accept(order_of(dice)) for _ in range(2)]
    assert_exactly_once(world, inbound)
