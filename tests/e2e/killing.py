"""How an instance is brought to the moment at which it is to be killed, by room.

Locks of the database hold it still exactly where it is to die; the rest of the moment is random. What dies is what
works: the processes that a worker has forked, as the kernel's memory killer picks them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.e2e.ledger import Ledger, Order
from tests.e2e.world import World, copy_prepared, data_directory, running, wait_for
from tests.notifications.conftest import Inbox, serving

CALL_SECONDS = 0.5
REAL_CALL_SECONDS = 1.0
"""More than a call of one page takes on a clock of its own."""
JITTER = 0.05
PATIENCE = 0.5

Give = Callable[[], list[Order]]
"""Hands in as many orders as a room has workers."""


@dataclass
class Relay(Inbox):
    """It is silent at a command (RCPT, or DATA once it has taken the mail over) until told otherwise."""

    silent_at: str = ""
    waiting: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._keep_silent("RCPT")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = await super().handle_DATA(server, session, envelope)
        await self._keep_silent("DATA")
        return reply

    async def _keep_silent(self, command: str) -> None:
        if self.silent_at != command:
            return
        self.waiting += 1
        try:
            while self.silent_at == command:
                await asyncio.sleep(0.01)
        finally:
            self.waiting -= 1


@dataclass(slots=True)
class Killing:
    """An instance under load. ``orders``: those that were in a room, or under way, when somebody was killed there."""

    world: World
    ledger: Ledger
    relay: Relay
    dice: random.Random
    orders: dict[str, list[Order]] = field(default_factory=dict)

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What a query returns; nothing while PostgreSQL is on its way back."""
        with suppress(psycopg.OperationalError):
            return self.world.ask(query, *parameters)
        return []

    def kill_at(self, room: Room, name: str) -> None:
        """Let as many orders into a room as can be worked on there at once, and kill whoever does."""
        room.kill(self, partial(self.give, name, count=room.workers))

    def give(self, place: str, *, count: int = 1, pages: int = 1) -> list[Order]:
        """Hand in orders, which are in that place from now on."""
        given = [self.ledger.give(self.dice, pages=pages) for _ in range(count)]
        self.orders.setdefault(place, []).extend(given)
        return given

    def wait(self, seconds: float) -> None:
        """A part of that time."""
        time.sleep(self.dice.uniform(0, seconds))

    def kill(self, worker: str) -> None:
        self.world.kill_working(worker)

    def spare_the_tried(self, *, seconds: float = 60.0) -> None:
        """A mail that kills its worker three times is parked, which is right: none is there for its third time."""
        query = "SELECT count(*) FROM faxsend_inboundmessage WHERE status = 'received' AND tries > 1"
        wait_for(
            lambda: self.rows(query) == [(0,)], "mails that were there at two kills to go on", seconds=seconds
        )

    def until_stopped_at(self, query: str, *, processes: int = 1) -> None:
        """Until somebody waits for a lock with a statement that begins so, and a moment longer for so many: others
        may be stopped elsewhere meanwhile. All may be, such as by the sweep; that is a moment, too.
        """
        look = """SELECT count(*) FROM pg_stat_activity
                  WHERE wait_event_type = 'Lock' AND starts_with(ltrim(query, E'\\n'), %s)"""

        def stopped(query: str) -> int:
            return int(self.world.ask(look, query)[0][0])

        try:
            wait_for(lambda: stopped(query), f"somebody to be stopped at {query}", seconds=10)
        except TimeoutError:
            wait_for(lambda: stopped(""), "somebody to be stopped anywhere")
            return
        with suppress(TimeoutError):
            wait_for(lambda: stopped(query) >= processes, "the others", seconds=PATIENCE)
        self.wait(JITTER)

    def faxes_of(self, orders: Sequence[Order]) -> set[int]:
        """Their faxes, once all orders have become some."""
        query, numbers = (
            "SELECT id FROM faxsend_fax WHERE number = ANY(%s)",
            [order.number for order in orders],
        )

        def look() -> list[tuple[int]] | None:
            rows = self.rows(query, numbers)
            return rows if len(rows) == len(orders) else None

        return {pk for (pk,) in wait_for(look, "the faxes")}

    def calls_of(self, orders: Sequence[Order]) -> list[Path]:
        """Their calls, once all are made, as the carrier's journal has them, whatever the database says."""
        faxes, journal = self.faxes_of(orders), self.world.data_dir / self.ledger.carrier

        def look() -> list[Path] | None:
            calls = journal.glob("[0-9]*/call.json")
            made = [call for call in calls if json.loads(call.read_text())["fax_id"] in faxes]
            return made if len(made) >= len(orders) else None

        return wait_for(look, "the calls")


