"""What is logged comes out as one line an event, ours and that of libraries alike."""

from __future__ import annotations

import logging
import re
import subprocess
import sys

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured

from interfax_site.logs import LineFormatter, configure

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


def test_what_a_stranger_sends_neither_ends_the_line_nor_steers_a_terminal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hostile = "a\r\nlevel=error\x1b[2J\x85\u2028z"
    structlog.get_logger("ours").warning("refused", sender=hostile)
    logging.getLogger("library").warning("refused %s", hostile)
    for line in lines(caplog):
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        assert r"a\x0d\nlevel=error\x1b[2J\x85\u2028z" in line


def test_a_line_that_cannot_be_made_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    structlog.get_logger("ours").warning("call ended", **{"no key": 1})
    [line] = lines(caplog)
    assert re.fullmatch(rf'{STAMP} level=warning event="call ended" not_rendered=ValueError', line)


def test_what_is_no_level_is_said() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"LOG_LEVEL must be one of CRITICAL, .* not 'LOUD'"):
        configure("LOUD")


def test_a_worker_logs_what_the_settings_say() -> None:
    program = """
from interfax_site.celery import app
app.loader.init_worker()
app.log.setup(loglevel="WARNING")
import structlog
structlog.get_logger("ours").info("call ended", fax=7)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.endswith('level=info event="call ended" fax=7\n')


def test_what_is_below_the_level_is_not_made_into_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.get_logger("ours").debug("a detail")
    assert not caplog.records
