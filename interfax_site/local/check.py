"""`./run check`: all that is checked without running the site. All of it runs, whatever fails."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from interfax_site.local.environment import PROJECT, detached_environment

BIN = Path(sys.executable).parent
PYTHON = ("run", "manage.py", ".")


@dataclass(frozen=True, slots=True)
class Result:
    """What one check said, and how long it took in seconds."""

    name: str
    passed: bool
    seconds: float
    output: str


def main(_arguments: list[str]) -> int:
    """Run all checks, as many at once as there are processors; 1 when one failed."""
    with tempfile.TemporaryDirectory(prefix="ifx-") as directory:
        environment = detached_environment(Path(directory))
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = pool.map(lambda item: run_check(item[0], item[1], environment), checks().items())
            return report(results)


def checks() -> dict[str, Sequence[str]]:
    """Return the table: name and command of each check, the slowest first."""
    templates = sorted(map(str, (PROJECT / "templates").rglob("*.html")))
    table: dict[str, Sequence[str]] = {
        "types": [str(BIN / "mypy"), "."],
        "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        "imports": [str(BIN / "lint-imports")],
        "translations": [sys.executable, "-m", "interfax_site.local", "translations", "check"],
        "lint": [str(BIN / "ruff"), "check", *PYTHON],
        "format": [str(BIN / "ruff"), "format", "--check", *PYTHON],
    }
    if templates:
        table["templates"] = [str(BIN / "djade"), "--target-version", "5.2", "--check", *templates]
    return table


def run_check(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Result:
    """Run one check in the project's directory."""
    begun = time.monotonic()
    done = subprocess.run(
        list(command),
        env=dict(environment),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(name, done.returncode == 0, time.monotonic() - begun, done.stdout)


def report(results: Iterable[Result]) -> int:
    """Print each result as it comes, the output of those that failed; 1 when one failed."""
    code = 0
    for result in results:
        print(
            f"{'ok' if result.passed else 'FAILED':<7} {result.name:<13} {result.seconds:6.1f} s", flush=True
        )
        if not result.passed:
            code = 1
            print(result.output, flush=True)
    return code
