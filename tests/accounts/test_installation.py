"""Who may dial and mail from a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection

from accounts.installation import Hold, is_held, machine_here, take_over, why_held
from accounts.models import Installation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine(settings: Any, tmp_path: Path) -> Path:
    """Where this machine keeps its token."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "installation"


def test_a_new_database_is_taken_by_the_first_who_asks(machine: Path) -> None:
    assert not is_held()
    assert Installation.objects.get().machine == machine.read_text().strip() != ""


def test_another_machine_is_held_and_does_not_take_over_by_asking(settings: Any, tmp_path: Path) -> None:
    assert not is_held()
    settings.DATA_DIR = tmp_path / "elsewhere"
    assert why_held() is Hold.ELSEWHERE
    assert why_held() is Hold.ELSEWHERE


def test_machines_of_one_name_work_over_one_database(settings: Any, tmp_path: Path) -> None:
    settings.INSTALLATION = "tokyo-1"
    assert not is_held()
    settings.DATA_DIR = tmp_path / "second-machine"
    assert not is_held()
    settings.INSTALLATION = "staging"
    assert is_held()


def test_the_same_machine_is_held_when_its_database_was_restored(machine: Path) -> None:
    """``pg_restore --clean`` makes each table anew and brings the rows back."""
    assert not is_held()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_installation RENAME TO kept")
        cursor.execute("CREATE TABLE accounts_installation AS TABLE kept")
    assert why_held() is Hold.RESTORED


def test_who_takes_over_works_and_nobody_else(settings: Any, tmp_path: Path) -> None:
    assert not is_held()
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
    assert not is_held()
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
