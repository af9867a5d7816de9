"""``./run demo``: the main job on real input, step by step.

A customer with the openssl program sends encrypted mail over both ports; the demo follows it through the
house until the customer has opened the encrypted notification and sees the fax on the site. It works on a
running instance, or starts one of its own. ``--json``: one JSON object at the end, exit 0 only if every
step held.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from interfax_site.local.environment import data_directory, given_environment
from interfax_site.local.instance import PORTS_FILE, run_instance
from interfax_site.local.locks import InUseError
from interfax_site.local.managing import using_services
from interfax_site.local.serving import say


@dataclass(frozen=True, slots=True)
class Step:
    """What ``--json`` lists."""

    name: str
    ok: bool
    detail: str


Report = Callable[[Step], None]


def main(arguments: list[str]) -> int:
    """Run the demo; 0 if every step held."""
    as_json = "--json" in arguments
    steps: list[Step] = []

    def report(step: Step) -> None:
        steps.append(step)
        if not as_json:
            print(f"  {'ok    ' if step.ok else 'FAILED'}  {step.name}: {step.detail}", flush=True)

    with _site(quiet=as_json) as environment:
        held = _run(environment, report)
        if as_json:
            print(json.dumps({"ok": held, "steps": [asdict(step) for step in steps]}, ensure_ascii=False))
        elif held:
            _leave_open(environment["SITE_URL"])
    return 0 if held else 1


@contextmanager
def _site(*, quiet: bool) -> Iterator[Mapping[str, str]]:
    """The environment of an instance that is up: the running one, or one for the length of the demo."""
    given = given_environment()
    data_dir = data_directory(given)
    try:
        with run_instance(data_dir, say=_log_only if quiet else say) as instance:
            ports = {"SMTP_PORT": str(instance.smtp), "SMTPS_PORT": str(instance.smtps)}
            yield {**instance.environment, **ports}
    except InUseError:
        ports = json.loads((data_dir / PORTS_FILE).read_text())
        found = {f"{name.upper()}_PORT": str(port) for name, port in ports.items()}
        with using_services(given) as environment:
            site = environment.get("SITE_URL") or f"http://localhost:{ports['http']}"
            yield {**environment, **found, "SITE_URL": site}


def _log_only(name: str, line: str) -> None:
    print(f"{name} | {line}", file=sys.stderr, flush=True)


def _run(environment: Mapping[str, str], report: Report) -> bool:
    """Every step in order; the first that does not hold ends the demo."""
    os.environ.update(environment)
    # The story needs the settings, and these need the environment of the instance.
    from interfax_site.local.story import STEPS, Story

    story = Story.begin(environment)
    try:
        for name, step in STEPS:
            try:
                report(Step(name, True, step(story)))
            except Exception as error:
                report(Step(name, False, f"{type(error).__name__}: {error}"))
                return False
        return True
    finally:
        story.end()


def _leave_open(site: str) -> None:
    print(f"\n  The site stays open at {site}; Ctrl-C stops it.", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