def _intake(killing: Killing, give: Give) -> None:
    killing.spare_the_tried()
    give()
    killing.wait(0.25)
    killing.kill("intake")


def _submission(killing: Killing, give: Give) -> None:
    killing.spare_the_tried()
    table = killing.dice.choice(["faxsend_submission", "faxsend_fax"])
    with killing.world.held(table):
        orders = give()
        killing.until_stopped_at(f'INSERT INTO "{table}"', processes=len(orders))
        killing.kill("intake")


def _claim(killing: Killing, give: Give) -> None:
    """Before it is committed, or between that and the call."""
    with ExitStack() as after_the_claim:
        with killing.world.held("faxsend_attempt"):
            orders = give()
            killing.faxes_of(orders)
            killing.until_stopped_at('INSERT INTO "faxsend_attempt"', processes=len(orders))
            if killing.dice.random() < 0.5:
                return killing.kill("transmit")
            after_the_claim.enter_context(killing.world.hidden("faxsend_pages"))
        killing.until_stopped_at('SELECT "faxsend_fax"', processes=len(orders))
        killing.kill("transmit")


def _call(killing: Killing, give: Give) -> None:
    killing.calls_of(give())
    killing.wait(CALL_SECONDS)
    killing.kill("transmit")


def _record(killing: Killing, give: Give) -> None:
    """At the last statement of the transaction that writes down how a call has ended."""
    with ExitStack() as before_the_end:
        with killing.world.held("faxsend_attempt"):
            orders = give()
            killing.faxes_of(orders)
            before_the_end.enter_context(killing.world.held("faxsend_submission"))
        killing.until_stopped_at('UPDATE "faxsend_submission"', processes=len(orders))
        killing.kill("transmit")


def _notification(killing: Killing, give: Give) -> None:
    with killing.world.held("notifications_outgoingmail"):
        orders = give()
        killing.until_stopped_at('INSERT INTO "notifications_outgoingmail"', processes=len(orders))
        killing.kill("transmit")


def _drain(killing: Killing, give: Give) -> None:
    """While the relay has not been given the mail, or has it and has not said so; or at any time."""
    when = killing.dice.choice(["RCPT", "DATA", ""])
    if when:
        _before_the_relay_answers(killing, give, when)
    else:
        _while_it_drains(killing, give)


def _before_the_relay_answers(killing: Killing, give: Give, command: str) -> None:
    killing.relay.silent_at = command
    give()
    wait_for(lambda: killing.relay.waiting, f"a mail at {command}")
    killing.wait(JITTER)
    killing.kill("mail")
    killing.relay.silent_at = ""


def _while_it_drains(killing: Killing, give: Give) -> None:
    killing.calls_of(give())
    killing.wait(CALL_SECONDS + 0.3)
    killing.kill("mail")


def _simulator(killing: Killing, give: Give) -> None:
    """About when a call ends: pages are received and the journal is written."""
    calls = killing.calls_of(give())
    ends_at = json.loads(killing.dice.choice(calls).read_text())["ends_at"]
    time.sleep(max(0.0, ends_at - time.time() - 0.01))
    killing.wait(JITTER)
    killing.kill("transmit")


def _spandsp(killing: Killing, give: Give) -> None:
    """Anywhere in a real call, or just behind it."""
    killing.calls_of(give())
    killing.wait(REAL_CALL_SECONDS)
    killing.kill("transmit")


@dataclass(frozen=True, slots=True)
class Room:
    """``workers``: how many are killed there at once."""

    workers: int
    kill: Callable[[Killing, Give], None]


ROOMS = {
    "intake": Room(2, _intake),
    "submission": Room(2, _submission),
    "claim": Room(3, _claim),
    "call": Room(3, _call),
    "record": Room(3, _record),
    "notification": Room(3, _notification),
    "drain": Room(1, _drain),
    "simulator": Room(3, _simulator),
}
REAL_LINE = Room(3, _spandsp)


@contextmanager
def killing(*, carrier: str = "simulator", **given: str) -> Iterator[Killing]:
    """An instance that is started again wherever it dies, and dice of a printed seed; ``KILL_SEED`` repeats a run."""
    seed = os.environ.get("KILL_SEED") or str(random.randrange(10**9))
    print(f"KILL_SEED={seed}")
    relay = Relay()
    environment = {"FAX_CARRIER": carrier, "SIMULATOR_CALL_SECONDS": str(CALL_SECONDS)} | given
    with serving(relay) as port, data_directory() as directory:
        relaying = {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        copy_prepared(directory)
        with running(directory, keep=True, **environment, **relaying) as world:
            yield Killing(world, Ledger(world, relay, carrier), relay, random.Random(seed))
