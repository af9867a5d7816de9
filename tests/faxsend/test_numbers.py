"""Fax numbers as people write them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from faxsend import numbers
from faxsend.numbers import display, parse_number
from notifications.refusals import InvalidNumber, Rejection

CHARACTERS = st.sampled_from("0123456789+-() ０／;\n\0年")
EXAMPLES = [
    number
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    for number in [
        phonenumbers.example_number(phonenumbers.region_code_for_country_code(code)),
        phonenumbers.example_number_for_non_geo_entity(code),
    ]
    if number is not None
]


def _like(example: phonenumbers.PhoneNumber, inserted: str, last: int) -> str:
    """A number of the example's country and length, written with ``inserted`` behind the country code."""
    national = phonenumbers.national_significant_number(example)
    return f"00{example.country_code}{inserted}{national[:-2]}{last:02}"


at_home = st.builds(
    "{}{}".format,
    st.sampled_from(["0", "0081", "+81", "01081", "00810"]),
    st.text("0123456789", min_size=9, max_size=10),
)
anywhere = st.one_of(
    st.builds(
        _like, st.sampled_from(EXAMPLES), st.sampled_from(["", "", "0", "1", "8", "06"]), st.integers(0, 99)
    ),
    at_home,
)


def accepted(text: str) -> str | None:
    try:
        return parse_number(text)
    except InvalidNumber:
        return None


@pytest.mark.parametrize(
    "written",
    [
        "03-1111-2222",
        "0311112222",
        "03 1111 2222",
        " 03-1111-2222 ",
        "(03)1111-2222",
        "0-3-1-1-1-1-2-2-2-2",
        "- 03 1111 2222",
        "+81 3 1111 2222",
        "+81-3-1111-2222",
        "0081-3-1111-2222",
        "010-81-3-1111-2222",
        "03(1111)2222",
        "(03) 1111-2222",
        "03\u00a01111\u00a02222",
        "+81(0)3-1111-2222",
        "+81 (0)3-1111-2222",
        "00 81 0 3 1111 2222",
        "(+81) 3-1111-2222",
        "( 0081 ) 3-1111-2222",
    ],
)
def test_one_number_has_one_form_however_it_is_written(written: str) -> None:
    assert parse_number(written) == "0081311112222"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("0081-03-1111-2222", "0081311112222"),
        ("+81 (0)3-1111-2222", "0081311112222"),
        ("0044-020-7946-0000", "00442079460000"),
        ("0049-(0)30-123456", "004930123456"),
        ("00886-02-1234-5678", "00886212345678"),
        ("+44 (0)20 7946 0000", "00442079460000"),
        ("+33 (0)1 23 45 67 89", "0033123456789"),
        ("+81 (0)120-123-456", "0081120123456"),
        ("+61 (02) 5550 1234", "0061255501234"),
    ],
)
def test_a_zero_left_in_front_of_the_area_code_is_dropped(written: str, canonical: str) -> None:
    """市外局番が"0"(ゼロ)から始まる場合は、"0"は省略します。"""
    assert parse_number(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("0039-06-1234567", "0039061234567"),
        ("+225 01 02 03 04 05", "002250102030405"),
        ("00378-0549-882914", "003780549882914"),
        ("+39 (06) 1234567", "0039061234567"),
        ("00 225 27 20 12 34 56", "002252720123456"),
        ("+242 06 612 3456", "00242066123456"),
    ],
)
def test_a_zero_that_belongs_to_the_number_stays(written: str, canonical: str) -> None:
    assert parse_number(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("001-212-555-0100", "0012125550100"),
        ("010-1-212-555-0100", "0012125550100"),
        ("0086-10-1234-5678", "00861012345678"),
        ("00290-22222", "0029022222"),
        ("00870-773-111-222", "00870773111222"),
    ],
)
def test_a_number_abroad_follows_its_country_code(written: str, canonical: str) -> None:
    """海外への送信の場合は、00+国番号+市外局番+番号を指定します。"""
    assert parse_number(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("0120-123-456", "0081120123456"),
        ("0800-123-4567", "00818001234567"),
        ("0570-000-000", "0081570000000"),
        ("050-1234-5678", "00815012345678"),
        ("0184-22-1234", "0081184221234"),
        ("0186-42-1234", "0081186421234"),
    ],
)
def test_freephone_navigation_ip_and_towns_whose_code_looks_like_a_service_are_dialled(
    written: str, canonical: str
) -> None:
    assert parse_number(written) == canonical


