"""`./run`: the site in the foreground, until Ctrl-C or the end of a child."""

import asyncio
import json
import signal
from collections.abc import Mapping

from interfax_site.local.environment import given_environment
from interfax_site.local.instance import Instance, supervise
from interfax_site.local.supervisor import Supervisor

NAME_WIDTH = 10
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def say(name: str, line: str) -> None:
    """Print a line of a child's output behind its name."""
    print(f"{name:<{NAME_WIDTH}} | {line}", flush=True)


def main(arguments: list[str]) -> int:
    """Run the site; the exit code is 0 when it was asked to stop, else that of the child that ended.

    `--keep` starts a dead child again instead.
    """
    return asyncio.run(_serve(given_environment(), keep="--keep" in arguments))


def welcome(instance: Instance) -> str:
    """Return what a person needs to begin: address, login of the demo account, ports."""
    lines = [f"Site          {instance.site}"]
    if (file := instance.data_dir / "demo.json").exists():
        lines += _demo_lines(json.loads(file.read_text()))
    lines += [
        f"SMTP          port {instance.smtp} (STARTTLS)",
        f"SMTP over TLS port {instance.smtps}",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(["", *(f"  {line}" for line in lines), ""])


def _demo_lines(demo: Mapping[str, str]) -> list[str]:
    return [
        f"Demo login    {demo['username']}  password {demo['password']}",
        f"Demo sender   {demo['sender']}",
    ]


async def _serve(given: Mapping[str, str], *, keep: bool) -> int:
    supervisor, stop, loop = Supervisor(say, keep), asyncio.Event(), asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():  # asked twice: at once
            supervisor.kill()
        else:
            say("run", "stopping; once more to stop at once")
            stop.set()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal)
    return await supervise(
        supervisor, given, started=lambda site: print(welcome(site), flush=True), stop=stop
    )
