"""How the site says a result and a length of time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from faxsend.history import Shown
from faxsend.templatetags.faxes import minutes_and_seconds
from faxsend.wording import LABELS, result_text


def test_every_state_that_is_shown_has_a_word() -> None:
    assert set(LABELS) == set(Shown)


@pytest.mark.parametrize(
    ("code", "text"), [(None, ""), (0, ""), (6017, "6017-Busy"), (4711, "4711-Transmission error")]
)
def test_a_result_is_its_code_and_a_sentence(code: int | None, text: str) -> None:
    with translation.override("en"):
        assert result_text(code) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (5, "0:05"), (65.4, "1:05"), (59.6, "1:00"), (3600, "60:00")]
)
def test_a_length_of_time_is_minutes_and_seconds(seconds: float, text: str) -> None:
    assert minutes_and_seconds(timedelta(seconds=seconds)) == text


def test_no_length_of_time_is_nothing() -> None:
    assert minutes_and_seconds(None) == ""
