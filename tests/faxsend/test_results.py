"""Result codes and whether to call again."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st

from faxsend.results import (
    CANCELED,
    INTERNAL_ERROR,
    OK,
    OUTCOME_UNKNOWN,
    RESULTS,
    Retry,
    result_of,
    retry_makes_sense,
)

# The user guide's list of codes, cause by cause.
GUIDE = {
    ("Preparing", Retry.NO): "-1 -11",
    ("Ready", Retry.NO): "-2",
    ("Being sent, or waiting for the next attempt", Retry.NO): "-3",
    ("OK", Retry.NO): "0",
    ("On hold: the credit limit is reached", Retry.NO): "-22",
    ("Busy", Retry.YES): "6017 263 3931 3933 8025 3937",
    ("No answer", Retry.YES): "6018 3935 8021",
    ("A person answered", Retry.NO): "3936",
    ("Fax number is not in service", Retry.NO): "3912 3932 3938 3921 6001 6027 6028",
    ("Fax number has changed", Retry.NO): "6022",
    ("Communication error", Retry.YES): "3224",
    ("Disconnected", Retry.YES): "3223",
    ("Disconnected in negotiation", Retry.YES): "3230",
    ("Error after a page", Retry.YES): "3268",
    ("Remote side hung up before receiving", Retry.YES): "8010",
    ("The machines do not understand each other", Retry.ONCE): "3211 3220 3225 3231 3233 3264 3267 3269",
    ("Destination cannot receive faxes", Retry.NO): "6088 6095 6097 6099 6100",
    ("No route to the destination", Retry.YES): "6002",
    ("Call rejected", Retry.NO): "6021 6029",
    ("Telephone network error", Retry.YES): (
        "2 12 3072 3080 3300 3510 3830 6003 6004 6016 6019 6031 6034 6038 6041 6042 6043 6044 6047 6050 6054"
        " 6057 6058 6063 6065 6069 6079 6102 6111 6127 7004 7012 7013 7200"
    ),
    ("Call cut after minutes without a page", Retry.YES): "1 256",
    ("Canceled", Retry.NO): "403",
    ("The document could not be drawn", Retry.NO): "204000 204001",
    ("Over the credit limit", Retry.NO): "205000",
    ("Internal error", Retry.NO): "205001 206001",
    ("The outcome of the call is unknown", Retry.NO): "206090",
}
ROWS = [(int(code), text, retry) for (text, retry), codes in GUIDE.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "text", "retry"), ROWS)
def test_a_code_says_what_the_guide_says(code: int, text: str, retry: Retry) -> None:
    result = result_of(code)
    assert (result.text, result.retry) == (text, retry)


def test_the_table_has_the_codes_of_the_guide_and_no_other() -> None:
    assert sorted(RESULTS) == sorted(code for code, _, _ in ROWS)


def test_the_codes_with_a_name_stand_in_the_table() -> None:
    texts = [result_of(code).text for code in (OK, CANCELED, OUTCOME_UNKNOWN, INTERNAL_ERROR)]
    assert texts == ["OK", "Canceled", "The outcome of the call is unknown", "Internal error"]


@pytest.mark.parametrize("code", [-4, 3, 9999, 999999])
def test_an_unknown_code_is_a_final_error(code: int) -> None:
    result = result_of(code)
    assert (result.text, result.retry) == ("Transmission error", Retry.NO)


@pytest.mark.parametrize("code", [code for code in RESULTS if code > 0] + [4711])
def test_every_error_says_what_the_customer_can_do_in_both_languages(code: int) -> None:
    remedy = result_of(code).remedy
    with translation.override("ja"):
        japanese = gettext(remedy)
    assert remedy.endswith(".") and remedy.isascii()
    assert japanese.endswith("。") and japanese != remedy


def test_success_and_what_is_under_way_ask_nothing_of_the_customer() -> None:
    assert {code for code, result in RESULTS.items() if not result.remedy} == {OK, -1, -2, -3, -11}


def test_nobody_is_told_to_repeat_what_may_have_arrived_without_asking() -> None:
    assert "ask the receiver before you send" in result_of(OUTCOME_UNKNOWN).remedy


@pytest.mark.parametrize(("attempts_made", "again"), [(1, True), (3, True), (4, False), (5, False)])
def test_a_busy_number_is_called_again_up_to_the_last_attempt(attempts_made: int, again: bool) -> None:
    assert retry_makes_sense([6017] * attempts_made, attempts_made=attempts_made, max_attempts=4) is again


@pytest.mark.parametrize(
    ("attempts_made", "max_attempts", "again"), [(1, 4, True), (2, 4, False), (1, 1, False)]
)
def test_an_incompatible_machine_is_called_once_more(
    attempts_made: int, max_attempts: int, again: bool
) -> None:
    codes = [3211] * attempts_made
    assert retry_makes_sense(codes, attempts_made=attempts_made, max_attempts=max_attempts) is again


@pytest.mark.parametrize(
    ("codes", "again"), [([6017, 3211], True), ([3231, 6017, 3211], False), ([3211, 6017], True)]
)
def test_the_second_chance_of_an_incompatible_machine_is_not_used_up_by_other_results(
    codes: list[int], again: bool
) -> None:
    assert retry_makes_sense(codes, attempts_made=len(codes), max_attempts=6) is again


@pytest.mark.parametrize("code", [OK, CANCELED, OUTCOME_UNKNOWN, INTERNAL_ERROR, 3912, 3936, 205000, 4711])
def test_a_hopeless_or_uncertain_call_is_never_repeated(code: int) -> None:
    assert not retry_makes_sense([code], attempts_made=1, max_attempts=6)


@given(st.sampled_from(sorted(RESULTS)), st.integers(1, 10), st.integers(1, 6))
def test_there_are_never_more_calls_than_allowed(code: int, attempts_made: int, max_attempts: int) -> None:
    codes = [code] * attempts_made
    again = retry_makes_sense(codes, attempts_made=attempts_made, max_attempts=max_attempts)
    assert not (again and attempts_made >= max_attempts)
