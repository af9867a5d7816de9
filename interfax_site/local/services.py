"""PostgreSQL and Valkey without the rest: for `./run manage` and for the tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from interfax_site.local import postgresql, valkey
from interfax_site.local.processes import Program, StartError, start, stop

Running = tuple[Program, subprocess.Popen[bytes]]


@dataclass(frozen=True, slots=True)
class Services:
    """The embedded servers of one data directory while they run.

    `processes`: the server processes by name, in the order they were started.
    """

    database_url: str
    redis_url: str
    processes: dict[str, Running]

    @classmethod
    def start(
        cls, data_dir: Path, *, postgres: bool = True, redis: bool = True, durable: bool = True
    ) -> "Services":
        """Start both (or one) over `data_dir`, whose lock the caller holds, and create the database.

        Their output goes to `services.log` in the data directory; StartError shows its end. Not `durable`
        is for data that a crash of the machine may take (tests).
        """
        data_dir = data_dir.resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        place = postgresql.place_of(data_dir) if postgres else None
        services = cls(place.url if place else "", valkey.url_of(data_dir) if redis else "", {})
        try:
            with _log(data_dir) as output:
                programs = [valkey.prepare(data_dir, durable=durable)] if redis else []
                if place is not None:
                    programs.insert(0, postgresql.prepare(place, durable=durable))
                for program in programs:
                    services.processes[program.name] = (program, start(program, output))
            if place is not None:
                postgresql.create_database(place.url)
        except BaseException:
            services.stop()
            raise
        return services

    def stop(self) -> None:
        """Stop them in reverse order; what was committed stays."""
        for program, process in reversed(self.processes.values()):
            stop(process, program)
        self.processes.clear()

    def __enter__(self) -> Self:
        """Return the running services; they stop at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them."""
        self.stop()


@contextmanager
def _log(data_dir: Path) -> Iterator[int]:
    """Give a file for the servers' output, emptied; a StartError gets its last lines."""
    path = data_dir / "services.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        yield descriptor
    except StartError as error:
        lines = path.read_text(errors="replace").splitlines()[-12:]
        raise StartError("\n".join([str(error), *lines])) from error
    finally:
        os.close(descriptor)
