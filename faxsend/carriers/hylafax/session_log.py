"""What the log of a HylaFAX session tells of its call: who answered, how fast, for how long.

It is read where the server lets us (``LogFileMode: 0644`` and the usual ``SessionTracing``); nothing depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_LINE = re.compile(r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d\d): \[ *\d+\]: (?P<said>.*)")
_IDENT = re.compile(r'REMOTE CSI "(.*)"')
_SPEED = re.compile(r"USE (\d{4,5}) bit/s")
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SessionLog:
    """``duration`` runs from dialling to the end of the session."""

    duration: timedelta = timedelta(0)
    remote_ident: str = ""
    bits_per_second: int | None = None
    ecm: bool | None = None


def session_log(lines: Iterable[str]) -> SessionLog:
    """Read a log; what it does not tell, or tells in another way, is left out."""
    begun = ended = None
    ident, speed, ecm = "", None, None
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        said = match["said"]
        if said.startswith(("SESSION BEGIN", "DIAL ")):
            begun = match["time"]
        elif said.startswith("SESSION END"):
            ended = match["time"]
        elif found := _IDENT.match(said):
            ident = found[1]
        elif found := _SPEED.match(said):
            speed = int(found[1])
            # Said behind the speed, and only if it is used.
            ecm = False
        elif said.startswith("USE error correction mode"):
            ecm = True
    return SessionLog(_between(begun, ended), ident, speed, ecm)


def _between(begun: str | None, ended: str | None) -> timedelta:
    """The times have no year: one that passes midnight of 31 December is as long as any other."""
    if begun is None or ended is None:
        return timedelta(0)
    try:
        first, last = (datetime.strptime(f"2000 {time}", "%Y %b %d %H:%M:%S.%f") for time in (begun, ended))
    except ValueError:
        return timedelta(0)
    length = last - first if last >= first else last.replace(year=2001) - first
    return length if length <= LONGEST else timedelta(0)
