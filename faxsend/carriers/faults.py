"""What is wrong with the machines of our own that receive: names of faults (``t30.machine``) by fax number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from faxsend.t30.machine import machine_with


def fault_of(number: str, faults: Mapping[str, str] | str) -> str:
    """The fault of the machine at a number (digits, ``0081…``), ``""`` for none.

    ``faults``: names of faults by number, or the path of such a JSON file. Raises ``ValueError`` for a file that
    holds something else, ``OSError`` for one that cannot be read.
    """
    fault = str(_by_number(faults).get(number, ""))
    machine_with(fault)
    return fault


def check(faults: Mapping[str, str] | str) -> None:
    """Raises what ``fault_of`` raises for any number."""
    for fault in _by_number(faults).values():
        machine_with(str(fault))


def _by_number(faults: Mapping[str, str] | str) -> Mapping[str, str]:
    if isinstance(faults, str):
        faults = json.loads(Path(faults).read_bytes()) if faults else {}
    if not isinstance(faults, Mapping):
        raise ValueError("the faults are not an object")
    return faults
