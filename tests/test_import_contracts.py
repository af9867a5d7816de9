"""The three import contracts are kept, and a broken one is reported by the tool that checks them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("interfax_site", "faxsend", "notifications", "certificates", "accounts")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def checked(directory: Path) -> tuple[int, dict[str, str]]:
    """The tool's exit code, and KEPT or BROKEN by the name of each contract."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", "pyproject.toml"],
        cwd=directory,
        env={"PYTHONPATH": str(directory), "PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, dict(re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE))


def broken(directory: Path) -> set[str]:
    code, verdicts = checked(directory)
    assert code == 1
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


def add_line(module: Path, line: str) -> None:
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def test_the_code_keeps_all_three_contracts(copy: Path) -> None:
    code, verdicts = checked(copy)
    assert (code, sorted(verdicts.values())) == (0, ["KEPT"] * 3)


def test_a_lower_app_that_imports_a_higher_one_is_reported(copy: Path) -> None:
    add_line(copy / "accounts" / "sealing.py", "import faxsend.states")
    assert broken(copy) == {"The apps form one line"}


@pytest.mark.parametrize("framework", ["django.utils.timezone", "celery", "aiosmtpd.smtp"])
def test_a_pure_room_that_imports_a_framework_is_reported(copy: Path, framework: str) -> None:
    add_line(copy / "faxsend" / "numbers.py", f"import {framework}")
    assert broken(copy) == {"Pure rooms know no framework"}


def test_a_pure_room_that_imports_a_framework_through_another_is_reported(copy: Path) -> None:
    add_line(copy / "faxsend" / "charsets.py", "import django.conf")
    assert broken(copy) == {"Pure rooms know no framework"}


def test_a_service_that_imports_tasks_is_reported(copy: Path) -> None:
    add_line(copy / "faxsend" / "delivery" / "recording.py", "import faxsend.tasks")
    assert broken(copy) == {"Services return, edges enqueue"}
