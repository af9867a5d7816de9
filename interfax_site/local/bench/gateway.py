"""Taking mail durably beside the same server discarding it, and a sender's latency while another one attacks.

Mails have 10 kB and come in clear over ten connections, new ones for each mail or kept open. Durable: 250
follows a commit with PostgreSQL's `fsync` and `synchronous_commit` on. The sides take turns, and the client is
a process of its own. smtp-sink is Postfix's; without it that measure is left out, aloud.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from interfax_site.local import programs
from interfax_site.local.bench.measuring import Measure, medians
from interfax_site.local.bench.smtp_client import SENDER, Sender, Task, sender
from interfax_site.local.environment import PROJECT, detached_environment, full_environment
from interfax_site.local.processes import start, stop, wait_until
from interfax_site.local.services import Services

CONNECTIONS = 10
MAILS = 400
ROUNDS = 9
IDLE_CONNECTIONS = 800
MAILS_UNDER_ATTACK = 30
START_SECONDS = 30.0


def run(*, mails: int = MAILS, rounds: int = ROUNDS) -> list[Measure]:
    """Three or four measures; `mails`: of one turn of one side, a multiple of ten."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ifx-")))
        directory.chmod(0o711)  # run by root, PostgreSQL's user must reach its part
        ports = {
            "ours": stack.enter_context(_gateway(directory)),
            "discard": stack.enter_context(_discarding()),
        }
        if shutil.which("smtp-sink"):
            ports["sink"] = stack.enter_context(_sink())
        else:
            print("smtp-sink is missing (apt-get install postfix): nothing is said of it", file=sys.stderr)
        client, attacker = (stack.enter_context(sender()) for _ in range(2))
        new = _mails_a_second(client, ports, mails, rounds, kept=False)
        kept = _mails_a_second(
            client, {name: ports[name] for name in ("ours", "discard")}, mails, rounds, kept=True
        )
        quiet, attacked = _latencies(client, attacker, ports["ours"], rounds)
    unit = "mails/s"
    measures = [
        Measure("durable-intake-new-vs-discard", new["ours"], unit, new["discard"], at_least=0.35),
        Measure("durable-intake-kept-vs-discard", kept["ours"], unit, kept["discard"], at_least=0.35),
        Measure("latency-under-attack-vs-quiet", 1e3 * attacked, "ms", 1e3 * quiet, at_most=1.5),
    ]
    if "sink" in new:
        measures.append(Measure("durable-intake-new-vs-smtp-sink", new["ours"], unit, new["sink"]))
    return measures


def _mails_a_second(
    client: Sender, ports: Mapping[str, int], mails: int, rounds: int, *, kept: bool
) -> dict[str, float]:
    def side(port: int) -> Callable[[int], None]:
        def turn(_number: int) -> None:
            taken = client.do(Task(port=port, mails=mails, connections=CONNECTIONS, kept=kept))
            assert taken == mails

        return turn

    seconds = medians({name: side(port) for name, port in ports.items()}, rounds=rounds)
    return {name: mails / each for name, each in seconds.items()}


def _latencies(client: Sender, attacker: Sender, port: int, rounds: int) -> tuple[float, float]:
    """The median seconds of one mail after the other, each on a new connection: in quiet, and under attack.

    The attack: 800 connections from another address that say nothing. All come from addresses of their own in
    each turn, because a client may not come too often.
    """
    quiet, attacked = [], []
    for turn in range(rounds):
        quiet.append(_latency(client, port, f"127.0.1.{turn + 1}"))
        held = attacker.do(Task(port=port, connections=IDLE_CONNECTIONS, source=f"127.0.2.{turn + 1}"))
        assert 0 < held < IDLE_CONNECTIONS
        attacked.append(_latency(client, port, f"127.0.3.{turn + 1}"))
        attacker.do(Task())
    return statistics.median(quiet), statistics.median(attacked)


def _latency(client: Sender, port: int, source: str) -> float:
    begun = time.perf_counter()
    client.do(Task(port=port, mails=MAILS_UNDER_ATTACK, connections=1, source=source))
    return (time.perf_counter() - begun) / MAILS_UNDER_ATTACK


@contextmanager
def _gateway(directory: Path) -> Iterator[int]:
    """Run the gateway over servers of its own; give its port."""
    given = detached_environment(directory) | {
        "LISTEN_ADDRESS": "127.0.0.1",
        "SMTP_PORT": "0",
        "SMTPS_PORT": "0",
        "SMTP_TRUSTED_RELAYS": "127.0.0.1",
    }
    with Services.start(directory) as services, (directory / "gateway.log").open("wb") as log:
        urls = {"database_url": services.database_url, "redis_url": services.redis_url}
        # The servers are ours: what would be wrong elsewhere is right here.
        environment = full_environment(given, data_dir=directory, **urls) | {"EMBEDDED": "on"}
        _manage(environment, "migrate", "--verbosity=0")
        _manage(
            environment,
            "createaccount",
            "bench",
            f"--email={SENDER}",
            f"--sender={SENDER}",
            "--password-stdin",
        )
        program = programs.gateway(environment, directory)
        process = start(program, log.fileno())
        try:
            yield int(json.loads((directory / programs.GATEWAY_FILE).read_text())["smtp"])
        finally:
            stop(process, program)


def _manage(environment: Mapping[str, str], *arguments: str) -> None:
    argv = [sys.executable, str(PROJECT / "manage.py"), *arguments]
    subprocess.run(
        argv, env=dict(environment), input=b"not a secret of anybody\n", stdout=sys.stderr, check=True
    )


@contextmanager
def _discarding() -> Iterator[int]:
    argv = [sys.executable, "-m", "interfax_site.local.bench.discarding"]
    with subprocess.Popen(argv, cwd=PROJECT, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def _sink() -> Iterator[int]:
    port = programs.free_port("127.0.0.1")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "512"]) as process:
        try:
            assert wait_until(lambda: _listens(port), seconds=START_SECONDS)
            yield port
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
