"""A ledger of orders: what the gateway has accepted against what the receiving machines and the customer have got.

Each order goes to a number of its own, so that whatever is lost, or done twice, shows at its number.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from hashlib import sha256
from itertools import count

import psycopg
from cryptography.fernet import Fernet

from tests.e2e.world import World, order, wait_for
from tests.notifications.conftest import Inbox

LAST_PAGE_SENT = "last-page-sent"
UNKNOWN = 206090


@dataclass(frozen=True, slots=True)
class Order:
    """``token`` is the one that the gateway gave when it said 250; ``number`` is canonical."""

    token: str
    number: str


@dataclass(frozen=True, slots=True)
class KeptFax:
    """A row of the database: ``pages`` is the digest of what was drawn."""

    fax: int
    status: str
    submission: str
    pages: str


@dataclass(frozen=True, slots=True)
class Books:
    """What every side has, at one moment.

    ``inbound``: the state of each mail by token. ``faxes`` and ``received`` (digests): by number. ``calls``: how
    many there were that may have brought a fax its last page, by fax; ``unknowable``: those whose journal cannot
    know. ``told``: Message-IDs by submission token. ``relayed``: the different mails the relay has, by Message-ID.
    """

    inbound: Mapping[str, str]
    faxes: Mapping[str, Sequence[KeptFax]]
    received: Mapping[str, Sequence[str]]
    calls: Mapping[int, int]
    unknowable: frozenset[int]
    told: Mapping[str, Sequence[str]]
    relayed: Mapping[str, int]


def differences(orders: Iterable[Order], books: Books) -> list[str]:
    """What is not as it must be: each order one fax, received once and whole, told about under one Message-ID."""
    found, owners = [], Counter(fax.pages for faxes in books.faxes.values() for fax in faxes)
    for each in orders:
        faxes = books.faxes.get(each.number, [])
        faults = [] if len(faxes) == 1 else [f"{len(faxes)} faxes"]
        if (state := books.inbound.get(each.token)) not in ("accepted", "duplicate"):
            faults.append(f"the mail is {state}")
        for fax in faxes:
            faults += _faults_of(each, fax, books)
            if owners[fax.pages] != 1:
                faults.append("its pages are those of another order")
        found += [f"{each.number}: {fault}" for fault in faults]
    return found


def _faults_of(order: Order, fax: KeptFax, books: Books) -> list[str]:
    calls = books.calls.get(fax.fax, 0)
    faults = [] if calls == 1 else [f"called {calls} times"]
    if fax.fax in books.unknowable and fax.status == "uncertain":
        return faults
    if fax.status != "sent":
        faults.append(f"the fax is {fax.status}")
    if books.received.get(order.number, []) != [fax.pages]:
        faults.append("what was received is not what was drawn")
    told = books.told.get(fax.submission, [])
    if len(told) != 1:
        faults.append(f"{len(told)} notifications")
    # A mail may come more than once, but then it is the same mail.
    faults += [
        f"{books.relayed.get(mail, 0)} different mails" for mail in told if books.relayed.get(mail) != 1
    ]
    return faults


@dataclass(slots=True)
class Ledger:
    """``carrier``: whose journal says what was called."""

    world: World
    relay: Inbox
    carrier: str = "simulator"
    orders: list[Order] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def give(self, dice: random.Random, *, pages: int = 1) -> Order:
        """Hand in one more order, as often as it takes until the gateway has accepted it."""
        national = f"{320000000 + next(self.numbers)}"
        text = f"{dice.randrange(10**18)}"
        mail = order(f"0{national}", text).removesuffix(b"\r\n") + b"\f2" * (pages - 1) + b"\r\n"
        self.orders.append(Order(self.world.accept(mail), f"0081{national}"))
        return self.orders[-1]

    def settle(self, *, seconds: float = 60.0, hurry: bool = True) -> None:
        """Wait until nothing is on its way any more; in a ``hurry`` the pauses between tries are over at once."""

        def settled() -> bool:
            try:
                if hurry:
                    self._hurry()
                return not self._is_something_open()
            except psycopg.OperationalError:
                return False  # PostgreSQL is on its way back

        wait_for(settled, "everything to come to its end", seconds=seconds)

    def _is_something_open(self) -> bool:
        [(anything,)] = self.world.ask(
            """SELECT EXISTS (SELECT 1 FROM faxsend_inboundmessage WHERE status = 'received')
                   OR EXISTS (SELECT 1 FROM faxsend_fax WHERE status IN ('queued', 'sending'))
                   OR EXISTS (SELECT 1 FROM notifications_outgoingmail WHERE state = 'waiting')"""
        )
        return bool(anything)

    def _hurry(self) -> None:
        """Only what no process has in its hands."""
        for table, column, state in (
            ("faxsend_inboundmessage", "next_try_at", "status = 'received'"),
            ("notifications_outgoingmail", "next_try_at", "state = 'waiting'"),
            ("faxsend_fax", "next_attempt_at", "status = 'queued'"),
        ):
            self.world.ask(
                f"""UPDATE {table} SET {column} = now() WHERE id IN (
                        SELECT id FROM {table} WHERE {state} AND {column} > now() FOR UPDATE SKIP LOCKED
                    ) RETURNING id"""
            )

    def books(self) -> Books:
        world = self.world
        calls, unknowable = self._calls()
        told: dict[str, list[str]] = {}
        query = "SELECT key, message_id FROM notifications_outgoingmail WHERE starts_with(key, 'notify:')"
        for key, message_id in world.ask(query):
            told.setdefault(key.removeprefix("notify:"), []).append(message_id)
        received: dict[str, list[str]] = {}
        for path in world.data_dir.glob("received/*/*.tif"):
            received.setdefault(path.parent.name, []).append(digest(path.read_bytes()))
        return Books(
            inbound=dict(world.ask("SELECT token, status FROM faxsend_inboundmessage")),
            faxes=self._faxes(),
            received=received,
            calls=calls,
            unknowable=unknowable,
            told=told,
            relayed=self._relayed(),
        )

    def differences(self, orders: Iterable[Order] | None = None) -> list[str]:
        return differences(self.orders if orders is None else orders, self.books())

    def _faxes(self) -> dict[str, list[KeptFax]]:
        secret = Fernet(self.world.instance.environment["CONTENT_SECRETS"].split(",")[0])
        query = """SELECT f.number, f.id, f.status, s.token, p.tiff FROM faxsend_fax f
                   JOIN faxsend_submission s ON s.id = f.submission_id JOIN faxsend_pages p ON p.id = s.pages_id"""
        faxes: dict[str, list[KeptFax]] = {}
        for number, fax, status, submission, pages in self.world.ask(query):
            kept = KeptFax(fax, status, submission, digest(secret.decrypt(bytes(pages))))
            faxes.setdefault(number, []).append(kept)
        return faxes

    def _calls(self) -> tuple[Counter[int], frozenset[int]]:
        """Of real calls those count that came to the last page: one that broke off before is made again."""
        calls, unknowable = Counter[int](), set()
        for path in self.world.data_dir.glob(f"{self.carrier}/*/call.json"):
            fax, entry = json.loads(path.read_text())["fax_id"], path.parent
            calls[fax] += self.carrier == "simulator" or (entry / LAST_PAGE_SENT).exists()
            outcome = entry / "outcome.json"
            if outcome.exists() and json.loads(outcome.read_text())["code"] == UNKNOWN:
                unknowable.add(fax)
        return calls, frozenset(unknowable)

    def _relayed(self) -> dict[str, int]:
        different: dict[str, set[bytes]] = {}
        for mail in self.relay.contents():
            message_id = str(message_from_bytes(mail)["Message-ID"]).strip()
            different.setdefault(message_id, set()).add(mail)
        return {message_id: len(mails) for message_id, mails in different.items()}


def digest(pages: bytes) -> str:
    return sha256(pages).hexdigest()
