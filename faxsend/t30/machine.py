"""The machine that receives, and what can be wrong with it and with the line to it: one table of faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from faxsend.t30.library import Compressions, Modems, Resolutions
from faxsend.t30.terminal import EVERYTHING, Abilities


class Answer(StrEnum):
    """Who takes the call."""

    FAX = "fax"
    BUSY = "busy"
    NOBODY = "nobody"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Machine:
    """``ident`` is what it calls itself, 20 octets at most.

    ``noise_in_signal`` is in parts of the signal's strength, ``noise`` in units of a sample, of 32768.

    What happens in a page (from 1, of this call) happens a second after its transmission has begun, and stays;
    ``burst_in_page``: three seconds after it, for two seconds.
    """

    answer: Answer = Answer.FAX
    ident: str = "RECEIVER"
    abilities: Abilities = EVERYTHING
    noise_in_signal: float = 0.0
    noise: float = 0.0
    burst_in_page: int | None = None
    hangs_up_in_page: int | None = None
    dead: bool = False
    dead_in_page: int | None = None
    muted_after_last_page: bool = False


class UnknownFault(ValueError):
    """There is no fault of that name."""


PAGES = frozenset(map(str, range(1, 101)))
SOUND = Machine()
_NO_CORRECTION = Abilities(error_correction=False)
FAULTS: dict[str, Machine] = {
    "busy": Machine(answer=Answer.BUSY),
    "no answer": Machine(answer=Answer.NOBODY),
    "voice": Machine(answer=Answer.PERSON),
    "noise": Machine(noise_in_signal=0.2),
    "no training": Machine(noise_in_signal=0.5),
    "never ending": Machine(noise=100),
    "dead line": Machine(dead=True),
    "muted after the last page": Machine(muted_after_last_page=True),
    "hostile identification": Machine(ident="=1+1\x1b[2J<b>\r\n%s\xff;é'\""),
    "no fine resolution": Machine(abilities=Abilities(resolutions=Resolutions.STANDARD | Resolutions.R8)),
    "no error correction": Machine(abilities=_NO_CORRECTION),
    "one-dimensional": Machine(abilities=replace(_NO_CORRECTION, compressions=Compressions.T4_1D)),
    "lost rows": Machine(abilities=_NO_CORRECTION, burst_in_page=1),
    "bursts": Machine(burst_in_page=1),
    "V.29": Machine(abilities=Abilities(modems=Modems.V29 | Modems.V27TER)),
    "V.27ter": Machine(abilities=Abilities(modems=Modems.V27TER)),
}
FAULTS_IN_PAGES: dict[str, Callable[[int], Machine]] = {
    "hang-up in page ": lambda page: Machine(hangs_up_in_page=page),
    "dead line in page ": lambda page: Machine(dead_in_page=page),
}
"""The page's number follows, from 1."""


def machine_with(fault: str) -> Machine:
    """The machine of that fault; ``""`` has none. Raises ``UnknownFault``."""
    if not fault:
        return SOUND
    if fault in FAULTS:
        return FAULTS[fault]
    for name, with_page in FAULTS_IN_PAGES.items():
        page = fault.removeprefix(name)
        if page != fault and page in PAGES:
            return with_page(int(page))
    raise UnknownFault(fault)
