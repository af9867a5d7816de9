"""A job as the server tells of it: its ``JPARM`` listing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Those of hfaxd; a job that has a place in its queues waits until it is ACTIVE."""

    UNDEFINED = "UNDEFINED"
    SUSPENDED = "SUSPENDED"
    PENDING = "PENDING"
    SLEEPING = "SLEEPING"
    BLOCKED = "BLOCKED"
    READY = "READY"
    ACTIVE = "ACTIVE"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Job:
    """``tag`` is whose call it is; ``pages`` have been confirmed; ``dials`` counts calls.

    ``session`` is the name of the log of its last call, digits, or empty.
    """

    tag: str
    owner: str
    state: State
    status_code: int
    status: str
    pages: int
    dials: int
    session: str

    @property
    def ended(self) -> bool:
        """Whether the server will do nothing more about it. Ours have one call: nobody starts a suspended one again."""
        return self.state in (State.DONE, State.FAILED) or (self.dials > 0 and self.state is State.SUSPENDED)

    @property
    def planned_again(self) -> bool:
        """Whether the server means to dial once more, which it does whatever was asked of it: for a receiver that
        cannot take the pages as they are it codes them anew (``send_reformat`` in faxq, which knows no limit there).
        """
        return self.dials > 0 and self.state is not State.ACTIVE and not self.ended


def job_of(listing: Iterable[str]) -> Job:
    """Read lines such as ``    STATE: DONE``. Raises ``ValueError`` for what is no job."""
    facts = dict(_facts(listing))
    return Job(
        tag=facts.get("JOBINFO", ""),
        owner=facts.get("OWNER", ""),
        state=State(facts.get("STATE", "")),
        status_code=_number(facts.get("STATUSCODE", "0")),
        status=facts.get("STATUS", ""),
        pages=_number(facts.get("NPAGES", "")),
        dials=_number(facts.get("TOTDIALS", "")),
        session=facts.get("COMMID", "") if re.fullmatch(r"[0-9]{1,12}", facts.get("COMMID", "")) else "",
    )


def _facts(listing: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in listing:
        name, colon, value = line.strip().partition(": ")
        if colon or name.endswith(":"):
            yield name.removesuffix(":"), value.strip()


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("not a number")
    return int(text)
