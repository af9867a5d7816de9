"""Brings a database up to date, in one process (each Django process costs seconds of a busy processor).

The embedded database carries a note of the code that prepared it last: an unchanged site starts without.
"""

import hashlib
import time
from pathlib import Path

import django
from django.core import checks
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS

from interfax_site.local.environment import PROJECT

CODE = ("accounts", "certificates", "notifications", "faxsend", "interfax_site")


def main(arguments: list[str]) -> int:
    """Migrate; with `--bootstrap` also make the authority, the service certificate and the demo account.

    Then say what `manage.py check --database default` has found. A service certificate that has ended does not
    keep the site from starting; a wrong setting does, for every command of Django's refuses it.
    """
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if "--bootstrap" in arguments:
        call_command("bootstrap")
    for message in checks.run_checks(databases=[DEFAULT_DB_ALIAS]):
        if message.is_serious(checks.WARNING):
            print(f"{message.msg} {message.hint or ''}".strip(), flush=True)
    return 0


def note_for(data_dir: Path) -> str:
    """Return what a database that needs no preparation has as its note.

    It changes with any source file, with the installed packages, with the day (certificates expire) and when
    the demo account's file goes; not with the place of any of them.
    """
    digest = hashlib.sha256()
    sources = [(PROJECT, file) for app in CODE for file in sorted((PROJECT / app).rglob("*.py"))]
    for base, file in (*sources, (PROJECT, PROJECT / ".venv/installed"), (data_dir, data_dir / "demo.json")):
        facts = (file.stat().st_mtime_ns, file.stat().st_size) if file.exists() else None
        digest.update(repr((str(file.relative_to(base)), facts)).encode())
    return f"prepared {time.strftime('%Y-%m-%d', time.gmtime())} {digest.hexdigest()}"
