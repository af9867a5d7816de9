"""A backup of a loaded instance, restored elsewhere: held until it is released, and then nothing is done twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session

from interfax_site.local.environment import PROJECT
from tests.e2e.world import OWN_SERVICES, World, copy_prepared, data_directory, order, running, wait_for
from tests.notifications.conftest import Inbox, serving

SWEEPS = 3.5
"""Seconds in which the sweep comes."""
ENDED = {"sent": "sent", "failed": "failed"}
AT_THE_BACKUP = ENDED | {
    "told later": "sent",
    "canceled": "canceled",
    "unknown": "uncertain",
    "under way": "sending",
    "first": "queued",
    "second": "queued",
    "without credit": "held",
}
AFTER_THE_RELEASE = AT_THE_BACKUP | {
    "under way": "uncertain",
    "first": "sent",
    "second": "sent",
    "while held": "sent",
}
NEVER_CALLED = {"canceled", "unknown", "without credit"}
NUMBERS = {
    "sent": "03-1111-0001",
    "failed": "00999-9999-3912",
    "unknown": "045-111-0009",
    "told later": "03-1111-0002",
    "canceled": "045-111-0003",
    "under way": "03-1111-0004",
    "first": "03-1111-0005",
    "second": "03-1111-0006",
    "without credit": "045-111-0007",
    "while held": "03-1111-0008",
}


@dataclass
class Relay(Inbox):
    """Of both instances: what leaves twice comes to it twice."""

    down: bool = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.down:
            return "451 4.3.0 Not now"
        return await super().handle_RCPT(server, session, envelope, address, options)

    def message_ids(self) -> Counter[str]:
        return Counter(str(message_from_bytes(mail)["Message-ID"]).strip() for mail in self.contents())


@dataclass
class Orders:
    """The orders of the test by name; ``tokens`` are those of their inbound messages, in every restored database."""

    tokens: dict[str, str] = field(default_factory=dict)

    def give(self, world: World, *names: str) -> None:
        for name in names:
            self.tokens[name] = world.accept(order(NUMBERS[name], name.replace(" ", "-")))

    def faxes(self, world: World) -> dict[str, tuple[int, str]]:
        """Key and status of the fax that each order has become."""
        query = """SELECT m.token, f.id, f.status FROM faxsend_fax f JOIN faxsend_submission s
                   ON s.id = f.submission_id JOIN faxsend_inboundmessage m ON m.id = s.message_id"""
        found = {token: (fax, status) for token, fax, status in world.ask(query)}
        return {name: found[token] for name, token in self.tokens.items() if token in found}

    def wait_for(self, world: World, **wanted: str) -> None:
        """Until the faxes of some orders are in their states; blanks of names are written as ``_``."""
        expected = {name.replace("_", " "): status for name, status in wanted.items()}
        wait_for(
            lambda: expected.items() <= self.states(world).items(), f"{expected}, seen {self.states(world)}"
        )

    def states(self, world: World) -> dict[str, str]:
        return {name: status for name, (_, status) in self.faxes(world).items()}


def run(data_dir: Path, *command: str) -> str:
    """``./run`` as an operator of this data directory types it; what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "interfax_site.local", *command],
        env=os.environ | OWN_SERVICES | {"DATA_DIR": str(data_dir)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def load(world: World, orders: Orders, relay: Relay) -> None:
    """Work in every state, save what is under way."""
    orders.give(world, "sent", "failed")
    orders.wait_for(world, **ENDED)
    wait_for(lambda: len(relay.envelopes) == 2, "the mails that tell of them")
    relay.down = True
    orders.give(world, "told later")
    orders.wait_for(world, told_later="sent")
    wait_for(
        lambda: world.ask("SELECT 1 FROM notifications_outgoingmail WHERE tries > 0 AND sent_at IS NULL"),
        "a try",
    )
    world.ask("INSERT INTO faxsend_tariff (prefix, yen_per_page, note) VALUES ('008145', 10, '') RETURNING 1")
    world.ask("UPDATE accounts_account SET credit_limit = 0 RETURNING 1")
    orders.give(world, "without credit", "canceled", "unknown")
    orders.wait_for(world, without_credit="held", canceled="held", unknown="held")
    for name in ("canceled", "unknown"):
        fax, _ = orders.faxes(world)[name]
        world.ask("UPDATE faxsend_fax SET status = %s WHERE id = %s RETURNING 1", AT_THE_BACKUP[name], fax)


def call_ended(world: World, fax: int) -> bool:
    """Whether the carrier has ended the call of a fax, whatever the database says."""
    attempts = world.ask("SELECT id FROM faxsend_attempt WHERE fax_id = %s", fax)
    return any((world.data_dir / "simulator" / str(pk) / "outcome.json").exists() for (pk,) in attempts)


def back_up_and_lose(world: World, orders: Orders, file: Path) -> None:
    """A backup while a call is under way that goes through, with others behind it; then the machine is gone."""
    orders.give(world, "under way")
    orders.wait_for(world, under_way="sending")
    with suppress(psycopg.OperationalError), world.held("faxsend_attempt"):
        orders.give(world, "first", "second")
        orders.wait_for(world, first="queued", second="queued")
        fax, _ = orders.faxes(world)["under way"]
        wait_for(lambda: call_ended(world, fax), "the call to go through")
        run(world.data_dir, "backup", str(file))
        assert orders.states(world) == AT_THE_BACKUP
        world.instance.supervisor.kill()


def calls(world: World, orders: Orders, *, of: World) -> dict[str, int]:
    return {name: of.calls_of(fax) for name, (fax, _) in orders.faxes(world).items()}


def test_a_restored_backup_is_held_until_it_is_released_and_does_nothing_twice() -> None:
    relay, orders = Relay(), Orders()
    with serving(relay) as port, data_directory() as old, data_directory() as new:
        relaying = {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        copy_prepared(old)
        file = new / "backup.dump"
        with running(old, keep=True, FAX_LINES="2", SIMULATOR_CALL_SECONDS="1.5", **relaying) as lost:
            load(lost, orders, relay)
            back_up_and_lose(lost, orders, file)
        left = relay.message_ids()

        shutil.copytree(old / "secrets", new / "secrets")
        run(new, "restore", str(file))
        relay.down = False
        with running(new, keep=True, FAX_LINES="2", **relaying) as world:
            orders.give(world, "while held")
            orders.wait_for(world, while_held="queued")
            time.sleep(SWEEPS)
            assert orders.states(world) == AT_THE_BACKUP | {"while held": "queued"}
            assert set(calls(world, orders, of=world).values()) == {0}
            assert relay.message_ids() == left

            assert "calls being checked: 1" in run(new, "manage", "installation", "release")
            orders.wait_for(world, first="sent", second="sent", while_held="sent")
            wait_for(
                lambda: not world.ask("SELECT 1 FROM notifications_outgoingmail WHERE state = 'waiting'"),
                "the mail",
            )
            time.sleep(SWEEPS)
            assert orders.states(world) == AFTER_THE_RELEASE
            here, there = calls(world, orders, of=world), calls(world, orders, of=lost)
            made = {name: here[name] + there[name] for name in here}
            assert made == {name: int(name not in NEVER_CALLED) for name in AFTER_THE_RELEASE}
            assert there["under way"] == 1
            queued = {row[0] for row in world.ask("SELECT message_id FROM notifications_outgoingmail")}
            assert relay.message_ids() == dict.fromkeys(queued, 1)
            world.instance.supervisor.kill()
