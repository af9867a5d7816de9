"""Fixtures of the sending service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from faxsend.lines import drop_line


@pytest.fixture
def own_line(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Calls of this test alone: their journal and what is received lie under ``tmp_path``."""
    settings.DATA_DIR = tmp_path
    yield
    drop_line()
