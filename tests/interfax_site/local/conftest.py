"""Directories and processes for the tests of what ./run does."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Give a directory that other users may pass through, unlike `tmp_path`."""
    directory = Path(tempfile.mkdtemp(prefix="ifx-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)
