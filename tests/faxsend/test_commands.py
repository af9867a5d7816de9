"""Destinations in the subject and in the address (user guide, chapter 14, 1-2, the first way)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.commands import Instructions, read_commands
from faxsend.mail import Mail
from faxsend.numbers import display
from faxsend.options import Options
from faxsend.targets import Target, ToNumber
from notifications.refusals import (
    BadOption,
    FullWidthCharacters,
    InvalidNumber,
    ListInSubject,
    MixedAddressing,
    NoRecipientsFound,
    Rejection,
    TooManyRecipients,
    UnknownList,
)

TOKYO, OSAKA = "0081311112222", "0081611112222"

fragments = st.sampled_from(
    [
        "/fax=",
        "/FAX=",
        "list=a",
        "body",
        "03-1111-2222",
        "03 1111 2222",
        "+81",
        "0049 30 1",
        ";",
        "; ",
        " ",
        "\u3000",
        "見積",
        "／",
        "/b",
        "/h ",
        "/d 2026-12-01 09:00",
        "/rt 3",
        "2024",
        "-",
    ]
)


def read(subject: str, *addressed: str) -> Instructions:
    return read_commands(Mail("taro@example.jp", "", subject, "", "", ()), addressed)


def to(*numbers: str) -> tuple[Target, ...]:
    return tuple(map(ToNumber, numbers))


@pytest.mark.parametrize(
    ("subject", "remaining"),
    [
        ("/fax=03-1111-2222", ""),
        ("/FAX=03-1111-2222", ""),
        ("Re: /fax=03-1111-2222", "Re:"),
        ("/fax=03-1111-2222 御見積書", "御見積書"),
        ("/fax=03-1111-2222\u3000御見積書", "御見積書"),
        ("至急 /fax=03-1111-2222 御見積書", "至急 御見積書"),
        ("/fax= 03-1111-2222", ""),
        ("/fax=03-1111-2222;", ""),
        ("/fax=03-1111-2222 ; ", ""),
        ("/fax=;03-1111-2222", ""),
        ("/fax=03-1111-2222; 御見積書", "御見積書"),
        ("/fax=03-1111-2222; /b", ""),
        ("/fax=03-1111-2222 御見積;副題 06", "御見積;副題 06"),
        ("/fax=03-1111-2222 A/Bテスト 2024/05/01", "A/Bテスト 2024/05/01"),
        ("/fax=03-1111-2222 (1/2)", "(1/2)"),
    ],
)
def test_the_subject_names_a_number_and_keeps_the_rest(subject: str, remaining: str) -> None:
    instructions = read(subject)
    assert (instructions.targets, instructions.subject) == (to(TOKYO), remaining)


@pytest.mark.parametrize(
    ("subject", "remaining"),
    [
        ("/fax=03 1111 2222", ""),
        ("/fax=+81 3 1111 2222 注文書", "注文書"),
        ("/fax=03-1111-2222 2024 見積", "2024 見積"),
        ("/fax=03 1111 2222 2024 見積", "2024 見積"),
        ("/fax=03 1111 2222 2024年", "2024年"),
    ],
)
def test_blanks_within_a_number_are_told_from_digits_behind_it(subject: str, remaining: str) -> None:
    instructions = read(subject)
    assert (instructions.targets, instructions.subject) == (to(TOKYO), remaining)


def test_a_number_abroad_with_blanks_is_read_to_its_end() -> None:
    assert read("/fax=+49 30 1234567 Angebot").targets == to("0049301234567")


@pytest.mark.parametrize(
    "subject",
    [
        "/fax=03-1111-2222;06-1111-2222",
        "/fax=03-1111-2222; 06-1111-2222",
        "/fax=03-1111-2222 ;06-1111-2222",
        "/fax=03-1111-2222;;06-1111-2222;",
        "/fax=03 1111 2222 ; 06 1111 2222",
        "/fax=03-1111-2222 /fax=06-1111-2222",
    ],
)
def test_several_numbers_stand_in_the_order_of_the_mail(subject: str) -> None:
    """送信先FAX番号を半角セミコロン(;)で区切ります。"""
    instructions = read(subject)
    assert (instructions.targets, instructions.subject) == (to(TOKYO, OSAKA), "")


def test_a_number_is_named_as_often_as_it_stands_there_in_whatever_spelling() -> None:
    instructions = read("/fax=03-1111-2222;+81 3 1111 2222;06-1111-2222;0081-3-1111-2222")
    assert instructions.targets == to(TOKYO, TOKYO, OSAKA, TOKYO)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "御見積書",
        "/fax=",
        "/fax=;",
        "/fax= 御見積書",
        "/fax 03-1111-2222",
        "http://example.jp/fax=03-1111-2222",
        "/fax=03-1111-2222 /fax=",
    ],
)
def test_a_subject_without_command_and_number_names_nobody(subject: str) -> None:
    with pytest.raises(NoRecipientsFound):
        read(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "／ｆａｘ＝０３−１１１１−２２２２",
        "／fax=03-1111-2222",
        "/fax＝03-1111-2222",
        "/ＦＡＸ=03-1111-2222",
        "至急　／fax=body",
    ],
)
def test_a_command_in_full_width_is_answered_as_such(subject: str) -> None:
    """全て、半角英数字でご指定ください。"""
    with pytest.raises(FullWidthCharacters):
        read(subject)


@pytest.mark.parametrize(
    ("subject", "position", "detail"),
    [
        ("/fax=０３−１１１１−２２２２", 1, "０３−１１１１−２２２２"),
        ("/fax=03ー1111ー2222", 1, "03ー1111ー2222"),
        ("/fax=（03）1111-2222", 1, "（03）1111-2222"),
        ("/fax=03-1111-2222；06-1111-2222", 1, "03-1111-2222；06-1111-2222"),
        ("/fax=03-1111-2222; ０６１１１１２２２２", 2, "０６１１１１２２２２"),
        ("/fax=list＝members", 1, "list＝members"),
    ],
)
def test_a_destination_in_full_width_is_answered_as_such_by_its_position(
    subject: str, position: int, detail: str
) -> None:
    with pytest.raises(FullWidthCharacters) as refusal:
        read(subject)
    assert (refusal.value.position, refusal.value.detail) == (position, detail)


@pytest.mark.parametrize(
    ("subject", "position", "detail"),
    [
        ("/fax=03-1111-2222,06-1111-2222", 1, "03-1111-2222,06-1111-2222"),
        ("/fax=03-1111-2222;119", 2, "119"),
        ("/fax=03-1111-2222;御見積書", 2, "御見積書"),
        ("/fax=03-1111-2222; O6-1111-2222", 2, "O6-1111-2222"),
        ("/fax=03-1111-2222; 御見積書; 06-1111-2222", 2, "御見積書"),
        ("/fax=03-1111-2222 2024;06-1111-2222", 1, "03-1111-2222 2024"),
        ("/fax=03-1111-2222 /fax=06-1111", 2, "06-1111"),
    ],
)
def test_a_mistyped_destination_is_refused_by_its_position(subject: str, position: int, detail: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        read(subject)
    assert (refusal.value.position, refusal.value.detail) == (position, detail)


@pytest.mark.parametrize(
    ("subject", "position"),
    [
        ("/fax=list=members", 1),
        ("/fax=LIST=members;03-1111-2222", 1),
        ("/fax= list=members", 1),
        ("/fax=03-1111-2222;list=members", 2),
        ("/fax=03-1111-2222; list=members", 2),
    ],
)
def test_a_list_in_the_subject_is_refused_with_a_pointer_to_the_body(subject: str, position: int) -> None:
    """リストの宛先へ送信することもできます。詳細は次項「InterFAXによるメール暗号化送信の方法(2)」をご参照ください。"""
    with pytest.raises(ListInSubject) as refusal:
        read(subject)
    assert refusal.value.position == position


def numbers(count: int) -> list[str]:
    return [f"03-1111-{last:04}" for last in range(count)]


def test_a_hundred_numbers_in_the_subject_are_read_to_the_last() -> None:
    """一度のメール送信では最大100件までの送信先を指定することができます。"""
    assert len(read("/fax=" + ";".join(numbers(100))).targets) == 100


def test_a_hundred_and_one_numbers_in_the_subject_are_too_many() -> None:
    with pytest.raises(TooManyRecipients):
        read("/fax=" + ";".join(numbers(101)))


def test_numbers_are_counted_as_written() -> None:
    with pytest.raises(TooManyRecipients):
        read("/fax=" + ";".join(["03-1111-2222"] * 101))


def test_the_first_number_may_end_at_the_sixtieth_character() -> None:
    subject = "見" * 42 + " /fax=03-1111-2222"
    assert len(subject) == 60
    assert read(subject + ";06-1111-2222").targets == to(TOKYO, OSAKA)


@pytest.mark.parametrize("number", ["03-1111-2222", "03 1111 2222", "mistyped"])
def test_a_first_number_beyond_the_sixtieth_character_is_not_seen(number: str) -> None:
    with pytest.raises(NoRecipientsFound):
        read("見" * (61 - len(" /fax=") - len(number)) + " /fax=" + number)


def test_a_second_command_beyond_the_sixtieth_character_is_not_dropped_in_silence() -> None:
    with pytest.raises(NoRecipientsFound):
        read("/fax=03-1111-2222 " + "見" * 40 + " /fax=06-1111-2222")


def test_addresses_name_numbers_and_the_subject_stays_whole() -> None:
    instructions = read("御見積 2024/05/01", "03-1111-2222", "0611112222", "+81311112222")
    assert instructions.targets == to(TOKYO, OSAKA, TOKYO)
    assert instructions.subject == "御見積 2024/05/01"


def test_five_hundred_numbers_come_by_address_and_no_more() -> None:
    assert len(read("", *numbers(500)).targets) == 500
    with pytest.raises(TooManyRecipients):
        read("", *numbers(501))


def test_an_address_that_is_no_number_is_refused_by_its_position() -> None:
    with pytest.raises(InvalidNumber) as refusal:
        read("", "03-1111-2222", "119")
    assert (refusal.value.position, refusal.value.detail) == (2, "119")


@pytest.mark.parametrize("subject", ["/fax=03-1111-2222", "Re: /FAX="])
def test_numbers_in_subject_and_address_are_refused(subject: str) -> None:
    with pytest.raises(MixedAddressing):
        read(subject, "0311112222")


def test_a_very_long_subject_is_read_at_once() -> None:
    for subject in ("/fax= " * 40_000, "/fax=" + "1 " * 100_000, "/fax=" + "-" * 200_000 + "x"):
        with pytest.raises(NoRecipientsFound):
            read(subject)


@given(st.one_of(st.text(), st.lists(fragments).map("".join)), st.lists(st.text(max_size=20), max_size=3))
def test_no_text_raises_anything_but_a_refusal(subject: str, addressed: list[str]) -> None:
    try:
        instructions = read(subject, *addressed)
    except Rejection as refusal:
        assert isinstance(
            refusal,
            BadOption
            | FullWidthCharacters
            | InvalidNumber
            | ListInSubject
            | MixedAddressing
            | NoRecipientsFound
            | TooManyRecipients
            | UnknownList,
        )
    else:
        assert instructions.targets
        assert instructions.subject in subject or "/" in subject


@given(st.lists(fragments, max_size=6).map("".join))
def test_every_digit_of_a_subject_is_dialled_shown_or_refused(text: str) -> None:
    """Nothing that might have been a destination disappears."""
    subject = "/fax=03-1111-2222;" + text
    try:
        instructions = read(subject)
    except Rejection:
        return
    assert len(instructions.targets) + instructions.subject.count("03-1111-2222") >= subject.count(
        "03-1111-2222"
    )


@pytest.mark.parametrize(
    "subject",
    [
        "/fax=03-1111-2222 03-3333-4444",
        "/fax=03-1111-2222 見積;03-3333-4444",
        "/fax=03-1111-2222 A; 03-3333-4444",
    ],
)
def test_a_number_behind_the_last_destination_does_not_become_text(subject: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        read(subject)
    assert (refusal.value.position, refusal.value.detail) == (2, "03-3333-4444")


def test_a_subject_is_not_read_beyond_what_it_may_hold() -> None:
    with pytest.raises(TooManyRecipients):
        read("/fax=" + "03-1111-2222;" * 80_000)
    with pytest.raises(NoRecipientsFound):
        read("/fax=03-1111-2222 見積書 " * 50_000)


to_dial = st.one_of(
    st.integers(0, 99_999_999).map(lambda last: f"00813{last:08}"),
    st.integers(2_000_000, 9_999_999).map(lambda last: f"001212{last}"),
    st.integers(0, 9999).map(lambda code: f"009999999{code:04}"),
)


@given(
    st.lists(to_dial, min_size=1, max_size=100),
    st.sampled_from([";", "; ", " ; ", ";;"]),
    st.sampled_from(["", " 見積書", " 見積書 2024/05/01", "; A/Bテスト"]),
    st.sampled_from(
        [("", Options()), ("/rt 3 ", Options(max_attempts=3)), ("/hn ", Options(page_header=""))]
    ),
)
def test_what_is_written_as_it_is_shown_is_what_is_read(
    numbers: list[str], separator: str, text: str, option: tuple[str, Options]
) -> None:
    written, options = option
    subject = f"{written}/fax=" + separator.join(map(display, numbers)) + text
    assert read(subject) == Instructions(to(*numbers), None, text.strip("; "), "", options=options)