PREFIXES = [
    "",
    "184",
    "186-",
    "0081-",
    "+81",
    "010-81-",
    "0081-184-",
    "0081-0186-",
    "03-",
    "06-",
    "0184-",
    "+81 (0)3-",
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    "service", ["104", "110", "113", "115", "117", "118", "119", "171", "177", "188", "189", "0990-123-456"]
)
def test_emergency_service_and_premium_numbers_are_never_dialled(prefix: str, service: str) -> None:
    with pytest.raises(InvalidNumber):
        parse_number(prefix + service)


@pytest.mark.parametrize(
    "written",
    [
        "06-177",
        "0184-119",
        "0081-10-000-0000",
        "+81100000000",
        "0081-990-123456",
        "0044-999",
        "0049-112",
        "001-911",
    ],
)
def test_services_behind_an_area_or_country_code_are_never_dialled(written: str) -> None:
    with pytest.raises(InvalidNumber):
        parse_number(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0",
        "00",
        "+",
        "0081",
        "1111-2222",
        "3-1111-2222",
        "03-1111",
        "03-1111-222",
        "03-1111-2222-33",
        "00000311112222",
        "+0081-3-1111-2222",
        "03+11112222",
        "00379-06-1234567",
        "001-555-0100",
        "184-03-1111-2222",
        "０３−１１１１−２２２２",
        "03‐1111‐2222",
        "03.1111.2222",
        "03-1111-2222x5",
        "body",
        "list=members",
        "-" * 100_000 + "x",
    ],
)
def test_what_cannot_be_a_number_is_refused_with_what_was_written(written: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        parse_number(written)
    assert refusal.value.detail == written


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("00999-9999-0000", 0),
        ("00999-9999-3912", 3912),
        ("009999999 6017", 6017),
        ("00999-9999-206090", 206090),
    ],
)
def test_a_test_number_asks_for_its_result_code(written: str, code: int) -> None:
    assert numbers.result_asked_for(parse_number(written)) == code


@pytest.mark.parametrize("written", ["00999-9999-391", "00999-9999-39123", "00999-9999-3912345"])
def test_a_test_number_has_four_or_six_digits(written: str) -> None:
    assert accepted(written) is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("0081311112222", "81"),
        ("0012125550100", "1"),
        ("003580912345", "358"),
        ("00870773111222", "870"),
        ("0099999990000", ""),
        ("0099999993912", ""),
    ],
)
def test_a_canonical_number_tells_its_country_and_a_test_number_has_none(number: str, code: str) -> None:
    assert numbers.country_code(number) == code


@given(anywhere)
def test_every_number_that_is_dialled_has_a_country(text: str) -> None:
    number = accepted(text)
    assume(number is not None)
    assert number is not None
    assert phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(numbers.country_code(number)))
    assert number.startswith("00" + numbers.country_code(number))


def test_a_number_to_dial_asks_for_no_result_code() -> None:
    assert numbers.result_asked_for("0081311112222") is None


@pytest.mark.parametrize(
    ("canonical", "shown"),
    [
        ("0081311112222", "03-1111-2222"),
        ("0081120123456", "0120-123-456"),
        ("00814903661490", "04903661490"),
        ("0012125550100", "+1 212-555-0100"),
        ("00687066742", "+687 06-67-42"),
        ("0099999990000", "00999-9999-0000"),
        ("00", "00"),
    ],
)
def test_a_number_is_shown_as_its_customer_writes_it(canonical: str, shown: str) -> None:
    assert display(canonical) == shown


@given(anywhere)
def test_what_is_shown_can_be_written_into_a_mail(text: str) -> None:
    number = accepted(text)
    assume(number is not None)
    assert number is not None
    assert parse_number(display(number)) == number


@given(anywhere)
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    number = accepted(text)
    assume(number is not None)
    assert number is not None
    assert parse_number(number) == number
    assert number.isdecimal() and number.startswith("00") and len(number) <= numbers.MAX_DIGITS


@given(anywhere, st.data())
def test_hyphens_and_blanks_change_nothing(text: str, data: st.DataObject) -> None:
    fillers = data.draw(st.lists(st.sampled_from(["", "-", " "]), min_size=len(text), max_size=len(text)))
    assert accepted("".join(map("".join, zip(text, fillers, strict=True)))) == accepted(text)


@given(st.one_of(st.text(), st.text(CHARACTERS)))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    try:
        parse_number(text)
    except Rejection as refusal:
        assert type(refusal) is InvalidNumber
