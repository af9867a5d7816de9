"""Real T.30 calls: what is received is what was sent, and whatever is wrong on the line has its code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from faxsend.carriers import Call, Sighting
from faxsend.carriers.received import Received
from faxsend.carriers.spandsp import SpandspCarrier
from faxsend.rendering import Resolution, tiff
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN
from faxsend.t30.machine import UnknownFault

pytestmark = pytest.mark.line

NUMBER = "0081311112222"
ROWS = {Resolution.FINE: 2280, Resolution.STANDARD: 1140}


def pages_of(count: int, resolution: Resolution = Resolution.FINE) -> bytes:
    """Pages that differ; a fine one is about ten seconds of line."""
    row, column = np.mgrid[0 : ROWS[resolution], 0:1728]
    return tiff.write(
        [(row // 23 + column // 7 + number) % (11 + number) == 0 for number in range(count)], resolution
    )


def call_of(pages: bytes, *, reference: str = "1", first_page: int = 1, csid: str = "0311112222") -> Call:
    return Call(reference=reference, fax_id=7, number=NUMBER, tiff=pages, first_page=first_page, csid=csid)


def carrier_at(data_dir: Path, fault: str = "") -> SpandspCarrier:
    return SpandspCarrier(data_dir=data_dir, faults={NUMBER: fault})


def received_at(data_dir: Path) -> bytes:
    return Received(data_dir / "received").path(NUMBER, 7).read_bytes()


@pytest.fixture(scope="module")
def three_pages() -> bytes:
    return pages_of(3)


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("count", [1, 10])
def test_the_pages_received_are_those_dialled_bit_for_bit(
    tmp_path: Path, count: int, resolution: Resolution
) -> None:
    pages = pages_of(count, resolution)
    outcome = carrier_at(tmp_path).place(call_of(pages))
    assert (outcome.code, outcome.pages_confirmed) == (OK, count)
    assert (outcome.bits_per_second, outcome.ecm, outcome.engine_words) == (14_400, True, "OK")
    assert outcome.remote_csid == "RECEIVER"
    assert received_at(tmp_path) == pages


@pytest.mark.parametrize(
    ("fault", "code", "confirmed", "words"),
    [
        ("busy", 6017, 0, "busy tone"),
        ("no answer", 6018, 0, "nobody answered"),
        ("voice", 6018, 0, "Timed out waiting for initial communication"),
        ("dead line", 6018, 0, "Timed out waiting for initial communication"),
        ("no training", 3230, 0, "Received no response to DCS or TCF"),
        ("never ending", 256, 0, "The call dropped prematurely"),
        ("no fine resolution", 3211, 0, "Far end cannot receive at the resolution of the image"),
        ("hang-up in page 1", 3223, 0, "The call dropped prematurely"),
        ("hang-up in page 2", 3223, 1, "The call dropped prematurely"),
        ("dead line in page 2", 3268, 1, "No response after sending a page"),
        ("dead line in page 3", OUTCOME_UNKNOWN, 2, "No response after sending a page"),
        ("muted after the last page", OUTCOME_UNKNOWN, 2, "No response after sending a page"),
    ],
)
def test_each_fault_ends_the_call_with_its_code_and_the_pages_confirmed(
    tmp_path: Path, three_pages: bytes, fault: str, code: int, confirmed: int, words: str
) -> None:
    outcome = carrier_at(tmp_path, fault).place(call_of(three_pages))
    assert (outcome.code, outcome.pages_confirmed, outcome.engine_words) == (code, confirmed, words)
    if confirmed:
        assert tiff.read(received_at(tmp_path)) == tiff.read(three_pages)[:confirmed]
    else:
        assert not (tmp_path / "received").exists()


@pytest.mark.parametrize(
    ("fault", "speed", "corrected"),
    [
        ("V.29", 9_600, True),
        ("V.27ter", 4_800, True),
        ("bursts", 14_400, True),
        ("no error correction", 14_400, False),
        ("one-dimensional", 14_400, False),
    ],
)
def test_a_lesser_machine_or_line_receives_every_bit_too(
    tmp_path: Path, three_pages: bytes, fault: str, speed: int, corrected: bool
) -> None:
    outcome = carrier_at(tmp_path, fault).place(call_of(three_pages))
    assert (outcome.code, outcome.bits_per_second, outcome.ecm) == (OK, speed, corrected)
    assert received_at(tmp_path) == three_pages


def test_noise_makes_the_call_slower_and_leaves_the_pages_whole(tmp_path: Path, three_pages: bytes) -> None:
    quiet = carrier_at(tmp_path).place(call_of(three_pages, reference="quiet"))
    noisy = carrier_at(tmp_path, "noise").place(call_of(three_pages, reference="noisy"))
    assert noisy.code == OK
    assert noisy.bits_per_second is not None and noisy.bits_per_second < 14_400
    assert noisy.duration > quiet.duration
    assert received_at(tmp_path) == three_pages


def test_rows_lost_without_error_correction_are_not_sent(tmp_path: Path, three_pages: bytes) -> None:
    outcome = carrier_at(tmp_path, "lost rows").place(call_of(three_pages))
    assert outcome.engine_words == "OK"
    assert (outcome.code, outcome.pages_confirmed, outcome.ecm) == (3268, 0, False)
    assert not (tmp_path / "received").exists()


def test_a_machine_without_fine_resolution_says_so_and_receives_standard_pages(tmp_path: Path) -> None:
    carrier = carrier_at(tmp_path, "no fine resolution")
    fine = carrier.place(call_of(pages_of(1)))
    assert (fine.code, fine.resolution_refused) == (3211, True)
    assert carrier.find("1") == fine
    pages = pages_of(1, Resolution.STANDARD)
    standard = carrier.place(call_of(pages, reference="2"))
    assert (standard.code, standard.resolution_refused) == (OK, False)
    assert received_at(tmp_path) == pages


def test_a_resumed_call_sends_the_pages_from_its_first_one_on(tmp_path: Path, three_pages: bytes) -> None:
    cut = carrier_at(tmp_path, "hang-up in page 2").place(call_of(three_pages))
    others = pages_of(4)
    changed = tiff.assemble([tiff.read(others)[3], *tiff.read(three_pages)[1:]], Resolution.FINE)
    resumed = carrier_at(tmp_path).place(call_of(changed, reference="2", first_page=cut.pages_confirmed + 1))
    assert (resumed.code, resumed.pages_confirmed) == (OK, 3)
    assert received_at(tmp_path) == three_pages


def test_a_resumed_call_that_nobody_takes_keeps_the_pages_confirmed_before(
    tmp_path: Path, three_pages: bytes
) -> None:
    outcome = carrier_at(tmp_path, "busy").place(call_of(three_pages, first_page=3))
    assert (outcome.code, outcome.pages_confirmed) == (6017, 2)


@pytest.mark.parametrize(("pages", "first_page"), [(b"II*\0no pages", 1), (pages_of(1), 2), (pages_of(1), 0)])
def test_a_file_that_cannot_be_sent_is_not_dialled(tmp_path: Path, pages: bytes, first_page: int) -> None:
    carrier = carrier_at(tmp_path)
    outcome = carrier.place(call_of(pages, first_page=first_page))
    assert (outcome.code, outcome.duration.total_seconds()) == (INTERNAL_ERROR, 0)
    assert carrier.find("1") == outcome


def test_an_identification_of_ours_that_no_machine_can_show_does_not_stop_the_call(tmp_path: Path) -> None:
    assert carrier_at(tmp_path).place(call_of(pages_of(1), csid="株式会社\0" + "9" * 60)).code == OK


def test_the_file_of_faults_is_read_for_each_call(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    carrier = SpandspCarrier(data_dir=tmp_path, faults=str(faults))
    faults.write_text(json.dumps({NUMBER: "busy"}))
    assert carrier.place(call_of(pages_of(1), reference="1")).code == 6017
    faults.write_text("{}")
    assert carrier.place(call_of(pages_of(1), reference="2")).code == OK


@pytest.mark.parametrize("fault", ["bsuy", "hang-up in page 0", "hang-up in page ²"])
def test_a_fault_that_does_not_exist_is_said_before_anything_is_dialled(tmp_path: Path, fault: str) -> None:
    carrier = carrier_at(tmp_path, fault)
    with pytest.raises(UnknownFault):
        carrier.place(call_of(pages_of(1)))
    assert carrier.find("1") is Sighting.NEVER_DIALLED
