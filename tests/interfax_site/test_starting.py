"""What a process of ours does while it starts."""

from __future__ import annotations

import subprocess
import sys

LOOK = "import django, gc; django.setup(); print(gc.isenabled(), gc.get_freeze_count() > 100_000)"


def test_garbage_is_collected_from_then_on_and_not_looked_for_among_what_was_loaded() -> None:
    program = [sys.executable, "-c", LOOK]
    assert subprocess.run(program, capture_output=True, text=True, check=True).stdout == "True True\n"
