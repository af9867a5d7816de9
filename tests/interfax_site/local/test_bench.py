"""`./run bench`: what is measured is said as a ratio to a limit of the same run."""

import json
import os
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection

from interfax_site.local import bench
from interfax_site.local.bench import fanout, gateway, line, padding, smime
from interfax_site.local.bench.measuring import Measure, medians, middle_medians


def test_the_candidates_take_turns_in_an_order_that_changes() -> None:
    calls: list[tuple[str, int]] = []
    candidates = {
        "a": lambda number: calls.append(("a", number)),
        "b": lambda number: calls.append(("b", number)),
    }
    seconds = medians(candidates, rounds=20)
    assert sorted(calls) == [(name, number) for name in "ab" for number in range(20)]
    assert {name for name, _ in calls[::2]} == {"a", "b"}
    assert all(value >= 0 for value in seconds.values())


def test_the_run_with_the_middle_ratio_counts() -> None:
    """The first of three; the second has the longest calls and the third the shortest."""
    calls = iter([0.02, 0.01, 0.2, 0.005, 0.001, 0.01])
    wait = {name: lambda _: time.sleep(next(calls)) for name in ("ours", "theirs")}
    seconds = middle_medians(wait, runs=3, rounds=1)
    assert 1 < seconds["ours"] / seconds["theirs"] < 10


@pytest.mark.parametrize(
    ("measure", "holds"),
    [
        (Measure("x", 4, "s", 10, at_least=0.4), True),
        (Measure("x", 3, "s", 10, at_least=0.4), False),
        (Measure("x", 11, "s", 10, at_most=1.1), True),
        (Measure("x", 12, "s", 10, at_most=1.1), False),
        (Measure("x", 12, "s", 10), True),
    ],
)
def test_a_goal_is_about_the_ratio(measure: Measure, holds: bool) -> None:
    assert measure.holds is holds
    assert ("MISSED" in measure.line()) is not holds


def test_a_measure_has_the_five_names_that_scripts_read() -> None:
    shown = Measure("x", 4, "s", 8).as_json()
    assert json.loads(json.dumps(shown)) == {"name": "x", "value": 4, "unit": "s", "limit": 8, "ratio": 0.5}


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nothing"]) == 2
    assert "smime" in capsys.readouterr().err


def test_opening_is_measured_on_mails_that_are_really_opened() -> None:
    assert [measure.name for measure in smime.run(rounds=1, runs=1)] == [
        "open-encrypted-10k",
        "open-signed-encrypted-10k",
        "open-encrypted-10k-vs-openssl-process",
    ]


def test_failures_are_measured_on_mails_that_really_fail() -> None:
    assert [measure.name for measure in padding.run(rounds=1)] == ["slowest-class-vs-fastest-class"]


@pytest.mark.django_db(transaction=True)
def test_accepting_is_measured_on_lists_that_are_really_fanned_out() -> None:
    """A process of its own, over the tests' database; it looks itself whether all faxes are there."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    seconds = fanout.figures(os.environ | {"DATABASE_URL": url.geturl()}, 200, 1)
    assert seconds["ours"] > 0 and seconds["copy"] > 0 and seconds["peak"] > 50


@pytest.mark.line
def test_the_line_is_measured_on_a_call_that_really_sends_its_pages() -> None:
    [measure] = line.run(pages=2)
    assert measure.name == "line-time-vs-bit-time"
    assert 2 * 25 < measure.limit < 2 * 40
    assert measure.value - measure.limit > 15


@pytest.mark.soak
def test_the_gateway_is_measured_on_mails_that_it_really_takes() -> None:
    measures = gateway.run(mails=10, rounds=1)
    assert [measure.name for measure in measures[:3]] == [
        "durable-intake-new-vs-discard",
        "durable-intake-kept-vs-discard",
        "latency-under-attack-vs-quiet",
    ]
    assert all(measure.value > 0 and measure.limit > 0 for measure in measures)
