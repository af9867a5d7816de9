"""A HylaFAX server that refuses, breaks off, lies or says nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faxsend.carriers import AlreadyPlaced, Call, NotDialled, Outcome, Sighting
from faxsend.carriers.hylafax import HylafaxCarrier, Server
from faxsend.carriers.hylafax.server import ServerFailed
from faxsend.rendering import Resolution, tiff
from faxsend.results import OUTCOME_UNKNOWN
from tests.faxsend.carriers.hylafax_script import (
    BREAK_OFF,
    NO_SUCH_JOB,
    PASSWORD,
    REPLIES,
    SAY_NOTHING,
    Script,
    serve,
)


@pytest.fixture
def script() -> Iterator[Script]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = Script(listener.getsockname()[1])
        threading.Thread(target=serve, args=[listener, ours], daemon=True).start()
        yield ours
        listener.shutdown(socket.SHUT_RDWR)


def call_of(reference: str = "1") -> Call:
    pages = tiff.write([np.zeros((1140, 1728), dtype=bool)], Resolution.STANDARD)
    return Call(
        reference=reference, fax_id=7, number="0081311112222", tiff=pages, first_page=1, csid='0"3%\\'
    )


def test_a_job_is_dialled_once_by_its_national_number_and_leaves_the_pages_as_they_are(
    script: Script, tmp_path: Path
) -> None:
    outcome = script.carrier(tmp_path).place(call_of())
    assert (outcome.code, outcome.pages_confirmed) == (0, 1)
    settings = [command.removeprefix("JPARM ") for command in script.heard if command.startswith("JPARM ")]
    assert {
        'DIALSTRING "0311112222"',
        "MAXDIALS 1",
        "MAXTRIES 1",
        'PAGECHOP "NONE"',
        "USETAGLINE NO",
        'JOBINFO "interfax 1 pages 1-1"',
        "VRES 98",
        'TSI "03"',
        "DOCUMENT /tmp/doc1.tif",
    } <= set(settings)


def test_another_address_for_data_is_not_followed(script: Script, tmp_path: Path) -> None:
    """The script names 192.0.2.1, and yet it gets the document."""
    script.carrier(tmp_path).place(call_of())
    assert "STOT" in script.heard


@pytest.mark.parametrize("said", [BREAK_OFF, SAY_NOTHING, "421 Not now.", "530 No.", "nonsense"])
@pytest.mark.parametrize("command", ["USER", "PASS", "STOT", "JNEW", "JPARM"])
def test_what_fails_before_the_job_is_submitted_has_not_been_dialled(
    script: Script, tmp_path: Path, command: str, said: str
) -> None:
    script.replies[command] = said
    carrier = script.carrier(tmp_path)
    with pytest.raises(NotDialled):
        carrier.place(call_of())
    assert "JSUBM" not in script.heard
    script.replies = dict(REPLIES)
    assert carrier.find("1") is Sighting.NEVER_DIALLED
    with pytest.raises(AlreadyPlaced):
        carrier.place(call_of())


@pytest.mark.parametrize("said", [BREAK_OFF, "460 Failed to submit job 12: timeout.", "nonsense"])
def test_after_a_submission_of_which_nobody_knows_the_server_is_asked(
    script: Script, tmp_path: Path, said: str
) -> None:
    script.replies["JSUBM"] = said
    outcome = script.carrier(tmp_path).place(call_of())
    assert (outcome.code, outcome.pages_confirmed) == (0, 1)
    assert script.heard.count("JSUBM") == 1


def test_a_job_that_was_not_submitted_after_all_is_deleted_and_given_back(
    script: Script, tmp_path: Path
) -> None:
    script.replies["JSUBM"] = BREAK_OFF
    script.job |= {"STATE": "SUSPENDED", "TOTDIALS": "0", "NPAGES": "0"}
    with pytest.raises(NotDialled):
        script.carrier(tmp_path).place(call_of())
    assert "JDELE 12" in script.heard


def test_a_job_that_was_not_submitted_and_is_gone_was_not_dialled(script: Script, tmp_path: Path) -> None:
    script.replies |= {"JSUBM": BREAK_OFF, "JOB": NO_SUCH_JOB}
    with pytest.raises(NotDialled):
        script.carrier(tmp_path).place(call_of())


@pytest.mark.parametrize("whose", [{"JOBINFO": "interfax 2 pages 1-1"}, {"OWNER": "other"}, {"JOBINFO": "x"}])
def test_a_job_that_is_gone_or_anothers_after_it_was_submitted_is_an_unknown_outcome(
    script: Script, tmp_path: Path, whose: dict[str, str]
) -> None:
    script.job |= whose
    assert script.carrier(tmp_path).place(call_of()).code == OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    "said",
    [
        BREAK_OFF,
        SAY_NOTHING,
        "217-a\r\n" * 5000,
        "217 x",
        "217-\r\n    STATE: WHATEVER\r\n217 End.",
        "500 " + "x" * 9000,
    ],
    ids=["breaks-off", "says-nothing", "endless", "empty", "other-state", "long-line"],
)
def test_a_server_that_does_not_tell_leaves_the_call_in_progress(
    script: Script, tmp_path: Path, said: str
) -> None:
    script.job |= {"STATE": "ACTIVE", "TOTDIALS": "0"}
    carrier = script.carrier(tmp_path)
    caller = threading.Thread(target=carrier.place, args=[call_of()])
    caller.start()
    while not (carrier.journal.root / "1/submitted").exists():
        caller.join(0.01)
    script.replies["the job"] = said
    time.sleep(0.2)
    begun = time.monotonic()
    assert carrier.find("1") is Sighting.IN_PROGRESS
    assert caller.is_alive()
    assert time.monotonic() - begun < 3
    del script.replies["the job"]
    script.job |= {"STATE": "DONE", "TOTDIALS": "1"}
    caller.join(5)
    assert isinstance(carrier.find("1"), Outcome)


def test_a_reply_that_does_not_end_is_cut_off(script: Script) -> None:
    script.replies["USER"] = "331-" + "x" * 100
    server = Server("127.0.0.1", "faxer", script.port, PASSWORD, timeout=5, session_seconds=0.3)
    begun = time.monotonic()
    with pytest.raises(ServerFailed), server.session():
        pass
    assert time.monotonic() - begun < 2


def test_a_listing_that_comes_octet_by_octet_is_cut_off(script: Script, tmp_path: Path) -> None:
    script.jobs, script.pause = "x" * 100, 0.1
    begun = time.monotonic()
    assert script.carrier(tmp_path).find("1") is Sighting.IN_PROGRESS
    assert time.monotonic() - begun < 3


def test_a_call_of_which_no_server_can_be_asked_may_not_be_called_never_dialled(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    carrier = HylafaxCarrier(tmp_path, Server("127.0.0.1", "faxer", port, timeout=0.5))
    assert carrier.find("1") is Sighting.IN_PROGRESS
    assert not carrier.cancel("2")
    with pytest.raises(NotDialled):
        carrier.place(call_of("3"))


def test_a_call_that_the_journal_has_lost_is_known_by_its_tag(script: Script, tmp_path: Path) -> None:
    script.jobs = (
        "11|faxer|interfax 9 pages 1-1\r\n12|other|interfax 1 pages 1-1\r\n12|faxer|interfax 1 pages 1-1\r\n"
    )
    found = script.carrier(tmp_path).find("1")
    assert isinstance(found, Outcome)
    assert (found.code, found.pages_confirmed) == (0, 1)
    assert script.carrier(tmp_path).find("2") is Sighting.NEVER_DIALLED


def test_a_job_for_which_no_modem_became_free_is_given_back(script: Script, tmp_path: Path) -> None:
    script.job |= {
        "STATE": "FAILED",
        "STATUSCODE": "325",
        "STATUS": "Kill time expired",
        "TOTDIALS": "0",
        "NPAGES": "0",
    }
    carrier = script.carrier(tmp_path)
    with pytest.raises(NotDialled):
        carrier.place(call_of())
    assert carrier.find("1") is Sighting.NEVER_DIALLED


def test_busy_is_busy(script: Script, tmp_path: Path) -> None:
    script.job |= {"STATE": "FAILED", "STATUSCODE": "333", "NPAGES": "0"}
    script.job["STATUS"] = "Busy signal detected; too many attempts to dial"
    outcome = script.carrier(tmp_path).place(call_of())
    assert (outcome.code, outcome.pages_confirmed) == (6017, 0)


TOO_FINE = {
    "STATUSCODE": "414",
    "STATUS": "High resolution document is not supported by client",
    "NPAGES": "0",
}


@pytest.mark.parametrize("state", ["READY", "SLEEPING", "BLOCKED"])
def test_a_job_that_the_server_means_to_dial_again_is_taken_back_before_its_outcome_is_told(
    script: Script, tmp_path: Path, state: str
) -> None:
    """Told at once, the next call would be ours, and the one after it the server's: the fax would arrive twice."""
    script.job |= TOO_FINE | {"STATE": state}
    carrier = script.carrier(tmp_path)
    outcome = carrier.place(call_of())
    assert (outcome.code, outcome.pages_confirmed, outcome.resolution_refused) == (3211, 0, True)
    assert [said for said in script.heard if said in {"JSUSP 12", "JDELE 12"}] == ["JSUSP 12", "JDELE 12"]
    assert carrier.find("1") == outcome


