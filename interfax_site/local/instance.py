"""A whole running site: servers, database, workers, edges; for `./run`, the demo and the tests."""

import asyncio
import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfax_site.local import postgresql, preparing, programs, valkey
from interfax_site.local.environment import (
    data_directory,
    full_environment,
    given_environment,
    is_given,
)
from interfax_site.local.locks import instance_lock
from interfax_site.local.processes import Program, StartError
from interfax_site.local.supervisor import Say, Supervisor

PORTS_FILE = "ports.json"
DEFAULT_LINES = 4


@dataclass(frozen=True, slots=True)
class Instance:
    """A site that is ready: its addresses, and the environment of its processes that open keys.

    Ports are the real ones where 0 was asked for.
    """

    data_dir: Path
    site: str
    http: int
    smtp: int
    smtps: int
    environment: Mapping[str, str]
    supervisor: Supervisor

    def pids(self) -> dict[str, int]:
        """Return each child's process id, as of now, by name (postgresql, valkey, intake, transmit, mail, beat,
        web, gateway)."""
        return self.supervisor.pids()


@contextmanager
def run_instance(
    data_dir: Path,
    *,
    environment: Mapping[str, str] | None = None,
    keep: bool = False,
    say: Say = lambda _name, _line: None,
) -> Iterator[Instance]:
    """Run a site over `data_dir` for the length of a `with` block.

    `environment` is laid over the given one (`{"HTTP_PORT": "0"}`); `keep` starts a dead child again;
    `say(name, line)` gets all output. StartError when it does not start or when, without `keep`, a child
    ended before the block did; InUseError when another process runs over `data_dir`.
    """
    given = given_environment() | dict(environment or {}) | {"DATA_DIR": str(data_dir)}
    news: queue.Queue[Instance | BaseException] = queue.Queue()
    stopper: queue.Queue[Callable[[], object]] = queue.Queue()

    async def work() -> int:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stopper.put(lambda: loop.call_soon_threadsafe(stop.set))
        return await supervise(Supervisor(say, keep), given, started=news.put, stop=stop)

    def thread() -> None:
        try:
            code = asyncio.run(work())
        except BaseException as error:
            news.put(error)
        else:
            news.put(StartError(f"a child of the site over {data_dir} ended with code {code}"))

    # It is the parent of all children, which die with it; daemon: an interpreter that ends does not wait.
    runner = threading.Thread(target=thread, name=f"instance {data_dir}", daemon=True)
    runner.start()
    instance = news.get()
    if isinstance(instance, BaseException):
        raise instance
    try:
        yield instance
    finally:
        ended_early = not runner.is_alive()
        if not ended_early:
            stopper.get()()
            runner.join()
    if ended_early and isinstance(error := news.get(), BaseException):
        raise error


async def supervise(
    supervisor: Supervisor,
    given: Mapping[str, str],
    *,
    started: Callable[[Instance], object],
    stop: asyncio.Event,
) -> int:
    """Start everything, call `started`, wait for `stop` or for a child's end, stop everything.

    Returns 0 when stopped, else the code of the child that ended.
    """
    with instance_lock(data_directory(given)):
        life = asyncio.create_task(_live(supervisor, given, started))
        asked = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({life, asked}, return_when=asyncio.FIRST_COMPLETED)
            return life.result() if life.done() else 0
        finally:
            await _cancel(life)
            await _cancel(asked)
            await supervisor.stop()


async def _live(
    supervisor: Supervisor, given: Mapping[str, str], started: Callable[[Instance], object]
) -> int:
    """Start and watch; the code of the first child to end (128 + signal; never 0, its end is a fault)."""
    data_dir = data_directory(given)
    with closing(_listen(given)) as listening:
        instance = await _start(supervisor, given, data_dir, listening)
        if supervisor.ended.empty():  # a worker that died meanwhile is no good start
            started(instance)
        ending = await supervisor.first_ending()
        supervisor.say(ending.name, f"ended with code {ending.code}, so everything stops")
        return (ending.code if ending.code > 0 else 128 - ending.code) if ending.code else 1


