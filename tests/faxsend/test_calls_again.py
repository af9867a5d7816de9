"""What a second call is: after how long, with which pages, in which resolution. Over every carrier of our own."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from faxsend import delivery
from faxsend.carriers import Outcome
from faxsend.lines import current_line
from faxsend.models import Attempt, Fax
from faxsend.rendering import Resolution, tiff
from faxsend.rendering.header_line import with_header
from faxsend.rendering.standard import in_standard
from faxsend.results import OK, OUTCOME_UNKNOWN
from faxsend.states import FaxStatus
from tests.factories import FaxFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_line")]

NUMBER = "0081311112222"
BUSY, INCOMPATIBLE, DISCONNECTED, AFTER_PAGE = 6017, 3211, 3223, 3268


@pytest.fixture(params=["simulator", pytest.param("spandsp", marks=pytest.mark.line)])
def faults(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Path:
    """The file that says what is wrong at which number."""
    file = tmp_path / "faults.json"
    file.write_text("{}")
    settings.FAX_CARRIER = request.param
    settings.SIMULATOR_FAULTS = settings.SPANDSP_FAULTS = str(file)
    return file


def fax_to(fault: str, faults: Path, **facts: Any) -> Fax:
    faults.write_text(json.dumps({NUMBER: fault}))
    return FaxFactory.create(number=NUMBER, submission__retry_interval=0, **facts)


def called(fax: Fax) -> Fax:
    """After one more call."""
    assert delivery.transmit_next()
    fax.refresh_from_db()
    return fax


def results(fax: Fax) -> list[tuple[int, int | None, int]]:
    """First page, result and pages confirmed of each call."""
    calls = fax.attempts.order_by("pk")
    return list(calls.values_list("first_page", "result_code", "pages_confirmed"))


def received(fax: Fax, data_dir: Path) -> bytes:
    return (data_dir / "received" / fax.number / f"{fax.pk}.tif").read_bytes()


def recorded(fax: Fax, **outcome: Any) -> Fax:
    """After a call that came to this."""
    attempt = delivery.claim_next(current_line().lock)
    assert attempt is not None and attempt.fax_id == fax.pk
    facts: dict[str, Any] = {"pages_confirmed": 0, "duration": timedelta(seconds=30)}
    delivery.record(attempt, Outcome(**facts | outcome))
    fax.refresh_from_db()
    return fax


def test_the_second_call_sends_the_pages_that_were_not_confirmed(faults: Path, tmp_path: Path) -> None:
    fax = fax_to("hang-up in page 2", faults, submission__pages__count=3)

    called(fax)
    assert (fax.status, fax.pages_sent) == (FaxStatus.QUEUED, 1)
    faults.write_text("{}")
    called(fax)

    assert (fax.status, fax.result_code, fax.pages_sent) == (FaxStatus.SENT, OK, 3)
    assert results(fax) == [(1, DISCONNECTED, 1), (2, OK, 3)]
    assert received(fax, tmp_path) == fax.submission.pages.tiff


def test_a_page_keeps_its_number_in_the_header_line_however_many_calls_it_takes(
    faults: Path, tmp_path: Path, time_machine: Any
) -> None:
    fax = fax_to(
        "hang-up in page 2",
        faults,
        submission__pages__count=3,
        submission__page_header="{To} 全{TotalPages}枚",
    )
    time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)

    while called(fax).status == FaxStatus.QUEUED:
        pass

    line = f"{timezone.now() + timedelta(hours=9):%Y/%m/%d %H:%M}  03-1111-2222 全3枚"
    assert results(fax) == [(1, DISCONNECTED, 1), (2, DISCONNECTED, 2), (3, OK, 3)]
    assert received(fax, tmp_path) == with_header(fax.submission.pages.tiff, line)


def test_a_receiver_without_fine_resolution_is_called_again_at_once_in_standard(
    faults: Path, tmp_path: Path
) -> None:
    fax = fax_to("no fine resolution", faults, submission__pages__count=2)
    fax.submission.retry_interval = 30
    fax.submission.save()

    called(fax)
    assert (fax.status, fax.standard_only, fax.attempts_made) == (FaxStatus.QUEUED, True, 0)
    called(fax)

    assert (fax.status, fax.attempts_made) == (FaxStatus.SENT, 1)
    assert results(fax) == [(1, INCOMPATIBLE, 0), (1, OK, 2)]
    assert received(fax, tmp_path) == in_standard(fax.submission.pages.tiff)
    fax.submission.pages.refresh_from_db()
    assert tiff.resolution(fax.submission.pages.tiff) is Resolution.FINE


def test_a_receiver_that_takes_standard_alone_from_page_two_on_gets_the_rest_under_its_own_page_numbers(
    faults: Path, tmp_path: Path
) -> None:
    fax = fax_to(
        "hang-up in page 2", faults, submission__pages__count=3, submission__page_header="{TotalPages}"
    )
    called(fax)
    faults.write_text(json.dumps({NUMBER: "no fine resolution"}))

    while called(fax).status == FaxStatus.QUEUED:
        pass

    assert (fax.status, fax.pages_sent, fax.attempts_made) == (FaxStatus.SENT, 3, 2)
    assert results(fax) == [(1, DISCONNECTED, 1), (2, INCOMPATIBLE, 1), (2, OK, 3)]
    at = fax.attempts.latest("pk").started_at + timedelta(hours=9)
    dialled = with_header(in_standard(fax.submission.pages.tiff), f"{at:%Y/%m/%d %H:%M}  3")
    assert tiff.read(received(fax, tmp_path))[1:] == tiff.read(dialled)[1:]


def test_the_header_line_is_drawn_in_the_resolution_of_the_call(faults: Path, tmp_path: Path) -> None:
    fax = fax_to("no fine resolution", faults, submission__page_header="{To}")

    while called(fax).status == FaxStatus.QUEUED:
        pass

    at = fax.attempts.latest("pk").started_at + timedelta(hours=9)
    standard = in_standard(fax.submission.pages.tiff)
    assert received(fax, tmp_path) == with_header(standard, f"{at:%Y/%m/%d %H:%M}  03-1111-2222")


def test_the_call_that_finds_out_does_not_count_so_that_the_only_attempt_is_in_standard() -> None:
    fax = FaxFactory.create(submission__max_attempts=1)

    states = [recorded(fax, code=INCOMPATIBLE, resolution_refused=True).status for _ in range(2)]

    assert states == [FaxStatus.QUEUED, FaxStatus.FAILED]
    assert (fax.attempts_made, fax.result_code) == (1, INCOMPATIBLE)


def test_standard_is_tried_even_if_the_chance_of_incompatible_machines_is_used_up() -> None:
    fax = FaxFactory.create(submission__retry_interval=0)
    recorded(fax, code=3231)

    recorded(fax, code=INCOMPATIBLE, resolution_refused=True)

    assert (fax.status, fax.standard_only) == (FaxStatus.QUEUED, True)


@pytest.mark.parametrize("facts", [{"standard_only": True}, {"submission__pages__resolution": "standard"}])
def test_pages_that_are_in_standard_already_get_the_second_chance_and_no_more(facts: dict[str, Any]) -> None:
    fax = FaxFactory.create(submission__retry_interval=0, **facts)

    states = [recorded(fax, code=INCOMPATIBLE, resolution_refused=True).status for _ in range(2)]

    assert states == [FaxStatus.QUEUED, FaxStatus.FAILED]


def test_an_incompatible_machine_is_called_once_more_after_the_interval() -> None:
    fax = FaxFactory.create(submission__retry_interval=3)

    recorded(fax, code=INCOMPATIBLE)

    assert fax.status == FaxStatus.QUEUED and not fax.standard_only
    assert fax.next_attempt_at > timezone.now() + timedelta(minutes=2)


def test_pages_confirmed_by_earlier_calls_stay_confirmed() -> None:
    fax = FaxFactory.create(submission__retry_interval=0, submission__pages__count=3)

    recorded(fax, code=AFTER_PAGE, pages_confirmed=2)
    recorded(fax, code=BUSY)

    assert fax.pages_sent == 2
    assert results(fax) == [(1, AFTER_PAGE, 2), (3, BUSY, 0)]


def test_a_fax_whose_pages_are_all_confirmed_has_arrived_whatever_came_after() -> None:
    fax = FaxFactory.create(submission__pages__count=2)

    recorded(fax, code=DISCONNECTED, pages_confirmed=2)

    assert (fax.status, fax.result_code, fax.pages_sent) == (FaxStatus.SENT, OK, 2)
    assert results(fax) == [(1, DISCONNECTED, 2)]


def test_so_it_has_if_no_attempt_is_left() -> None:
    fax = FaxFactory.create(submission__pages__count=2, submission__max_attempts=1)

    recorded(fax, code=DISCONNECTED, pages_confirmed=2)

    assert (fax.status, fax.result_code) == (FaxStatus.SENT, OK)


def test_the_time_of_a_fax_is_that_of_all_its_calls() -> None:
    fax = FaxFactory.create(submission__retry_interval=0)

    recorded(fax, code=BUSY, duration=timedelta(seconds=12))
    recorded(fax, code=OK, pages_confirmed=1, duration=timedelta(seconds=40))

    assert fax.duration == timedelta(seconds=52)
    assert [call.duration for call in fax.attempts.all()] == [timedelta(seconds=12), timedelta(seconds=40)]


def test_a_call_keeps_what_the_carrier_tells() -> None:
    fax = FaxFactory.create()

    recorded(
        fax,
        code=OK,
        pages_confirmed=1,
        remote_csid="\x0003-3333-4444",
        bits_per_second=9600,
        ecm=False,
        engine_words="x\x00" * 300,
    )

    call = Attempt.objects.get()
    assert (call.remote_csid, call.bits_per_second, call.ecm) == ("03-3333-4444", 9600, False)
    assert call.engine_words == "x" * 200
    assert fax.remote_csid == "03-3333-4444"


def test_a_test_number_of_an_error_after_a_page_leaves_the_last_page_out() -> None:
    fax = FaxFactory.create(number="0099999993268", submission__pages__count=3)

    called(fax)

    assert (fax.status, fax.result_code, fax.pages_sent) == (FaxStatus.FAILED, AFTER_PAGE, 2)


def test_what_nobody_knows_is_never_called_again_by_itself() -> None:
    fax = FaxFactory.create(submission__retry_interval=0, submission__pages__count=3)

    recorded(fax, code=OUTCOME_UNKNOWN, pages_confirmed=2)

    assert fax.status == FaxStatus.UNCERTAIN
    assert delivery.claim_next(1) is None
