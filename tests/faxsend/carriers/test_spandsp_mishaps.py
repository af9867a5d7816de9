"""Real T.30 calls to which something happens that no protocol knows: kills, damage, a full disk, a hostile machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from faxsend.carriers import Outcome
from faxsend.carriers.spandsp import LAST_PAGE_SENT, SpandspCarrier
from faxsend.rendering import Resolution, tiff
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN
from tests.faxsend.carriers.test_spandsp import NUMBER, call_of, carrier_at, pages_of, received_at

pytestmark = pytest.mark.line

WHITE = np.zeros((1140, 1728), dtype=bool)


def test_a_call_that_takes_too_long_in_real_time_is_ended(tmp_path: Path) -> None:
    carrier = SpandspCarrier(data_dir=tmp_path, faults={NUMBER: "never ending"}, wall_seconds=0.2)
    outcome = carrier.place(call_of(pages_of(1)))
    assert (outcome.code, outcome.pages_confirmed) == (3224, 0)


def test_a_hundred_pages_are_received_bit_for_bit(tmp_path: Path) -> None:
    [blank] = tiff.read(tiff.write([WHITE], Resolution.STANDARD))
    [last] = tiff.read(pages_of(1, Resolution.STANDARD))
    pages = tiff.assemble([*[blank] * 99, last], Resolution.STANDARD)
    outcome = carrier_at(tmp_path).place(call_of(pages))
    assert (outcome.code, outcome.pages_confirmed) == (OK, 100)
    assert received_at(tmp_path) == pages


@pytest.mark.parametrize("left", [0.5, 0.99, 0.001])
def test_a_page_that_is_cut_off_is_not_dialled(tmp_path: Path, left: float) -> None:
    first, second = tiff.read(pages_of(2))
    cut = tiff.Strip(second.rows, second.data[: int(len(second.data) * left) or 1])
    outcome = carrier_at(tmp_path).place(call_of(tiff.assemble([first, cut], Resolution.FINE)))
    assert (outcome.code, outcome.pages_confirmed) == (INTERNAL_ERROR, 0)
    assert not (tmp_path / "received").exists()


@pytest.mark.parametrize("left", [5, 100, -40, -3])
def test_a_file_that_is_cut_off_is_not_dialled(tmp_path: Path, left: int) -> None:
    outcome = carrier_at(tmp_path).place(call_of(pages_of(2)[:left]))
    assert (outcome.code, outcome.duration.total_seconds()) == (INTERNAL_ERROR, 0)


def test_what_a_hostile_machine_calls_itself_can_do_no_harm(tmp_path: Path) -> None:
    outcome = carrier_at(tmp_path, "hostile identification").place(call_of(pages_of(1)))
    assert outcome.code == OK
    assert outcome.remote_csid == "=1+1[2J<b>%s;'\""


def test_pages_that_cannot_be_kept_stay_confirmed_and_their_number_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "received").write_text("a file where the received pages should be")
    carrier = carrier_at(tmp_path)
    outcome = carrier.place(call_of(pages_of(2)))
    assert (outcome.code, outcome.pages_confirmed) == (OK, 2)
    assert carrier.find("1") == outcome
    assert "received pages cannot be kept" in caplog.text
    assert NUMBER not in caplog.text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of so many bytes, or files, for the length of a test."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(limit: str) -> Path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", limit, "tmpfs", str(place)], check=True)
        return place

    yield mount
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.root
@pytest.mark.parametrize("limit", ["size=64k", "nr_inodes=8"])
def test_a_disk_that_is_full_after_the_call_changes_nothing_about_it(
    small_disk: Callable[[str], Path], limit: str
) -> None:
    carrier = carrier_at(small_disk(limit))
    outcome = carrier.place(call_of(pages_of(2)))
    assert (outcome.code, outcome.pages_confirmed) == (OK, 2)
    assert not list((carrier.data_dir / "received").glob("*/*.tif"))
    if limit.startswith("size"):
        assert carrier.find("1") == outcome


@pytest.mark.root
def test_a_call_that_cannot_be_written_down_first_is_not_dialled(small_disk: Callable[[str], Path]) -> None:
    carrier = carrier_at(small_disk("size=16k"))
    with pytest.raises(OSError, match="No space left"):
        carrier.place(call_of(pages_of(2)))
    assert not list(carrier.journal.root.iterdir())


def test_an_engine_that_is_killed_was_a_communication_error(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []
    carrier = carrier_at(tmp_path, "never ending")
    caller = threading.Thread(target=lambda: outcomes.append(carrier.place(call_of(pages_of(1)))))
    caller.start()
    os.kill(child_of(os.getpid(), caller.native_id or 0), signal.SIGKILL)
    caller.join()
    [outcome] = outcomes
    assert (outcome.code, outcome.pages_confirmed) == (3224, 0)
    assert carrier.find("1") == outcome


def test_of_a_lost_call_whose_last_page_was_sent_nobody_knows(tmp_path: Path) -> None:
    carrier = carrier_at(tmp_path)
    entry = carrier.journal.dial(call_of(pages_of(1)), {"fax_id": 7, "number": NUMBER, "first_page": 1})
    (entry.directory / LAST_PAGE_SENT).touch()
    found = carrier.find("1")
    assert isinstance(found, Outcome)
    assert (found.code, found.pages_confirmed) == (OUTCOME_UNKNOWN, 0)


CALLER = """
import sys
import django; django.setup()
from pathlib import Path
from faxsend.carriers import Call
from faxsend.carriers.spandsp import SpandspCarrier
carrier = SpandspCarrier(data_dir=Path(sys.argv[1]), faults={"0081311112222": "never ending"})
pages = Path(sys.argv[2]).read_bytes()
carrier.place(Call(reference="1", fax_id=7, number="0081311112222", tiff=pages, first_page=1, csid=""))
"""


def test_a_call_ends_with_its_caller_and_is_found_disconnected(tmp_path: Path) -> None:
    source = tmp_path / "pages.tif"
    source.write_bytes(pages_of(1))
    caller = subprocess.Popen([sys.executable, "-c", CALLER, str(tmp_path), str(source)])
    call = child_of(caller.pid, caller.pid)
    os.kill(caller.pid, signal.SIGKILL)
    caller.wait()
    for _ in range(500):
        if not running(call):
            break
        time.sleep(0.01)
    assert not running(call)
    found = carrier_at(tmp_path).find("1")
    assert isinstance(found, Outcome)
    assert (found.code, found.pages_confirmed) == (3223, 0)


def running(pid: int) -> bool:
    """Whether it lives; one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def child_of(process: int, thread: int) -> int:
    """The first process that a thread starts, as soon as there is one."""
    children = Path(f"/proc/{process}/task/{thread}/children")
    while not (started := children.read_text().split()):
        time.sleep(0.01)
    return int(started[0])