def test_a_job_that_the_server_has_dialled_again_is_in_progress_until_that_call_has_ended(
    script: Script, tmp_path: Path
) -> None:
    script.job |= TOO_FINE | {"STATE": "READY"}
    script.replies["JSUSP"] = "460 Failed to suspend job 12."
    carrier = script.carrier(tmp_path)
    with submitted(carrier) as caller:
        wait_until(lambda: "JSUSP 12" in script.heard)
        assert carrier.find("1") is Sighting.IN_PROGRESS
        assert not carrier.cancel("1")
        script.job |= {"STATE": "DONE", "TOTDIALS": "2", "STATUS": "", "NPAGES": "1"}
        caller.join(5)
    found = carrier.find("1")
    assert isinstance(found, Outcome)
    assert (found.code, found.pages_confirmed) == (0, 1)


def test_a_job_planned_again_that_only_the_server_knows_is_taken_back_too(
    script: Script, tmp_path: Path
) -> None:
    script.job |= TOO_FINE | {"STATE": "SLEEPING"}
    script.jobs = "12|faxer|interfax 1 pages 1-1\r\n"
    carrier = script.carrier(tmp_path)
    assert carrier.find("1") is Sighting.IN_PROGRESS
    found = carrier.find("1")
    assert isinstance(found, Outcome) and found.resolution_refused
    assert "JSUSP 12" in script.heard


