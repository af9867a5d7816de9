"""Mails that programs write by themselves, told from those of people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.automatic import is_automatic

SENDER = "taro@example.jp"


@pytest.mark.parametrize(
    "header",
    [
        "Subject: お見積書",
        "Subject: Re: certificate",
        "Subject: autobahn",
        "Auto-Submitted: no",
        "Auto-Submitted: NO (a person); x=y",
        "Precedence: first-class",
        "Return-Path: <taro@example.jp>",
        'Content-Type: multipart/mixed; boundary="report"',
        "X-Comment: Precedence: bulk",
    ],
)
def test_a_persons_mail_is_not_automatic(header: str) -> None:
    assert not is_automatic(f"{header}\r\n\r\nAuto-Submitted: auto-replied\r\n".encode(), sender=SENDER)


@pytest.mark.parametrize(
    "header",
    [
        "auto-submitted:\r\n auto-notified",
        "Auto-Submitted: no\r\nAuto-Submitted: auto-replied",
        "PRECEDENCE: JUNK",
        "List-Id: <list.example.jp>",
        "X-Failed-Recipients: a@example.jp",
        'Content-Type: Multipart/Report; report-type="disposition-notification"',
        "Subject: 【自動返信】お問い合わせありがとうございます",
        "Subject: =?utf-8?B?6Ieq5YuV5b+c562U?=: Re: x",
        "Subject: Out of Office: Re: x",
        "Subject: Undeliverable: x",
    ],
)
def test_what_says_in_any_way_that_it_is_automatic_is(header: str) -> None:
    assert is_automatic(f"From: {SENDER}\r\n{header}\r\n\r\nHello\r\n".encode(), sender=SENDER)


def test_the_null_sender_never_writes_by_hand() -> None:
    assert is_automatic(b"From: taro@example.jp\r\n\r\nHello\r\n", sender="")


@given(st.lists(st.sampled_from([b"Subject:", b"=?", b"utf-8", b"?B?", b"?=", b"(", b"\n ", b"\xff", b"Z"])))
def test_no_header_field_however_broken_is_an_error(pieces: list[bytes]) -> None:
    assert not is_automatic(b"Subject: " + b"".join(pieces) + b"\r\n\r\n", sender=SENDER)
