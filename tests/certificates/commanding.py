"""``manage.py serviceidentity`` as an operator types it."""

from __future__ import annotations

import io

from django.core.management import call_command


def run(*arguments: str, stdin: str = "") -> str:
    """What the command writes, notes included."""
    output = io.StringIO()
    call_command("serviceidentity", *arguments, stdin=io.StringIO(stdin), stdout=output, stderr=output)
    return output.getvalue()