async def _start(
    supervisor: Supervisor, given: Mapping[str, str], data_dir: Path, listening: socket.socket
) -> Instance:
    """Bring everything up: servers, then the database's tables, then workers and edges at once."""
    embedded = not is_given(given, "DATABASE_URL")
    place = await asyncio.to_thread(postgresql.place_of, data_dir) if embedded else None
    await supervisor.start(await asyncio.to_thread(_servers, given, data_dir, place))
    if place is not None:
        await asyncio.to_thread(postgresql.create_database, place.url)
    environment = full_environment(
        given,
        data_dir=data_dir,
        database_url=place.url if place else "",
        redis_url="" if is_given(given, "REDIS_URL") else valkey.url_of(data_dir),
    )
    port = listening.getsockname()[1]
    environment["HTTP_PORT"] = str(port)
    for name in ("SMTP_PORT", "SMTPS_PORT"):
        if environment.get(name) == "0":  # chosen here, so that a gateway started again has the same one
            environment[name] = str(programs.free_port(listening.getsockname()[0]))
    environment["SITE_URL"] = environment.get("SITE_URL") or f"http://localhost:{port}"
    (data_dir / programs.GATEWAY_FILE).unlink(missing_ok=True)
    await _prepare(supervisor, environment, data_dir, place)
    await _start_site(supervisor, environment, data_dir, listening)
    return _describe(supervisor, environment, data_dir, port)


async def _prepare(
    supervisor: Supervisor, environment: Mapping[str, str], data_dir: Path, place: postgresql.Place | None
) -> None:
    """Bring the tables up to date, and fill the embedded database, unless nothing changed since last time."""
    if place is None:
        await supervisor.run_once(programs.preparation(environment, bootstrap=False))
    elif await asyncio.to_thread(postgresql.note_of, place.url) != preparing.note_for(data_dir):
        await supervisor.run_once(programs.preparation(environment, bootstrap=True))
        await asyncio.to_thread(postgresql.write_note, place.url, preparing.note_for(data_dir))


async def _start_site(
    supervisor: Supervisor, environment: Mapping[str, str], data_dir: Path, listening: socket.socket
) -> None:
    """Start the edges, for which people wait, then the workers; at the end the edges stop first."""
    lines = int(environment.get("FAX_LINES") or DEFAULT_LINES)
    await supervisor.start(programs.edges(environment, data_dir=data_dir, listening=listening))
    await supervisor.start(programs.workers(environment, data_dir=data_dir, lines=lines), position=-1)


def _servers(given: Mapping[str, str], data_dir: Path, place: postgresql.Place | None) -> list[Program]:
    servers = [] if place is None else [postgresql.prepare(place)]
    return servers if is_given(given, "REDIS_URL") else [*servers, valkey.prepare(data_dir)]


def _describe(supervisor: Supervisor, environment: Mapping[str, str], data_dir: Path, http: int) -> Instance:
    """Read the ports that the gateway opened and write all of them for scripts."""
    gateway = json.loads((data_dir / programs.GATEWAY_FILE).read_text())
    ports = {"http": http, "smtp": int(gateway["smtp"]), "smtps": int(gateway["smtps"])}
    (data_dir / PORTS_FILE).write_text(json.dumps(ports) + "\n")
    return Instance(
        data_dir=data_dir,
        site=environment["SITE_URL"],
        environment=environment,
        supervisor=supervisor,
        **ports,
    )


def _listen(given: Mapping[str, str]) -> socket.socket:
    address, port = given.get("LISTEN_ADDRESS") or "127.0.0.1", int(given.get("HTTP_PORT") or 8000)
    try:
        return programs.listen(address, port)
    except OSError as error:
        raise StartError(
            f"the site cannot listen on {address} port {port}: {error.strerror}\n"
            "Set HTTP_PORT to another port, or to 0 for any free one."
        ) from error


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
