"""Documents that could lie are compared with what they describe."""

from __future__ import annotations

import re
from pathlib import Path

from faxsend.states import diagram

PROJECT = Path(__file__).resolve().parents[1]


def test_the_diagram_in_the_architecture_is_the_table_of_transitions() -> None:
    assert diagram() in (PROJECT / "docs" / "architecture.md").read_text()


def test_every_setting_that_is_read_stands_in_the_example() -> None:
    settings = (PROJECT / "interfax_site" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    example = (PROJECT / ".env.example").read_text()
    assert read - set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == set()
