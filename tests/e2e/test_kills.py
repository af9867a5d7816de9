"""``kill -9`` of every part at the worst moments: nothing is lost, nothing is sent twice.

All moments come in random order, by a printed seed (``KILL_SEED`` repeats a run), to one instance that has the
orders of earlier moments to bring to their ends meanwhile; the ledger is drawn up when it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.killing import ROOMS, Killing, killing

MOMENTS = 6
"""In each room; the parts that are killed as a whole come to it."""


def kill_gateway(ours: Killing) -> None:
    """While it commits a mail: it is there, but the client does not hear 250 and comes again."""
    with ThreadPoolExecutor(1) as client:
        with ours.world.held("faxsend_content"):
            given = client.submit(ours.give, "gateway")
            ours.until_stopped_at("")
            ours.world.kill("gateway")
        given.result()


def kill_valkey(ours: Killing) -> None:
    """And whatever it had on disk."""
    ours.world.kill("valkey")
    for path in (ours.world.data_dir / "valkey").rglob("*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def kill_whole(part: str) -> Callable[[Killing], None]:
    return lambda ours: ours.world.kill(part)


PARTS: dict[str, Callable[[Killing], None]] = {
    "gateway": kill_gateway,
    "valkey": kill_valkey,
    "postgresql": kill_whole("postgresql"),
    "beat": kill_whole("beat"),
    **{f"{worker} worker": kill_whole(worker) for worker in ("intake", "transmit", "mail")},
}


def kill_part(ours: Killing, part: str) -> None:
    """With one order just given, and one that comes while the part is not there."""
    ours.spare_the_tried()
    ours.give(part)
    ours.wait(1.0)
    PARTS[part](ours)
    ours.give(part)


@pytest.fixture(scope="module", params=[MOMENTS, pytest.param(300, marks=pytest.mark.soak)])
def killed(request: pytest.FixtureRequest) -> Iterator[Killing]:
    """After all kills, when everything has come to its end."""
    with killing() as ours:
        rooms = [name for name, room in ROOMS.items() for _ in range(request.param // room.workers)]
        for room in ours.dice.sample(rooms, len(rooms)):
            ours.kill_at(ROOMS[room], room)
        for part in ours.dice.sample(list(PARTS), len(PARTS)):
            kill_part(ours, part)
        ours.ledger.settle()
        yield ours


@pytest.mark.parametrize("place", [*ROOMS, *PARTS])
def test_whoever_is_killed_there_each_order_is_one_fax_received_once_and_told_of_once(
    killed: Killing, place: str
) -> None:
    orders = killed.orders[place]
    assert orders
    assert killed.ledger.differences(orders) == []
