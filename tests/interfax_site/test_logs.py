"""What is logged comes out as one line an event, ours and that of libraries alike."""

from __future__ import annotations

import logging
import re

import pytest
import structlog

from interfax_site.logs import LineFormatter

STAMP = r"timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    formatter = LineFormatter()
    return [formatter.format(record) for record in caplog.records]


def test_an_event_of_ours_and_one_of_a_library_look_alike(caplog: pytest.LogCaptureFixture) -> None:
    structlog.get_logger("ours").warning("100 % full", fax=7, reason="no space")
    logging.getLogger("library").warning("%d %% full", 100)
    ours, library = lines(caplog)
    assert re.fullmatch(rf'{STAMP} level=warning event="100 % full" fax=7 reason="no space"', ours)
    assert re.fullmatch(rf'{STAMP} level=warning event="100 % full"', library)


def test_an_exception_is_told_with_its_way_there_on_the_same_line(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("odd")
    except ValueError:
        structlog.get_logger("ours").exception("call failed")
    [line] = lines(caplog)
    assert "level=error" in line and "ValueError: odd" in line and "\n" not in line


def test_what_is_below_the_level_is_not_made_into_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.get_logger("ours").debug("a detail")
    assert not caplog.records
