"""What people type to find a number by a part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.numbers import display, parse_number
from faxsend.partial_numbers import read_partial_number

TOKYO = "0081311112222"


def fits(typed: str, number: str) -> bool:
    partial = read_partial_number(typed)
    return bool(partial.inside and partial.inside in number) or number.startswith(partial.beginnings)


@pytest.mark.parametrize(
    "typed",
    [
        "03-1111",
        "03-1111-2222",
        "031111",
        "0",
        "1111-22",
        "2222",
        "0081-3",
        "0081-03-1111",
        "+81 3 1111",
        "+81 (0)3-1111",
        "010-81-3-1111",
        "０３−１１１１",
        "０３ー１１１１",
        " 03 1111 ",
        "(03)1111",
    ],
)
def test_a_number_is_found_by_any_part_of_it(typed: str) -> None:
    assert fits(typed, TOKYO)


@pytest.mark.parametrize("typed", ["03-1112", "+813111-9", "+3111", "06", "0081-6", "00813-2222"])
def test_another_number_is_not_found(typed: str) -> None:
    assert not fits(typed, TOKYO)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+1 212", "0012125550100"),
        ("001-212", "0012125550100"),
        ("010-1-212", "0012125550100"),
        ("00999-9999-3912", "0099999993912"),
        ("9999-39", "0099999993912"),
        ("090-1234", "00819012345678"),
    ],
)
def test_numbers_abroad_mobiles_and_test_numbers_are_found(typed: str, number: str) -> None:
    assert fits(typed, number)


@pytest.mark.parametrize(
    "typed", ["", " ", "abc", "-", "+", "%", "03%", "_3", "03*", "3\\", "1" * 21, "03\x00"]
)
def test_what_no_number_has_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no part of a number"):
        read_partial_number(typed)


@given(st.integers(min_value=10_000_000, max_value=99_999_999), st.integers(min_value=1, max_value=12))
def test_every_beginning_of_what_is_shown_finds_the_number(rest: int, length: int) -> None:
    number = parse_number(f"03{rest}")
    assert fits(display(number)[:length], number)
