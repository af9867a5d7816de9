"""Destinations and password in the first lines of the body (user guide, chapter 14, 1-2, the second way)."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.commands import Instructions, Place, read_commands
from faxsend.mail import Mail
from faxsend.targets import Target, ToList, ToNumber
from notifications.refusals import (
    FullWidthCharacters,
    InvalidNumber,
    MixedAddressing,
    NoRecipientsFound,
    PasswordWouldBeDrawn,
    Rejection,
    TooManyRecipients,
    UnknownList,
)

TOKYO, OSAKA = ToNumber("0081311112222"), ToNumber("0081611112222")
LETTER = "お見積書をお送りいたします。\n!*この行は宛先ではありません*!\n"


def read(text: str, *addressed: str, subject: str = "/fax=body") -> Instructions:
    return read_commands(Mail("taro@example.jp", "", subject, "", text, ()), addressed)


def test_example_1_of_a_number_in_the_body() -> None:
    """例1: 送付先のFAX番号が03-1111-2222の場合はメール本文の1行目は次の通りとなります。 !*03-1111-2222*!"""
    assert read("!*03-1111-2222*!\n" + LETTER) == Instructions((TOKYO,), None, "", LETTER, Place.BODY)


def test_example_2_of_a_number_behind_a_password() -> None:
    """例2: パスワードが、password123、送付先のFAX番号が03-1111-2222の場合はメール本文の1〜2行目は次の通りとなります。"""
    text = "!#password123\n!*03-1111-2222*!\n" + LETTER
    assert read(text) == Instructions((TOKYO,), "password123", "", LETTER, Place.BODY)


def test_example_1_of_a_list() -> None:
    """例1: 送付先のリスト名がmembersの場合はメール本文の1行目は次の通りとなります。 !*list=members*!"""
    assert read("!*list=members*!\n" + LETTER) == Instructions(
        (ToList("members"),), None, "", LETTER, Place.BODY
    )


def test_example_2_of_a_list_behind_a_password() -> None:
    """例2: パスワードが、password123、送付先のリスト名がmembersの場合はメール本文の1〜2行目は次の通りとなります。"""
    text = "!#password123\n!*list=members*!\n" + LETTER
    assert read(text) == Instructions((ToList("members"),), "password123", "", LETTER, Place.BODY)


@pytest.mark.parametrize(
    "line",
    [
        "!*list=A*!;!*list=B*!;!*03-1111-2222*!",
        "!*list=A*! ; !*list=B*! ;\u3000!*03-1111-2222*!;",
        "!* list=A *!;;!*LIST=B*!;!*03 1111 2222*!  ",
        "!*list=A*!;\n!*list=B*!; \n !*03-1111-2222*!",
        "!*list=A*!\n;!*list=B*!\n ; \n!*03-1111-2222*!;",
        "\n \n\u3000\n\ufeff!*list=A*!;!*list=B*!;!*03-1111-2222*!",
    ],
)
def test_lists_and_numbers_stand_together_however_the_line_came_through_the_mail(line: str) -> None:
    """「!*list=リスト名1*!;!*list=リスト名2*!;!*送信先FAX番号1*!」"""
    targets: tuple[Target, ...] = (ToList("A"), ToList("B"), TOKYO)
    assert read(f"{line}\n{LETTER}") == Instructions(targets, None, "", LETTER, Place.BODY)


def test_a_semicolon_at_the_end_does_not_take_the_letter_along() -> None:
    assert read("!*03-1111-2222*!;\n\n前略").text == "\n前略"
    assert read("!*03-1111-2222*!;\n前略;草々").text == "前略;草々"


def test_a_body_may_be_its_command_lines_alone() -> None:
    assert read("!#password123\n!*03-1111-2222*!") == Instructions(
        (TOKYO,), "password123", "", "", Place.BODY
    )


@pytest.mark.parametrize(
    ("subject", "remaining"),
    [
        ("/fax=body", ""),
        ("/fax=BODY", ""),
        ("/FAX=body;", ""),
        ("至急 /fax=body 見積書 2024/05/01", "至急 見積書 2024/05/01"),
        ("/fax=body 2024 見積", "2024 見積"),
        ("見" * 50 + " /fax=body", "見" * 50),
    ],
)
def test_the_subject_points_to_the_body_and_may_say_more(subject: str, remaining: str) -> None:
    """「/fax=body (全て、半角でご指定ください。)」"""
    instructions = read("!*03-1111-2222*!", subject=subject)
    assert (instructions.targets, instructions.subject) == ((TOKYO,), remaining)


def test_the_pointer_to_the_body_ends_within_sixty_characters() -> None:
    with pytest.raises(NoRecipientsFound):
        read("!*03-1111-2222*!", subject="見" * 51 + " /fax=body")


@pytest.mark.parametrize(
    "subject",
    [
        "/fax=body;03-1111-2222",
        "/fax=03-1111-2222;body",
        "/fax=03-1111-2222; body",
        "/fax=body /fax=0311112222",
    ],
)
def test_one_mail_names_its_destinations_in_one_place(subject: str) -> None:
    with pytest.raises(MixedAddressing):
        read("!*03-1111-2222*!", subject=subject)


def test_a_number_mailbox_and_a_body_with_destinations_are_refused() -> None:
    with pytest.raises(MixedAddressing):
        read("!*03-1111-2222*!", "0311112222")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "前略\n!*03-1111-2222*!",
        "03-1111-2222",
        "!#password123",
        "!#password123\n前略",
    ],
)
def test_a_first_line_without_half_width_marks_names_nobody(text: str) -> None:
    """「全て、半角英数字でご指定ください。」"""
    with pytest.raises(NoRecipientsFound):
        read(text)


@pytest.mark.parametrize(
    ("line", "position", "detail"),
    [
        ("！＊03-1111-2222＊！", 1, ""),
        ("！*03-1111-2222*！", 1, ""),
        ("!＊03-1111-2222＊!;", 1, ""),
        ("!*０３−１１１１−２２２２*!", 1, "０３−１１１１−２２２２"),
        ("!*03-1111-2222*!；!*06-1111-2222*!", 1, "!*03-1111-2222*!；!*06-1111-2222*!"),
        ("!*03-1111-2222*!;！＊06-1111-2222＊！", 2, "！＊06-1111-2222＊！"),
        ("!*list＝members*!", 1, "list＝members"),
        ("!*list=ｍｅｍｂｅｒｓ*!", 1, "ｍｅｍｂｅｒｓ"),
        ("!*03-1111-2222*!\n！*06-1111-2222*！", 2, ""),
    ],
)
def test_destinations_in_full_width_are_answered_as_such(line: str, position: int, detail: str) -> None:
    """「全て、半角英数字でご指定ください。」"""
    with pytest.raises(FullWidthCharacters) as refusal:
        read(f"{line}\nお見積書\n")
    assert (refusal.value.position, refusal.value.detail) == (position, detail)


@pytest.mark.parametrize("line", ["!＃password123", "！#password123", "！＃ｐａｓｓ", "!#ｐａｓｓｗｏｒｄ"])
def test_a_password_line_in_full_width_is_answered_as_such_and_kept_nowhere(line: str) -> None:
    with pytest.raises(FullWidthCharacters) as refusal:
        read(f"{line}\n前略", subject="/fax=03-1111-2222")
    assert (refusal.value.position, refusal.value.detail) == (None, "")


@pytest.mark.parametrize(
    ("line", "position", "detail"),
    [
        ("!*119*!", 1, "119"),
        ("!*03-1111-2222*!;06-1111-2222", 2, "06-1111-2222"),
        ("06-1111-2222;!*03-1111-2222*!", 1, "06-1111-2222"),
        ("!*03-1111-2222*!;!*06-1111-2222", 2, "!*06-1111-2222"),
        ("!*03-1111-2222*!,!*06-1111-2222*!", 1, "!*03-1111-2222*!,!*06-1111-2222*!"),
        ("!*03-1111-2222*! 前略", 1, "!*03-1111-2222*! 前略"),
        ("!*03-1111-2222;06-1111-2222*!", 1, "!*03-1111-2222"),
        ("FAX: !*03-1111-2222*!", 1, "FAX: !*03-1111-2222*!"),
        ("!*03-1111-2222*!;!**!", 2, ""),
        ("!*03-1111-2222*!\n!*06-1111-2222*!", 2, ""),
        ("!*03-1111-2222*!;\n\n!*06-1111-2222*!", 2, ""),
        ("!*03-1111-2222*!\n\n;!*06-1111-2222*!", 2, ""),
        ("!*03-1111-2222*!;\n06-1111-2222", 2, ""),
        ("!*" + "x" * 5000 + "*!", 1, "x" * 200),
    ],
)
def test_nothing_on_the_line_is_dropped_in_silence(line: str, position: int, detail: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        read(f"{line}\nお見積書\n")
    assert (refusal.value.position, refusal.value.detail) == (position, detail)


@pytest.mark.parametrize("name", ["会員", "mem bers", "", "a" * 51, "a.b"])
def test_a_name_that_no_list_can_have_is_refused_by_its_position(name: str) -> None:
    with pytest.raises(UnknownList) as refusal:
        read(f"!*03-1111-2222*!;!*list={name}*!")
    assert (refusal.value.position, refusal.value.detail) == (2, name)


@pytest.mark.parametrize("entry", ["!*03-1111-2222*!", "!*list=members*!"])
def test_a_hundred_entries_in_the_body_and_no_more(entry: str) -> None:
    """「一度のメール送信では最大100件までの送信先を指定することができます。」"""
    assert len(read(";".join([entry] * 100)).targets) == 100
    with pytest.raises(TooManyRecipients):
        read(";".join([entry] * 101))


@pytest.mark.parametrize(
    ("subject", "addressed", "place"),
    [("/fax=03-1111-2222 見積", (), Place.SUBJECT), ("見積", ("0311112222",), Place.ADDRESS)],
)
def test_the_password_line_is_taken_out_of_every_mail(
    subject: str, addressed: tuple[str, ...], place: Place
) -> None:
    instructions = read("\n\n!#password123 \n前略\n", *addressed, subject=subject)
    assert instructions == Instructions((TOKYO,), "password123", "見積", "前略\n", place)


@pytest.mark.parametrize(
    "line",
    ["!#pass word", "!#password123 !*03-1111-2222*!", "\n !# x", "!#", "!#" + "x" * 201],
)
def test_a_line_that_was_meant_as_a_password_is_never_drawn(line: str) -> None:
    with pytest.raises(PasswordWouldBeDrawn):
        read(f"{line}\n前略", subject="/fax=03-1111-2222")


@pytest.mark.parametrize(
    "text", ["前略\n!#password123\n", "!今日の予定\n", "#1 最初の件\n", "見積の件 !#password123", ""]
)
def test_a_text_without_a_password_line_stays_as_it_is(text: str) -> None:
    instructions = read(text, subject="/fax=03-1111-2222")
    assert (instructions.password, instructions.text) == (None, text)


def test_a_password_behind_the_destinations_is_not_drawn() -> None:
    with pytest.raises(PasswordWouldBeDrawn):
        read("!*03-1111-2222*!\n\n!#password123\n前略")


def test_what_is_printed_of_instructions_has_no_password() -> None:
    assert "password123" not in repr(read("!#password123\n!*03-1111-2222*!"))


@pytest.mark.parametrize(
    "text",
    [
        "!#password123\n!*password123*!",
        "!#password123\n!*list=pass.password123*!",
        "!#password123\n!*03-1111-2222*!;password123",
    ],
)
def test_no_detail_of_a_refusal_has_the_password_in_it(text: str) -> None:
    with pytest.raises((InvalidNumber, UnknownList)) as refusal:
        read(text)
    assert refusal.value.position is not None
    assert refusal.value.detail == ""


names = st.text("abcXYZ019_-", min_size=1, max_size=50).map(ToList)
numbers = st.integers(0, 99_999_999).map(lambda last: ToNumber(f"00813{last:08}"))
separators = st.sampled_from([";", " ; ", ";\n", "\n;", "; \n ", ";;"])


def written(target: Target) -> str:
    return f"list={target.name}" if isinstance(target, ToList) else target.number


@given(
    st.lists(names | numbers, min_size=1, max_size=100),
    st.text("aZ9!#*;/", min_size=1, max_size=200),
    st.data(),
)
def test_what_is_written_is_what_is_read(targets: list[Target], password: str, data: st.DataObject) -> None:
    line = f"!*{written(targets[0])}*!"
    for target in targets[1:]:
        line += data.draw(separators) + f"!*{written(target)}*!"
    expected = Instructions(tuple(targets), password, "", LETTER, Place.BODY)
    assert read(f"!#{password}\n{line}\n{LETTER}") == expected


pieces = st.sampled_from(
    ["!*", "*!", ";", "\n", " ", "\u3000", "!#", "list=", "a", "03-1111-2222", "見積", "\u2028"]
)


@given(st.text() | st.lists(pieces).map("".join))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    try:
        instructions = read(text)
    except Rejection as refusal:
        assert isinstance(
            refusal,
            FullWidthCharacters
            | InvalidNumber
            | NoRecipientsFound
            | PasswordWouldBeDrawn
            | TooManyRecipients
            | UnknownList,
        )
        assert "!#" not in refusal.detail
    else:
        assert instructions.targets and text.endswith(instructions.text)


@given(st.lists(pieces).map("".join))
def test_a_line_that_is_read_has_nothing_but_destinations(rest: str) -> None:
    """What is taken out of the text is exactly what was understood."""
    text = "!*03-1111-2222*!" + rest
    try:
        instructions = read(text)
    except Rejection:
        return
    taken = text[: len(text) - len(instructions.text)]
    assert taken.count("!*") == taken.count("*!") == len(instructions.targets)
    assert not taken.replace("list=", "").replace("03-1111-2222", "").strip("!*;a \u3000\u2028\n")


@pytest.mark.parametrize(
    "text",
    [
        "!*" * 500_000,
        ";" * 1_000_000,
        "!*1*!" + ";\n" * 500_000,
        "!*1*!;\n" + " " * 1_000_000,
        "!#" * 500_000 + " x",
    ],
    ids=["marks", "semicolons", "wrapped", "blanks", "password"],
)
def test_a_hostile_body_is_read_at_once(text: str) -> None:
    with pytest.raises(Rejection):
        read(text)


def test_a_body_of_far_too_many_destinations_is_not_taken_apart() -> None:
    text = "!*1*!;" * 200_000
    tracemalloc.start()
    try:
        with pytest.raises(TooManyRecipients):
            read(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(text)
