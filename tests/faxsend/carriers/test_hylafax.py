"""Real calls through Debian's HylaFAX, from its modem to another one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from faxsend.carriers import AlreadyPlaced, Call, NotDialled, Outcome, Sighting
from faxsend.carriers.engine_results import BUSY
from faxsend.carriers.hylafax import HylafaxCarrier
from faxsend.rendering import Resolution, tiff
from faxsend.results import OK
from tests.faxsend.carriers.hylafax_machines import Machines, machines, pages_in, wait_for

pytestmark = [pytest.mark.root, pytest.mark.line, pytest.mark.hylafax]
ROWS = {Resolution.FINE: 2280, Resolution.STANDARD: 1140}


def pages_of(count: int, resolution: Resolution = Resolution.FINE) -> bytes:
    """Pages that differ; a fine one is about five seconds of line."""
    row, column = np.mgrid[0 : ROWS[resolution], 0:1728]
    return tiff.write(
        [(row // 46 + column // 13 + number) % (11 + number) == 0 for number in range(count)], resolution
    )


def call_of(pages: bytes, *, first_page: int = 1) -> Call:
    return Call(
        reference="41",
        fax_id=7,
        number="0081311112222",
        tiff=pages,
        first_page=first_page,
        csid="03-3333-4444",
    )


@pytest.fixture(scope="module")
def up() -> Iterator[Machines]:
    with machines() as ours:
        yield ours


@pytest.fixture
def hylafax(up: Machines) -> Machines:
    """With a modem, and a machine that takes calls, which has received nothing yet."""
    up.offer_modem()
    up.answer()
    for file in up.received():
        file.unlink()
    return up


@pytest.fixture
def carrier(up: Machines, tmp_path: Path) -> HylafaxCarrier:
    return up.carrier(tmp_path)


def same(received: list[NDArray[np.bool_]], sent: bytes, *, first_page: int = 1) -> bool:
    expected = list(tiff.pages(sent))[first_page - 1 :]
    return len(received) == len(expected) and all(map(np.array_equal, received, expected))


def test_a_waiting_job_is_cancelled_before_a_modem_takes_it(up: Machines, carrier: HylafaxCarrier) -> None:
    up.withdraw_modem()
    ends: list[object] = []

    def place() -> None:
        try:
            ends.append(carrier.place(call_of(pages_of(1))))
        except AlreadyPlaced as error:
            ends.append(error)

    caller = threading.Thread(target=place)
    caller.start()
    wait_for(lambda: (carrier.journal.entry("41").directory / "submitted").exists())
    wait_for(lambda: carrier.cancel("41"))
    caller.join()
    assert isinstance(ends[0], AlreadyPlaced)
    assert carrier.find("41") is Sighting.NEVER_DIALLED
    assert not list((up.home / "here/sendq").glob("q*"))


def test_without_a_scheduler_nothing_is_dialled_and_the_job_is_taken_back(
    up: Machines, carrier: HylafaxCarrier
) -> None:
    up.stop("faxq")
    try:
        with pytest.raises(NotDialled):
            carrier.place(call_of(pages_of(1)))
    finally:
        up.start("faxq", "faxq", "-q", up.home / "here", "-D")
    assert carrier.find("41") is Sighting.NEVER_DIALLED
    assert not list((up.home / "here/sendq").glob("q*"))


def test_the_pages_received_are_those_dialled_bit_for_bit(hylafax: Machines, carrier: HylafaxCarrier) -> None:
    pages = pages_of(3)
    outcome = carrier.place(call_of(pages))
    assert (outcome.code, outcome.pages_confirmed, outcome.engine_words) == (OK, 3, "OK")
    assert (outcome.remote_csid, outcome.bits_per_second, outcome.ecm) == ("CALLED", 14_400, True)
    assert 15 < outcome.duration.total_seconds() < 240
    [received] = hylafax.received()
    assert same(pages_in(received), pages)
    assert b"03-3333-4444" in received.read_bytes()


def test_a_resumed_call_sends_the_rest_in_standard_resolution_too(
    hylafax: Machines, carrier: HylafaxCarrier
) -> None:
    pages = pages_of(2, Resolution.STANDARD)
    outcome = carrier.place(call_of(pages, first_page=2))
    assert (outcome.code, outcome.pages_confirmed) == (OK, 2)
    [received] = hylafax.received()
    assert same(pages_in(received), pages, first_page=2)


CALLER = """
import sys
import django; django.setup()
from pathlib import Path
from faxsend.carriers import Call
from faxsend.carriers.hylafax import HylafaxCarrier, server_at
carrier = HylafaxCarrier(data_dir=Path(sys.argv[1]), server=server_at(sys.argv[2]))
pages = Path(sys.argv[3]).read_bytes()
carrier.place(Call(reference="41", fax_id=7, number="0081311112222", tiff=pages, first_page=1, csid=""))
"""


def test_a_call_outlives_its_caller_and_is_found_also_without_the_journal(
    hylafax: Machines, carrier: HylafaxCarrier, tmp_path: Path
) -> None:
    pages = pages_of(2)
    source = tmp_path / "pages.tif"
    source.write_bytes(pages)
    server = carrier.server
    url = f"hylafax://{server.user}:{server.password}@{server.host}:{server.port}"
    caller = subprocess.Popen([sys.executable, "-c", CALLER, str(tmp_path), url, str(source)])
    wait_for(lambda: carrier.journal.root.exists() and (carrier.journal.root / "41/submitted").exists())
    os.kill(caller.pid, signal.SIGKILL)
    caller.wait()
    assert carrier.find("41") is Sighting.IN_PROGRESS
    assert not carrier.cancel("41")
    wait_for(lambda: carrier.find("41") is not Sighting.IN_PROGRESS)
    found = carrier.find("41")
    assert isinstance(found, Outcome)
    assert (found.code, found.pages_confirmed) == (OK, 2)
    [received] = hylafax.received()
    assert same(pages_in(received), pages)
    shutil.rmtree(carrier.journal.root)
    assert carrier.find("41") == found
    with pytest.raises(AlreadyPlaced):
        carrier.place(call_of(pages))


def test_a_server_that_is_killed_in_a_call_does_not_make_it_again_when_it_is_back(
    hylafax: Machines, carrier: HylafaxCarrier
) -> None:
    pages = pages_of(3)
    with ThreadPoolExecutor() as callers:
        call = callers.submit(carrier.place, call_of(pages))
        wait_for(lambda: pages_confirmed(carrier, "41") == 1)
        hylafax.kill("faxq")
        hylafax.start("faxq", "faxq", "-q", hylafax.home / "here", "-D")
        outcome = call.result(timeout=60)
    assert (outcome.code, outcome.pages_confirmed) == (3224, 1)
    assert not list((hylafax.home / "here/sendq").glob("q*"))
    hylafax.offer_modem()
    outcome = placed_once_free(carrier, call_of(pages, first_page=2))
    assert (outcome.code, outcome.pages_confirmed) == (OK, 3)
    [_, rest] = hylafax.received()
    assert same(pages_in(rest), pages, first_page=2)


def placed_once_free(carrier: HylafaxCarrier, call: Call) -> Outcome:
    """Call again, as delivery does, while the machine is busy with a call that nobody is at the other end of."""
    for reference in range(42, 62):
        outcome = carrier.place(replace(call, reference=str(reference)))
        if outcome.code != BUSY:
            break
        time.sleep(0.5)
    return outcome


def pages_confirmed(carrier: HylafaxCarrier, reference: str) -> int | None:
    """None as long as there is no job."""
    job = carrier.journal.entry(reference).directory / "job"
    if not job.exists():
        return None
    with carrier.server.session() as session:
        known = session.job(job.read_text())
    return known.pages if known else None


def test_nobody_who_takes_the_call_is_no_answer(up: Machines, carrier: HylafaxCarrier) -> None:
    up.offer_modem()
    with up.unanswered("ATH0"):
        outcome = carrier.place(call_of(pages_of(2), first_page=2))
    assert outcome.engine_words.startswith("No answer from remote")
    assert (outcome.code, outcome.pages_confirmed) == (6018, 1)


def test_a_line_without_dial_tone_is_no_route(up: Machines, carrier: HylafaxCarrier) -> None:
    """So a modem without an exchange says of a machine that is off the hook."""
    up.offer_modem()
    with up.unanswered("ATH1"):
        outcome = carrier.place(call_of(pages_of(1)))
    assert outcome.engine_words.startswith("No local dialtone")
    assert (outcome.code, outcome.pages_confirmed) == (6002, 0)
