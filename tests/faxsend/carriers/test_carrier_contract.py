"""What every carrier must keep to. A new carrier is one more line in ``CARRIERS``."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from faxsend.carriers import AlreadyPlaced, Call, Carrier, Outcome, Sighting
from faxsend.carriers.hylafax import HylafaxCarrier
from faxsend.carriers.simulator import SimulatorCarrier
from faxsend.carriers.spandsp import SpandspCarrier
from faxsend.rendering import Resolution, tiff
from faxsend.results import OK
from tests.faxsend.carriers.hylafax_machines import Machines, machines

SLOW = "0081366667777"
"""A call to it takes most of a second, whoever carries it."""
CARRIERS: dict[str, Callable[[Path], SimulatorCarrier | SpandspCarrier]] = {
    "simulator": lambda data_dir: SimulatorCarrier(data_dir=data_dir, call_seconds=0.3),
    "spandsp": lambda data_dir: SpandspCarrier(data_dir=data_dir, faults={SLOW: "voice"}),
}


@pytest.fixture(scope="module")
def hylafax() -> Iterator[Machines]:
    with machines() as ours:
        ours.offer_modem()
        yield ours


@pytest.fixture(
    params=[
        "simulator",
        pytest.param("spandsp", marks=pytest.mark.line),
        pytest.param("hylafax", marks=[pytest.mark.root, pytest.mark.line, pytest.mark.hylafax]),
    ]
)
def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> Carrier:
    if request.param == "hylafax":
        ours: Machines = request.getfixturevalue("hylafax")
        ours.answer()
        return ours.carrier(tmp_path)
    return CARRIERS[request.param](tmp_path)


@pytest.fixture(scope="module")
def pages() -> bytes:
    page = np.zeros((2280, 1728), dtype=bool)
    page[100:200, 100:1600] = True
    return tiff.write([page, ~page], Resolution.FINE)


def call_with(pages: bytes, *, reference: str = "1", number: str = "0081311112222") -> Call:
    return Call(reference=reference, fax_id=7, number=number, tiff=pages, first_page=1, csid="0311112222")


def test_a_call_confirms_all_its_pages(carrier: Carrier, pages: bytes) -> None:
    outcome = carrier.place(call_with(pages))
    assert outcome.code == OK
    assert outcome.pages_confirmed == 2
    assert outcome.duration.total_seconds() > 0


def test_an_ended_call_can_be_found(carrier: Carrier, pages: bytes) -> None:
    outcome = carrier.place(call_with(pages))
    assert carrier.find("1") == outcome


def test_a_call_is_in_progress_until_it_ends(carrier: Carrier, pages: bytes) -> None:
    caller = threading.Thread(target=carrier.place, args=[call_with(pages, number=SLOW)])
    caller.start()
    sightings = []
    while caller.is_alive():
        sightings.append(carrier.find("1")) if dialled(carrier, "1") else None
        caller.join(0.05)
    assert Sighting.IN_PROGRESS in sightings
    assert isinstance(carrier.find("1"), Outcome)


def dialled(carrier: Carrier, reference: str) -> bool:
    assert isinstance(carrier, SimulatorCarrier | SpandspCarrier | HylafaxCarrier)
    return carrier.journal.entry(reference).directory.exists()


def test_the_same_reference_is_never_dialled_again(carrier: Carrier, pages: bytes) -> None:
    carrier.place(call_with(pages))
    with pytest.raises(AlreadyPlaced):
        carrier.place(call_with(pages))


def test_a_journal_that_cannot_be_written_promises_nothing_and_has_placed_nothing(
    carrier: Carrier, pages: bytes
) -> None:
    assert isinstance(carrier, SimulatorCarrier | SpandspCarrier | HylafaxCarrier)
    carrier.journal.root.mkdir()
    (carrier.journal.root / "1").write_text("a file where the call should be")
    with pytest.raises(NotADirectoryError):
        carrier.place(call_with(pages))
    with pytest.raises(NotADirectoryError):
        carrier.find("1")


def test_never_dialled_is_a_promise(carrier: Carrier, pages: bytes) -> None:
    assert carrier.find("1") is Sighting.NEVER_DIALLED
    with pytest.raises(AlreadyPlaced):
        carrier.place(call_with(pages))
    assert carrier.find("1") is Sighting.NEVER_DIALLED


def test_cancel_stops_a_call_that_has_not_begun(carrier: Carrier, pages: bytes) -> None:
    assert carrier.cancel("1")
    with pytest.raises(AlreadyPlaced):
        carrier.place(call_with(pages))


def test_cancel_leaves_a_call_that_has_ended(carrier: Carrier, pages: bytes) -> None:
    outcome = carrier.place(call_with(pages))
    assert not carrier.cancel("1")
    assert carrier.find("1") == outcome


def test_of_two_callers_with_one_reference_one_dials(carrier: Carrier, pages: bytes) -> None:
    results: list[object] = []

    def place() -> None:
        try:
            results.append(carrier.place(call_with(pages)))
        except AlreadyPlaced as error:
            results.append(error)

    callers = [threading.Thread(target=place) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sum(isinstance(result, Outcome) for result in results) == 1


KILLED_CALLER = """
import os, signal, sys, threading
import django; django.setup()
from pathlib import Path
from faxsend.carriers import Call
from faxsend.carriers.simulator import SimulatorCarrier
carrier = SimulatorCarrier(data_dir=Path(sys.argv[1]), call_seconds=1.0)
call = Call(reference="1", fax_id=7, number="0081311112222", tiff=Path(sys.argv[2]).read_bytes(), first_page=1, csid="")
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
carrier.place(call)
"""


def test_a_simulated_call_outlives_its_caller(tmp_path: Path, pages: bytes) -> None:
    source = tmp_path / "pages.tif"
    source.write_bytes(pages)
    killed = subprocess.run([sys.executable, "-c", KILLED_CALLER, str(tmp_path), str(source)], check=False)
    assert killed.returncode == -9
    carrier = SimulatorCarrier(data_dir=tmp_path, call_seconds=1.0)
    received = tmp_path / "received" / "0081311112222" / "7.tif"
    assert not received.exists()
    assert carrier.find("1") is Sighting.IN_PROGRESS
    while (found := carrier.find("1")) is Sighting.IN_PROGRESS:
        threading.Event().wait(0.05)
    assert isinstance(found, Outcome)
    assert (found.code, found.pages_confirmed) == (OK, 2)
    assert received.read_bytes() == pages


@pytest.mark.parametrize("code", [3912, 6017, 205001])
def test_a_test_number_gives_its_result_and_receives_nothing(tmp_path: Path, pages: bytes, code: int) -> None:
    carrier = SimulatorCarrier(data_dir=tmp_path, call_seconds=0)
    outcome = carrier.place(call_with(pages, number=f"009999999{code:04d}"))
    assert outcome.code == code
    assert outcome.pages_confirmed == 0
    assert not (tmp_path / "received").exists()


def test_the_journal_keeps_no_page_in_clear(tmp_path: Path, pages: bytes) -> None:
    carrier = SimulatorCarrier(data_dir=tmp_path, call_seconds=0.5)
    caller = threading.Thread(target=carrier.place, args=[call_with(pages)])
    caller.start()
    while not dialled(carrier, "1"):
        caller.join(0.01)
    stored = (carrier.journal.entry("1").directory / "pages").read_bytes()
    caller.join()
    assert b"II*" not in stored[:8]
    assert pages[8:64] not in stored
    assert not (carrier.journal.entry("1").directory / "pages").exists()
