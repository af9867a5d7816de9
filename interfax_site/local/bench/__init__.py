"""`./run bench [name] [--json]`: speed as ratios, each against its limit in the same run.

Absolute figures say more about the machine than about us; a ratio to something that cannot be made faster, or
to another program that does the same, holds from machine to machine.
"""

import importlib
import json
import sys

from interfax_site.local.bench.measuring import Measure

BENCHES = ("smime", "padding", "fanout", "gateway", "line")
"""Modules of this package; each has `run() -> list[Measure]`."""


def main(arguments: list[str]) -> int:
    """Run one benchmark or all; 1 when a ratio misses its goal, 2 for a name that does not exist."""
    names = [argument for argument in arguments if argument != "--json"]
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"No such benchmark: {unknown[0]}\nThere are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    measures = [measure for name in names or BENCHES for measure in _run(name)]
    if "--json" in arguments:
        print(json.dumps([measure.as_json() for measure in measures], indent=2))
    else:
        for measure in measures:
            print(measure.line())
    return 0 if all(measure.holds for measure in measures) else 1


def _run(name: str) -> list[Measure]:
    measures: list[Measure] = importlib.import_module(f"{__name__}.{name}").run()
    return measures
