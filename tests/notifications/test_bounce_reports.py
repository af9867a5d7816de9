"""What mails that came back say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.bounce_reports import LOOKED_INTO, Outcome, read
from notifications.mail_status import is_no_such_address, meaning_of, status_in
from tests.notifications.returned import TABLE, Returned, letter, report


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_a_mail_that_came_back_is_understood(case: Returned) -> None:
    bounce = read(case.raw)
    assert (bounce.outcome == Outcome.FAILED, bounce.status) == (bool(case.status), case.status)


def test_what_is_late_or_delivered_is_told_from_what_says_nothing() -> None:
    assert read(report("delayed", "4.4.1")).outcome == Outcome.DELAYED
    assert read(report("delivered", "2.0.0")).outcome == Outcome.DELIVERED
    assert read(letter("taro@example.jp", "Re: FAX", "Thank you\n")).outcome == Outcome.NO_REPORT


def test_the_address_a_report_names_is_not_read() -> None:
    other = report("failed", "5.1.1").replace(b"taro@example.jp", b"\xff\x00 president@example.com")
    assert read(other).status == "5.1.1"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600), st.integers(0, len(TABLE) - 1), st.integers(0, 2000))
def test_bytes_of_any_kind_anywhere_are_read_without_an_error(noise: bytes, number: int, where: int) -> None:
    raw = TABLE[number].raw
    read(raw[:where] + noise + raw[where:])


HOSTILE = {
    "delimiters": b"From: mailer-daemon@x\r\nContent-Type: multipart/report; boundary=b\r\n\r\n"
    + b"--b\r\n" * 200_000,
    "report headers": b"Content-Type: message/delivery-status\r\n" * 25_000,
    "empty groups": report("failed", "5.1.1", more="\r\nAction: failed\r\n" * 50_000),
    "one long field": report("failed", "5.0.0", "smtp; " + "user " * 200_000),
    "folded for ever": report("failed", "5.0.0", "smtp;" + "\r\n " * 250_000 + "end"),
    "blank lines": report("failed", "5.0.0", more="\r\n \t" * 200_000),
    "tags": letter("mailer-daemon@x", "undeliverable", "<a" * 400_000),
    "words that begin and do not end": letter(
        "mailer-daemon@x", "undeliverable", "user mailbox account " * 40_000
    ),
    "digits": letter("mailer-daemon@x", "undeliverable", "5.1." * 250_000),
    "dashes": letter("mailer-daemon@x", "undeliverable", "-" * 100_000),
    "multiparts in multiparts": b"From: mailer-daemon@x\r\n"
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 20_000,
    "subjects": b"Subject: =?utf-8?q?a?= " + b"=?utf-8?q?a?= " * 70_000 + b"\r\n\r\n",
    "a codec of their own": letter("mailer-daemon@x", "undeliverable", "a" * 100_000).replace(
        b"us-ascii", b"punycode"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_mail_of_a_megabyte_that_wants_to_be_slow_is_read_in_a_second(name: str) -> None:
    raw = HOSTILE[name][: 1024 * 1024]
    start = time.process_time()
    read(raw)
    assert time.process_time() - start < 1.0


def test_what_stands_behind_the_bound_is_not_read() -> None:
    assert read(b"Subject: x\r\n\r\n" + b"x" * LOOKED_INTO + b"\r\n" + report("failed", "5.1.1")).status == ""


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 unknown", "5.1.1"),
        ("(#5.1.1).", "5.1.1"),
        ("550-5.7.26 no", "5.7.26"),
        ("5.0.0 then 5.2.2", "5.2.2"),
        ("host 192.5.1.1 said", ""),
        ("version 1.5.1.1 and 5.1.1.9", ""),
        ("3.1.1", ""),
        ("5.1.1234", ""),
    ],
)
def test_a_status_is_found_among_other_numbers(text: str, status: str) -> None:
    assert status_in(text) == status


@pytest.mark.parametrize(
    ("status", "gone"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.1.2", True),
        ("5.1.8", False),
        ("5.2.2", False),
        ("4.1.1", False),
    ],
)
def test_only_some_failures_say_that_there_is_no_such_address(status: str, gone: bool) -> None:
    assert is_no_such_address(status) is gone


def test_every_failure_has_a_meaning() -> None:
    statuses = ["5.1.1", "5.2.2", "4.2.2", "5.2.1", "5.3.4", "5.7.1", "4.4.1", "5.4.4", "5.0.0", "5.6.0", ""]
    assert all(meaning_of(status) for status in statuses)
    assert meaning_of("5.2.2") != meaning_of("5.1.1") != meaning_of("5.0.0")
