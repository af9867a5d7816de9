"""Documents that could lie are compared with what they describe."""

from __future__ import annotations

import re
from pathlib import Path

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
