"""`./run restore FILE`: a backup into the embedded database of a new data directory."""

import sys
from pathlib import Path

from interfax_site.local.backing_up import OWN_DATABASE, postgresql
from interfax_site.local.environment import given_environment, is_given
from interfax_site.local.managing import has_tables, using_services
from interfax_site.local.processes import StartError


def main(arguments: list[str]) -> int:
    """Read the backup; 2 for a wrong command line. StartError when it cannot be read, or there is data already."""
    if len(arguments) != 1:
        print("Usage: ./run restore FILE", file=sys.stderr)
        return 2
    given = given_environment()
    if is_given(given, "DATABASE_URL"):
        raise StartError(OWN_DATABASE)
    with using_services(given, prepared=False) as environment:
        load(environment["DATABASE_URL"], Path(arguments[0]))
    print("Restored. Lines and mail are held until you type: ./run manage installation release")
    return 0


def load(url: str, file: Path) -> None:
    """Fill an empty database, whole or not at all."""
    if has_tables(url):
        raise StartError(
            "The database is not empty: restore into a new DATA_DIR, with its `secrets` put there first"
        )
    postgresql(
        "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={url}", str(file)
    )
