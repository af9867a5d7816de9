"""What the engine says, and what that is for a fax. No call is made here."""

from __future__ import annotations

import pytest

from faxsend.carriers.engine_results import CODES, outcome_of, printable
from faxsend.results import OK, OUTCOME_UNKNOWN, RESULTS
from faxsend.t30.library import Result
from faxsend.t30.report import Report


def code_of(report: Report, *, first_page: int = 1, pages: int = 3) -> int:
    return outcome_of(report, first_page=first_page, pages=pages).code


def ended(result: int, *, confirmed: int = 0, last_page_sent: bool = False, corrected: bool = True) -> Report:
    return Report(
        answered="fax",
        result=result,
        confirmed=confirmed,
        whole=confirmed,
        last_page_sent=last_page_sent,
        error_correction=corrected,
    )


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Result.T0_EXPIRED, 6018),
        (Result.CANNOT_TRAIN, 3230),
        (Result.TX_PHBDEAD, 3230),
        (Result.CALLDROPPED, 3223),
        (Result.TX_PHDDEAD, 3268),
        (Result.TX_BADPG, 3268),
        (Result.NORESSUPPORT, 3211),
        (Result.INCOMPATIBLE, 3211),
        (Result.OK, 3224),
        (999, 3224),
        (-1, 3224),
    ],
)
def test_results_of_the_engine_have_codes(result: int, code: int) -> None:
    assert code_of(ended(result)) == code


@pytest.mark.parametrize(
    ("result", "receives_fine", "refused"),
    [
        (Result.NORESSUPPORT, False, True),
        (Result.NORESSUPPORT, None, True),
        (Result.INCOMPATIBLE, False, True),
        (Result.INCOMPATIBLE, True, False),
        (Result.INCOMPATIBLE, None, False),
        (Result.CANNOT_TRAIN, False, False),
    ],
)
def test_a_receiver_without_fine_resolution_is_told_from_other_incompatible_ones(
    result: int, receives_fine: bool | None, refused: bool
) -> None:
    report = Report(answered="fax", result=result, receives_fine=receives_fine)
    assert outcome_of(report, first_page=1, pages=1).resolution_refused is refused


def test_every_code_has_words() -> None:
    assert set(CODES.values()) <= set(RESULTS)


@pytest.mark.parametrize("result", [Result.TX_PHDDEAD, Result.CALLDROPPED, Result.TX_T5EXP, 999])
def test_silence_after_the_last_page_is_an_unknown_outcome(result: int) -> None:
    assert code_of(ended(result, confirmed=2, last_page_sent=True)) == OUTCOME_UNKNOWN


def test_a_refusal_of_the_last_page_is_no_unknown_outcome() -> None:
    assert code_of(ended(Result.TX_BADPG, confirmed=2, last_page_sent=True)) == 3268


def test_sent_are_all_pages_and_no_fewer() -> None:
    assert code_of(ended(Result.OK, confirmed=3, last_page_sent=True)) == OK
    assert code_of(ended(Result.OK, confirmed=2)) == 3224
    assert code_of(ended(Result.OK, confirmed=2, last_page_sent=True), first_page=2) == OK


def test_pages_with_lost_rows_are_confirmed_only_up_to_the_first_one() -> None:
    lost = Report(answered="fax", result=0, confirmed=3, whole=1, last_page_sent=True, error_correction=False)
    outcome = outcome_of(lost, first_page=1, pages=3)
    assert (outcome.code, outcome.pages_confirmed) == (3268, 1)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("+81 3 1111 2222", "+81 3 1111 2222"),
        (" 0311112222\0\x1b[31m", "0311112222[31m"),
        ("\r\nBcc: x\x7f\x80é", "Bcc: x"),
        ("9" * 1000, "9" * 20),
        ("", ""),
    ],
)
def test_what_a_machine_calls_itself_is_short_and_printable(said: str, shown: str) -> None:
    assert printable(said) == shown
