"""./run check and ./run test: what they choose, what they tell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from interfax_site.local import parts
from interfax_site.local.check import Result, checks, report, run_check
from interfax_site.local.environment import PROJECT
from interfax_site.local.parts import Part
from interfax_site.local.testing import distribution, in_ci, selection


def test_all_results_are_shown_and_one_failure_fails_all(capsys: pytest.CaptureFixture[str]) -> None:
    code = report([Result("types", False, 1.0, "what is wrong"), Result("lint", True, 0.5, "chatter")])
    shown = capsys.readouterr().out
    assert code == 1
    assert [word for word in ("FAILED", "what is wrong", "ok", "chatter") if word in shown] == [
        "FAILED",
        "what is wrong",
        "ok",
    ]


def test_no_failure_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([Result("lint", True, 0.5, "")]) == 0
    assert "lint" in capsys.readouterr().out


@pytest.mark.parametrize(("code", "passed"), [(0, True), (3, False)])
def test_a_check_passes_by_its_exit_code(code: int, passed: bool) -> None:
    command = [
        sys.executable,
        "-S",
        "-c",
        f"import sys; print('out'); print('err', file=sys.stderr); sys.exit({code})",
    ]
    result = run_check("name", command, os.environ)
    assert (result.passed, sorted(result.output.split())) == (passed, ["err", "out"])


def test_every_check_that_the_house_wants_is_in_the_table() -> None:
    wanted = {"types", "migrations", "imports", "translations", "lint", "format", "templates"}
    assert set(checks()) == wanted


def test_the_programs_of_the_checks_exist() -> None:
    assert [command[0] for command in checks().values() if not os.access(command[0], os.X_OK)] == []


@pytest.mark.parametrize(
    ("part", "present"),
    [
        (Part("coreutils", program="sh"), True),
        (Part("unheard-of", program="no-such-program-anywhere"), False),
        (Part("base-files", files="etc/*"), True),
        (Part("unheard-of", files="no/such/place/*"), False),
    ],
)
def test_a_part_is_present_by_its_program_or_its_files(part: Part, present: bool) -> None:
    assert part.is_present() is present


def test_missing_parts_make_one_command() -> None:
    assert parts.command_for([Part("one"), Part("two")]) == "apt-get install one two"


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_ci_is_known_by_its_variable(value: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", value)
    assert in_ci() is expected


def test_a_choice_of_markers_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert selection(["-m", "soak"]) == []


@pytest.mark.parametrize("said", [["-n", "0"], ["-n4"], ["--numprocesses=3"], ["--pdb"]])
def test_how_many_processes_is_the_callers_choice(said: list[str]) -> None:
    assert distribution([*said, "tests"]) == []


def test_tests_are_shared_among_one_process_more_than_there_are_cores() -> None:
    assert distribution(["-k", "fax"]) == ["-n", str((os.cpu_count() or 1) + 1)]


@pytest.mark.root
def test_ci_as_root_takes_the_tests_that_need_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert selection(["-n", "2"]) == ["-m", "not soak"]


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_tests_that_lack_a_part_are_counted_aloud(workers: list[str], tmp_path: Path) -> None:
    """With a PATH on which there is no Chromium and no gpgsm."""
    tests = tmp_path / "test_pages.py"
    source = "import pytest\n@pytest.mark.browser\ndef test_page(): assert False\ndef test_other(): pass\n"
    tests.write_text(source + "@pytest.mark.gpgsm\ndef test_mail(): assert False\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(tests),
        "-c",
        str(PROJECT / "pyproject.toml"),
        "-q",
        *workers,
    ]
    environment = {**os.environ, "PATH": "/nonexistent", "CI": "", "PYTHONPATH": str(PROJECT)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert "NOT RUN: 1 tests marked browser: type: apt-get install chromium" in done.stdout
    assert "NOT RUN: 1 tests marked gpgsm: type: apt-get install gpgsm gpg-agent" in done.stdout
    assert (done.returncode, "1 passed" in done.stdout) == (0, True)
