"""A mail to a list of 20,000 numbers, accepted and queued, beside a bare COPY of as many faxes into the same table.

Accepted and queued is all that the intake does with a mail that waits in the database, until it is committed: the
mail is claimed, opened, read and drawn, the list looked up, the faxes made, priced and paid for. COPY gets its
rows ready-made, in PostgreSQL's own binary form. Both commit to the same disk, under all indexes and constraints.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from interfax_site.local.bench.measuring import Measure
from interfax_site.local.environment import PROJECT, detached_environment
from interfax_site.local.services import Services

ROUNDS = 11
ENTRIES = 20_000
FEW = 200


def run(*, rounds: int = ROUNDS) -> list[Measure]:
    """Seconds beside those of COPY, and the memory that the intake had at most beside that for a short list."""
    with tempfile.TemporaryDirectory(prefix="ifx-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # run by root, PostgreSQL's user must reach its part
        with Services.start(directory) as services:
            urls = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
            environment = detached_environment(directory) | urls
            _child(environment, "manage.py", "migrate", "--verbosity=0")
            return measure(environment, rounds=rounds)


def measure(environment: Mapping[str, str], *, rounds: int) -> list[Measure]:
    """`environment` names a database that has its tables; what is measured stays in it."""
    seconds = figures(environment, ENTRIES, rounds)
    many, few = (figures(environment, entries, 0)["peak"] for entries in (ENTRIES, FEW))
    return [
        Measure("list-20000-vs-copy", 1e3 * seconds["ours"], "ms", 1e3 * seconds["copy"], at_most=2),
        Measure("list-20000-memory-vs-200", many, "MiB", few, at_most=1.05),
    ]


def figures(environment: Mapping[str, str], entries: int, rounds: int) -> dict[str, float]:
    """What `accepting.main` prints. A process for each: memory that was needed once is not given back."""
    begin = "import django; django.setup(); from interfax_site.local.bench.accepting import main"
    figures: dict[str, float] = json.loads(_child(environment, "-c", f"{begin}; main({entries}, {rounds})"))
    return figures


def _child(environment: Mapping[str, str], *arguments: str) -> bytes:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=dict(environment), cwd=PROJECT, stdout=subprocess.PIPE, check=True)
    return done.stdout