def test_an_outcome_is_kept_even_if_its_job_cannot_be_deleted(script: Script, tmp_path: Path) -> None:
    script.job |= TOO_FINE | {"STATE": "SUSPENDED"}
    script.replies["JDELE"] = "504 Cannot delete job 12."
    outcome = script.carrier(tmp_path).place(call_of())
    assert outcome.resolution_refused


@pytest.mark.parametrize("wrong", [{"tiff": b"II*\0"}, {"first_page": 2}, {"number": "00813,,1#"}])
def test_what_cannot_be_sent_is_not_dialled(script: Script, tmp_path: Path, wrong: dict[str, Any]) -> None:
    assert script.carrier(tmp_path).place(replace(call_of(), **wrong)).code == 205001
    assert not script.heard


def test_a_call_under_way_is_not_cancelled(script: Script, tmp_path: Path) -> None:
    script.job |= {"STATE": "ACTIVE", "TOTDIALS": "0"}
    carrier = script.carrier(tmp_path)
    with submitted(carrier) as caller:
        assert not carrier.cancel("1")
        assert "JSUSP 12" not in script.heard
        script.job |= {"STATE": "DONE", "TOTDIALS": "1"}
        caller.join(5)


def test_a_job_that_the_scheduler_does_not_let_go_is_not_cancelled(script: Script, tmp_path: Path) -> None:
    script.job |= {"STATE": "READY", "TOTDIALS": "0"}
    script.replies["JSUSP"] = "460 Failed to suspend job 12."
    carrier = script.carrier(tmp_path)
    with submitted(carrier) as caller:
        assert not carrier.cancel("1")
        script.job |= {"STATE": "DONE", "TOTDIALS": "1"}
        caller.join(5)
    assert isinstance(carrier.find("1"), Outcome)


@contextmanager
def submitted(carrier: HylafaxCarrier) -> Iterator[threading.Thread]:
    caller = threading.Thread(target=carrier.place, args=[call_of()], daemon=True)
    caller.start()
    wait_until((carrier.journal.root / "1/submitted").exists)
    yield caller


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_password_is_not_shown(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.replies["PASS"] = "530 Login incorrect."
    carrier = script.carrier(tmp_path)
    with pytest.raises(NotDialled) as refused:
        carrier.place(call_of())
    assert carrier.find("2") is Sighting.IN_PROGRESS
    assert PASSWORD not in repr(carrier) + str(refused.value) + "".join(capsys.readouterr())


def test_a_number_that_the_server_repeats_is_not_logged(
    script: Script, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script.replies["JPARM"] = '504 Cannot dial "0311112222".'
    with pytest.raises(NotDialled) as refused:
        script.carrier(tmp_path).place(call_of())
    assert "Cannot dial" in caplog.text
    assert "11112222" not in caplog.text + str(refused.value)


def test_a_call_ends_with_the_time_it_took_even_if_no_log_tells(script: Script, tmp_path: Path) -> None:
    script.job |= {"STATE": "ACTIVE", "TOTDIALS": "0"}
    carrier = script.carrier(tmp_path)
    with submitted(carrier) as caller:
        time.sleep(0.2)
        script.job |= {"STATE": "DONE", "TOTDIALS": "1"}
        caller.join(5)
    found = carrier.find("1")
    assert isinstance(found, Outcome)
    assert timedelta(seconds=0.1) < found.duration < timedelta(seconds=5)
