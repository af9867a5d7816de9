"""What goes on while something is done to an instance: orders come in all the time, and the ledger has them all."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

from tests.e2e.ledger import Ledger
from tests.e2e.world import copy_prepared, data_directory, running
from tests.notifications.conftest import Inbox, serving


def seeded() -> random.Random:
    """Dice of a seed that is printed; ``KILL_SEED`` repeats a run."""
    seed = os.environ.get("KILL_SEED") or str(random.randrange(10**9))
    print(f"KILL_SEED={seed}")
    return random.Random(seed)


@contextmanager
def instance(environment: Mapping[str, str], *, directory: Path | None = None) -> Iterator[Ledger]:
    """An instance that is started again wherever it dies, and its ledger; its ``directory``: of its own if not given."""
    with ExitStack() as stack:
        relay = Inbox()
        relaying = {"EMAIL_URL": f"smtp://127.0.0.1:{stack.enter_context(serving(relay))}"}
        place = directory or stack.enter_context(data_directory())
        copy_prepared(place)
        world = stack.enter_context(running(place, keep=True, **environment, **relaying))
        yield Ledger(world, relay)


@contextmanager
def under_load(ledger: Ledger, dice: random.Random, *, pause: float = 0.15) -> Iterator[None]:
    """One order after the other, for as long as the block lasts."""
    over, own = Event(), random.Random(dice.random())

    def give() -> None:
        while not over.is_set():
            ledger.give(own)
            over.wait(pause)

    with ThreadPoolExecutor(1) as client:
        giving = client.submit(give)
        try:
            yield
        finally:
            over.set()
        giving.result()
