"""`./run backup FILE`: the embedded database as one file, of one moment, while the site goes on."""

import os
import subprocess
import sys
from pathlib import Path

from interfax_site.local import binaries
from interfax_site.local.environment import given_environment, is_given
from interfax_site.local.managing import using_services
from interfax_site.local.processes import StartError

OWN_DATABASE = "DATABASE_URL is given: use its server's own pg_dump and pg_restore (docs/operations.md)"


def main(arguments: list[str]) -> int:
    """Write the backup; 2 for a wrong command line. StartError when there is none to write."""
    if len(arguments) != 1:
        print("Usage: ./run backup FILE", file=sys.stderr)
        return 2
    given = given_environment()
    if is_given(given, "DATABASE_URL"):
        raise StartError(OWN_DATABASE)
    with using_services(given, prepared=False) as environment:
        dump(environment["DATABASE_URL"], Path(arguments[0]))
        secrets = Path(environment["DATA_DIR"]) / "secrets"
    print(f"Written to {arguments[0]}. It cannot be read without the keys in {secrets}: keep both, apart.")
    return 0


def dump(url: str, file: Path) -> None:
    """Write `file` whole or not at all, for nobody else to read."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}", f"--dbname={url}")
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def postgresql(program: str, *arguments: str) -> None:
    """Run a client of PostgreSQL's; StartError with what it said when it fails."""
    command = [str(binaries.postgresql_directory() / program), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise StartError(f"{program} cannot be run: {error}") from error
    if done.returncode != 0:
        raise StartError(f"{program} ended with code {done.returncode}:\n{done.stderr.strip()}")
