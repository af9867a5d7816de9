"""Ten thousand mails while something is killed every other second, and a ledger in which nothing is missing."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.e2e.killing import Killing, killing

MAILS = int(os.environ.get("SOAK_MAILS") or 10_000)
CLIENTS = 4
PAUSE = 2.0
"""Seconds from kill to kill."""
WORKERS = ("intake", "transmit", "mail")
PARTS = (*WORKERS, "gateway", "beat", "valkey", "postgresql")
OF_WHICH_WHOLE = 0.2
"""Of the kills; the others are of the processes that work."""


def kill_until(over: threading.Event, ours: Killing) -> Counter[str]:
    """Kill something after each pause; what was killed, and how often."""
    killed = Counter[str]()
    while not over.wait(PAUSE):
        ours.spare_the_tried(seconds=600)
        if ours.dice.random() < OF_WHICH_WHOLE:
            part = ours.dice.choice(PARTS)
            with suppress(ProcessLookupError):  # it has not come back yet
                ours.world.kill(part)
                killed[f"all of {part}"] += 1
        else:
            worker = ours.dice.choice(WORKERS)
            with suppress(FileNotFoundError):
                ours.kill(worker)
                killed[worker] += 1
    return killed


@pytest.mark.soak
def test_of_ten_thousand_mails_none_is_lost_or_sent_twice_with_a_kill_every_two_seconds() -> None:
    with killing(SIMULATOR_CALL_SECONDS="0.05") as ours:
        over = threading.Event()
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            kills = pool.submit(kill_until, over, ours)
            seeds = [random.Random(ours.dice.random()) for _ in range(CLIENTS)]

            def give(dice: random.Random) -> None:
                for _ in range(MAILS // CLIENTS):
                    ours.ledger.give(dice)

            try:
                list(pool.map(give, seeds))
                ours.ledger.settle(seconds=3600, hurry=False)
            finally:
                over.set()
            print(f"kills: {dict(kills.result())}")
        ours.ledger.settle(seconds=600)
        assert len(ours.ledger.orders) == MAILS // CLIENTS * CLIENTS
        assert ours.ledger.differences() == []
