"""Beat when the clock of the machine is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from celery.beat import ScheduleEntry

from interfax_site.beating import Scheduler
from interfax_site.celery import app

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SWEEP = "sweep-transmit-1"


def scheduler(directory: Path) -> Scheduler:
    return Scheduler(app=app, schedule_filename=str(directory / "schedule"))


def turn(beat: Scheduler) -> float:
    """Until it wants to sleep; for how many seconds."""
    while (pause := beat.tick()) <= 0:
        pass
    return pause


def test_sweeps_go_on_when_the_clock_has_been_set_back(tmp_path: Path) -> None:
    beat = scheduler(tmp_path)
    with time_machine.travel(NOON, tick=False) as clock:
        turn(beat)
        clock.shift(timedelta(seconds=3))
        turn(beat)
        runs = beat.schedule[SWEEP].total_run_count
        assert runs > 0
        clock.shift(timedelta(hours=-1))
        assert turn(beat) <= 2
        clock.shift(timedelta(seconds=3))
        turn(beat)
        assert beat.schedule[SWEEP].total_run_count == runs + 1


def test_sweeps_go_on_when_the_clock_is_set_back_while_beat_reckons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = scheduler(tmp_path)
    with time_machine.travel(NOON, tick=False) as clock:
        turn(beat)
        clock.shift(timedelta(seconds=3))
        is_due, back = beat.is_due, [timedelta(hours=-1)]

        def is_due_by_another_clock(entry: ScheduleEntry) -> tuple[bool, float]:
            if back:
                clock.shift(back.pop())
            return is_due(entry)

        monkeypatch.setattr(beat, "is_due", is_due_by_another_clock)
        pause = turn(beat)
        assert not back and pause <= 2
        runs = beat.schedule[SWEEP].total_run_count
        clock.shift(timedelta(seconds=pause))
        turn(beat)
        clock.shift(timedelta(seconds=2))
        turn(beat)
        assert beat.schedule[SWEEP].total_run_count > runs
        beat.close()


def test_sweeps_go_on_when_the_clock_was_set_back_while_beat_was_not_there(tmp_path: Path) -> None:
    with time_machine.travel(NOON, tick=False):
        beat = scheduler(tmp_path)
        turn(beat)
        beat.close()
    with time_machine.travel(NOON - timedelta(hours=1), tick=False) as clock:
        beat = scheduler(tmp_path)
        assert turn(beat) <= 2
        clock.shift(timedelta(seconds=3))
        runs = beat.schedule[SWEEP].total_run_count
        turn(beat)
        assert beat.schedule[SWEEP].total_run_count == runs + 1
