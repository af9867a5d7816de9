"""Options in the subject: what they say, what is text, and what is refused (user guide)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.commands import read_commands
from faxsend.mail import Mail
from faxsend.options import (
    ATTEMPTS,
    FONT_POINTS,
    HEADER_LENGTH,
    RETRY_MINUTES,
    SUBJECT_COMMANDS,
    BodyUse,
    Options,
    Piece,
    take_options,
)
from faxsend.rendering.pages import Resolution
from notifications.refusals import BadOption, FullWidthCharacters, OptionTooLate, Rejection


def taken(subject: str) -> tuple[Options, str]:
    return take_options([Piece(0, subject)])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/b", {"body_use": BodyUse.BODY_AND_ATTACHMENTS}),
        ("/bn", {"body_use": BodyUse.ATTACHMENTS_ONLY}),
        ("/bb", {"body_use": BodyUse.BODY_ONLY}),
        ("/BB", {"body_use": BodyUse.BODY_ONLY}),
        ("/h 株式会社さくら  {To} {TotalPages}", {"page_header": "株式会社さくら  {To} {TotalPages}"}),
        ("/hn", {"page_header": ""}),
        ("/d 2026-12-01 09:00", {"send_at": datetime(2026, 12, 1, 9)}),
        ("/d 2026-1-5  9:05", {"send_at": datetime(2026, 1, 5, 9, 5)}),
        ("/d2026-12-01 09:00", {"send_at": datetime(2026, 12, 1, 9)}),
        ("/rs", {"resolution": Resolution.STANDARD}),
        ("/rf", {"resolution": Resolution.FINE}),
        ("/fontsize 10", {"font_size": 10}),
        ("/fontsize 4", {"font_size": 4}),
        ("/fontsize 72", {"font_size": 72}),
        ("/rt 1", {"max_attempts": 1}),
        ("/rt 6", {"max_attempts": 6}),
        ("/rt6", {"max_attempts": 6}),
        ("/ri 1", {"retry_interval": 1}),
        ("/ri\u300030", {"retry_interval": 30}),
    ],
)
def test_each_option_is_read(written: str, meant: dict[str, Any]) -> None:
    assert taken(written) == (Options(**meant), "")


def test_the_explanation_of_a_bad_option_says_what_it_could_be() -> None:
    for name, (lowest, highest) in {"/rt": ATTEMPTS, "/ri": RETRY_MINUTES, "/fontsize": FONT_POINTS}.items():
        assert f"{name} {lowest} to {highest}" in BadOption.explanation
    assert f"/h with up to {HEADER_LENGTH} characters" in BadOption.explanation
    assert set(SUBJECT_COMMANDS) <= set(re.findall(r"/[a-z]+", BadOption.explanation))


def test_options_stand_anywhere_in_the_text_and_are_taken_out_of_it() -> None:
    options, text = taken("御見積 /rt 3 第2版 /b 至急 /h さくら商事")
    assert options == Options(max_attempts=3, body_use=BodyUse.BODY_AND_ATTACHMENTS, page_header="さくら商事")
    assert text == "御見積 第2版 至急"


def test_the_text_of_a_header_ends_at_the_next_option() -> None:
    assert taken("/h さくら商事 営業部 /hx /rs 御見積") == (
        Options(page_header="さくら商事 営業部 /hx", resolution=Resolution.STANDARD),
        "御見積",
    )


def test_the_text_of_a_header_ends_at_the_destinations() -> None:
    mail = Mail("taro@example.jp", "", "/h さくら商事 /fax=03-1111-2222 御見積", "", "", ())
    instructions = read_commands(mail, ())
    assert (instructions.options.page_header, instructions.subject) == ("さくら商事", "御見積")


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "見積書 2024/05/01",
        "A/Bテスト",
        "A/b",
        "/n",
        "/ 見積",
        "//b",
        "/b/",
        "/bc 見積",
        "/b5 用紙",
        "/hello",
        "/f 4",
        "/home/taro",
        "（/b）",
        "見積／注文",
        "見積 ／ 注文",
        "／見積",
        "w/o /FAX",
    ],
)
def test_anything_else_with_a_slash_is_text(subject: str) -> None:
    assert taken(subject) == (Options(), subject)


@pytest.mark.parametrize(
    "subject", ["見積 ／ｂ", "/ｂ", "／rs", "／ｆｏｎｔｓｉｚｅ １２", "／ｄ 2026-12-01 09:00"]
)
def test_an_option_in_full_width_is_answered_as_such(subject: str) -> None:
    with pytest.raises(FullWidthCharacters):
        taken(subject)


@pytest.mark.parametrize(
    ("subject", "detail"),
    [
        ("/rt", "/rt"),
        ("/rt 0", "/rt 0"),
        ("/rt 7", "/rt 7"),
        ("/RT 7", "/rt 7"),
        ("/rt ３", "/rt ３"),
        ("/rt -1", "/rt -1"),
        ("/rt=3", "/rt =3"),
        ("/rt /b", "/rt"),
        ("/rt " + "9" * 50, "/rt " + "9" * 50),
        ("/ri 0", "/ri 0"),
        ("/ri 31", "/ri 31"),
        ("見積 /ri 三分", "/ri 三分"),
        ("/fontsize 3", "/fontsize 3"),
        ("/fontsize 73", "/fontsize 73"),
        ("/fontsize 10.5", "/fontsize 10.5"),
        ("/h", "/h"),
        ("/h /b", "/h"),
        ("/d", "/d"),
        ("/d 2026-12-01", "/d 2026-12-01"),
        ("/d 09:00 2026-12-01", "/d 09:00 2026-12-01"),
        ("/d 2026/12/01 09:00", "/d 2026/12/01 09:00"),
        ("/d 2026-02-30 09:00", "/d 2026-02-30 09:00"),
        ("/d 2026-12-01 24:00", "/d 2026-12-01 24:00"),
        ("/d 0000-12-01 09:00", "/d 0000-12-01 09:00"),
        ("/d 明日 /b", "/d 明日"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused_by_its_name(subject: str, detail: str) -> None:
    with pytest.raises(BadOption) as refusal:
        taken(subject)
    assert refusal.value.detail == detail
    name = detail.split()[0]
    assert refusal.value.diagnostic(encrypted=False) == f"Option not valid: {name}"
    assert refusal.value.diagnostic(encrypted=True) == "Option not valid"


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("/b /bn", "/bn"),
        ("/bb /b", "/b"),
        ("/rs 見積 /rf", "/rf"),
        ("/hn /h さくら", "/h"),
        ("/h さくら /hn", "/hn"),
        ("/rt 3 /rt 4", "/rt"),
        ("/d 2026-12-01 09:00 /d 2026-12-01 09:01", "/d"),
    ],
)
def test_options_that_contradict_each_other_are_refused(subject: str, named: str) -> None:
    with pytest.raises(BadOption) as refusal:
        taken(subject)
    assert refusal.value.detail.split()[0] == named


def test_the_same_option_twice_contradicts_nothing() -> None:
    assert taken("/rs /rs /rt 3 /rt 3")[0] == Options(resolution=Resolution.STANDARD, max_attempts=3)


@pytest.mark.parametrize("option", ["/b", "/rt 3", "/fontsize 12", "/d 2026-12-01 09:00"])
def test_an_option_may_end_at_the_sixtieth_character_and_not_behind_it(option: str) -> None:
    subject = "見" * (59 - len(option)) + " " + option
    assert len(subject) == 60
    assert taken(subject)[0] != Options()
    with pytest.raises(OptionTooLate) as refusal:
        taken("見" + subject)
    assert refusal.value.detail == option


def test_the_text_of_a_header_begins_within_sixty_characters_and_is_read_to_its_end() -> None:
    subject = "見" * 56 + " /h "
    assert len(subject) == 60
    with pytest.raises(OptionTooLate):
        taken(subject + "さくら商事")
    assert taken(subject[1:] + "さ" * 200)[0].page_header == "さ" * 200
    with pytest.raises(BadOption):
        taken(subject[1:] + "さ" * 201)


def test_an_option_behind_many_numbers_is_refused_and_not_ignored() -> None:
    numbers = ";".join(["03-1111-2222"] * 5)
    with pytest.raises(OptionTooLate):
        read_commands(Mail("taro@example.jp", "", f"/fax={numbers} /rs", "", "", ()), ())
    mail = Mail("taro@example.jp", "", f"/rs /fax={numbers}", "", "", ())
    assert read_commands(mail, ()).options.resolution is Resolution.STANDARD


@pytest.mark.parametrize(
    ("subject", "text", "addressed"),
    [
        ("/fax=03-1111-2222 /rt 2 見積", "前略", ()),
        ("/rt 2 見積 /fax=03-1111-2222", "前略", ()),
        ("/fax=03-1111-2222; /rt 2 見積", "前略", ()),
        ("/fax=body /rt 2 見積", "!*03-1111-2222*!", ()),
        ("/rt 2 見積", "前略", ("0311112222",)),
        ("見積 /rt 2", "前略", ("list=members",)),
    ],
)
def test_options_work_in_every_way_of_addressing(subject: str, text: str, addressed: tuple[str, ...]) -> None:
    instructions = read_commands(Mail("taro@example.jp", "", subject, "", text, ()), addressed)
    assert (instructions.options, instructions.subject) == (Options(max_attempts=2), "見積")


@pytest.mark.parametrize(
    "option", ["/rt !#password123", "/h !#password123 " + "x" * 200, "/fontsize password123"]
)
def test_no_detail_of_a_refused_option_has_the_password_in_it(option: str) -> None:
    mail = Mail("taro@example.jp", "", f"/fax=03-1111-2222 {option}", "", "!#password123\n前略", ())
    with pytest.raises(BadOption) as refusal:
        read_commands(mail, ())
    assert refusal.value.detail == option.split()[0]


names = st.sampled_from(sorted(SUBJECT_COMMANDS))
words = st.sampled_from(
    ["見積", "2026-12-01", "09:00", "12", "3", "/n", "A/B", "/", "／ｂ", "\u3000", "/rt5", "/d="]
)


@given(st.text() | st.lists(names | words).map(" ".join))
def test_no_text_raises_anything_but_a_refusal(subject: str) -> None:
    try:
        options, text = taken(subject)
    except Rejection as refusal:
        assert isinstance(refusal, BadOption | FullWidthCharacters)
    else:
        assert options != Options() or text == subject.strip("; \u3000")


@given(
    body_use=st.none() | st.sampled_from(BodyUse),
    resolution=st.none() | st.sampled_from(Resolution),
    font_size=st.none() | st.integers(4, 72),
    max_attempts=st.none() | st.integers(1, 6),
    page_header=st.none() | st.sampled_from(["", "さくら商事 {To}", "A/B 1/2"]),
    order=st.randoms(use_true_random=False),
)
def test_what_is_written_is_what_is_read(order: Any, **chosen: Any) -> None:
    flags = {
        BodyUse.BODY_AND_ATTACHMENTS: "/b",
        BodyUse.ATTACHMENTS_ONLY: "/bn",
        BodyUse.BODY_ONLY: "/bb",
        Resolution.STANDARD: "/rs",
        Resolution.FINE: "/rf",
        "": "/hn",
    }
    prefixes = {"font_size": "/fontsize", "max_attempts": "/rt", "page_header": "/h"}
    written = [
        flags[value] if value in flags else f"{prefixes[name]} {value}"
        for name, value in chosen.items()
        if value is not None
    ]
    order.shuffle(written)
    assert taken(" ".join(written)) == (Options(**chosen), "")


@pytest.mark.parametrize(
    "subject",
    ["/ " * 500_000, "／" * 1_000_000, "/rt" * 300_000, " /x" * 300_000, "/" + " " * 1_000_000 + "/"],
    ids=["slashes", "full-width", "one word", "words", "blanks"],
)
def test_a_hostile_subject_is_read_once(subject: str) -> None:
    assert taken(subject)[0] == Options()
