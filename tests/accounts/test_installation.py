"""Who may dial and mail from a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection

from accounts.installation import Hold, is_held, machine_here, may_work, take_over, why_held
from accounts.models import Installation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine(settings: Any, tmp_path: Path) -> Path:
    """Where this machine keeps its token."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "installation"


def test_a_new_database_is_taken_by_the_first_who_would_work(machine: Path) -> None:
    assert may_work()
    assert Installation.objects.get().machine == machine.read_text().strip() != ""


def test_who_only_looks_takes_no_database_from_those_who_work(settings: Any, tmp_path: Path) -> None:
    assert not is_held()
    run_checks(databases=["default"])
    assert not Installation.objects.exists()
    settings.DATA_DIR = tmp_path / "workers"
    assert may_work()


def test_a_worker_says_once_that_it_is_held_and_that_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    Installation.objects.create(machine="another", database="1/1")
    assert not may_work()
    assert not may_work()
    take_over()
    assert may_work()
    said = [record.getMessage() for record in caplog.records if "event=held" in record.getMessage()]
    assert [("why=restored" in line, line.endswith("why=")) for line in said] == [
        (True, False),
        (False, True),
    ]


def test_another_machine_is_held_and_does_not_take_over_by_asking(settings: Any, tmp_path: Path) -> None:
    assert may_work()
    settings.DATA_DIR = tmp_path / "elsewhere"
    assert why_held() is Hold.ELSEWHERE
    assert why_held() is Hold.ELSEWHERE


def test_machines_of_one_name_work_over_one_database(settings: Any, tmp_path: Path) -> None:
    settings.INSTALLATION = "tokyo-1"
    assert may_work()
    settings.DATA_DIR = tmp_path / "second-machine"
    assert not is_held()
    settings.INSTALLATION = "staging"
    assert is_held()


def test_the_same_machine_is_held_when_its_database_was_restored(machine: Path) -> None:
    """``pg_restore --clean`` makes each table anew and brings the rows back."""
    assert may_work()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_installation RENAME TO kept")
        cursor.execute("CREATE TABLE accounts_installation AS TABLE kept")
    assert why_held() is Hold.RESTORED


def test_who_takes_over_works_and_nobody_else(settings: Any, tmp_path: Path) -> None:
    assert may_work()
    first = settings.DATA_DIR
    settings.DATA_DIR = tmp_path / "second"
    take_over()
    assert not is_held()
    settings.DATA_DIR = first
    assert is_held()


def test_the_token_of_a_machine_stays(machine: Path) -> None:
    assert machine_here() == machine_here()
    assert [path.name for path in machine.parent.iterdir()] == ["installation"]


def test_who_cannot_read_his_token_does_not_work(machine: Path) -> None:
    assert may_work()
    machine.unlink()
    machine.mkdir()
    with pytest.raises(OSError):
        is_held()


def test_a_hold_is_a_warning_of_the_system_check() -> None:
    Installation.objects.create(machine="another", database="1/1")
    found = [message for message in run_checks(databases=["default"]) if message.id == "accounts.W001"]
    assert [str(message.msg) for message in found] == [
        "Nothing is dialled or mailed: the database is restored."
    ]
    take_over()
    assert not [message for message in run_checks(databases=["default"]) if message.id == "accounts.W001"]
