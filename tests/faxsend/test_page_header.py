"""The words of the header line."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.page_header import filled, in_one_line

MORNING = datetime(2026, 11, 30, 0, 5, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo"))
DATE = "2026/11/30 09:05  "


def line(written: str) -> str:
    return filled(written, at=MORNING, to="03-1111-2222", sender="株式会社テスト", pages=3)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("{From} → {To}", "株式会社テスト → 03-1111-2222"),
        ("To: {To} From: {From} Pages: {TotalPages}", "To: 03-1111-2222 From: 株式会社テスト Pages: 3"),
        ("{to}{TO}{totalpages}", "03-1111-222203-1111-22223"),
        ("経理部", "経理部"),
    ],
)
def test_placeholders_are_filled_in(written: str, wanted: str) -> None:
    assert line(written) == DATE + wanted


@pytest.mark.parametrize(
    "written", ["{Page}", "{}", "{To", "To}", "{ To }", "{To.real}", "{0}", "%(To)s", "{{}}"]
)
def test_other_braces_stay_as_they_are_written(written: str) -> None:
    assert line(written) == DATE + written


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert (
        filled("{From}", at=MORNING, to="1", sender="{To}{TotalPages}", pages=3) == DATE + "{To}{TotalPages}"
    )


def test_it_is_one_line_of_what_can_be_seen() -> None:
    assert line("a\r\nb\tc\u2028d\0e\u202ef\u200bg\u3000 h\ud800\ue000") == DATE + "a b c defg h"


@given(st.text())
def test_any_text_becomes_one_line(written: str) -> None:
    shown = in_one_line(written)
    assert shown == in_one_line(shown)
    assert len(shown.splitlines()) <= 1
