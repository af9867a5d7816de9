"""Brings a database up to date in one process (each Django process costs a second to start)."""

import django
from django.core.management import call_command


def main(arguments: list[str]) -> int:
    """Migrate; with `--bootstrap` also make the authority, the service certificate and the demo account."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if "--bootstrap" in arguments:
        call_command("bootstrap")
    return 0
