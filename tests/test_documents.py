"""Documents that could lie are compared with what they describe."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import get_commands

from faxsend.states import diagram

PROJECT = Path(__file__).resolve().parents[1]


def test_the_diagram_in_the_architecture_is_the_table_of_transitions() -> None:
    assert diagram() in (PROJECT / "docs" / "architecture.md").read_text()


def test_every_promise_of_the_guide_names_tests_that_quote_the_guide() -> None:
    promises, _ = (PROJECT / "docs" / "guide-14.md").read_text().split("## Sentences that promise nothing")
    rows = [line.rsplit(" | ", 1) for line in promises.splitlines() if line.startswith("| ")]
    named = {row[0]: re.findall(r"`(\w+)::(test_\w+)`", row[1]) for row in rows if "place |" not in row[0]}
    assert len(named) > 80
    assert [sentence for sentence, tests in named.items() if not tests] == []
    for file, test in {test for tests in named.values() for test in tests}:
        source = (PROJECT / "tests" / "e2e" / f"test_guide_14_{file}.py").read_text()
        assert re.search(rf'def {test}\([^"]*"""[^"]*「', source), f"{file}::{test}"


def test_every_setting_that_is_read_stands_in_the_example() -> None:
    settings = (PROJECT / "interfax_site" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    example = (PROJECT / ".env.example").read_text()
    assert read - set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == set()


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (PROJECT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(?:[a-z_]+/)?(test_\w+)(?:::(test_\w+))?`", text))
    assert len(named) > 40
    for module, test in named:
        [file] = (PROJECT / "tests").rglob(f"{module}.py")
        assert not test or f"def {test}(" in file.read_text(), f"{module}::{test}"


OPERATORS = [PROJECT / "docs" / f"{name}.md" for name in ("operations", "installation", "monitoring")]


def written_by_operators() -> str:
    return "\n".join(document.read_text() for document in OPERATORS)


def test_every_command_that_operators_are_told_to_type_exists() -> None:
    typed = set(re.findall(r"(?:manage\.py|interfax-manage|\./run manage) ([a-z]+)", written_by_operators()))
    assert len(typed) > 6
    assert typed - set(get_commands()) == set()


def test_every_setting_that_operators_read_of_is_read() -> None:
    example = set(re.findall(r"^#?([A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    named = set(re.findall(r"^([A-Z0-9_]{4,})=", written_by_operators(), re.MULTILINE))
    named |= set(re.findall(r"`([A-Z]+(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", written_by_operators()))
    assert len(named) > 25
    assert named - example == set()


def test_every_file_that_operators_are_pointed_to_exists() -> None:
    named = set(re.findall(r"\b((?:docs|tests|faxsend)/[\w/.-]*\w)", written_by_operators()))
    missing = [name for name in named if not list(PROJECT.glob(f"{name}*"))]
    units = set(re.findall(r"\binterfax-[a-z]+\.service", written_by_operators()))
    assert (missing, units - {unit.name for unit in (PROJECT / "docs" / "systemd").iterdir()}) == ([], set())


def test_every_gauge_is_explained_and_every_one_that_is_explained_exists() -> None:
    source = (PROJECT / "interfax_site" / "metrics.py").read_text()
    explained = set(re.findall(r"`(interfax_\w+)", (PROJECT / "docs" / "monitoring.md").read_text()))
    assert explained == set(re.findall(r'"(interfax_\w+)"', source))


def test_every_check_is_explained() -> None:
    sources = [path.read_text() for path in PROJECT.glob("*/checks.py")]
    ids = {found for source in sources for found in re.findall(r'id="(\w+\.[EW]\d+)"', source)}
    assert len(ids) > 12
    explained = set(re.findall(r"`(\w+\.[EW]\d{3})`", (PROJECT / "docs" / "monitoring.md").read_text()))
    assert explained == ids
