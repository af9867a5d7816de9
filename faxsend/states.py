"""The life of a fax. Everything about states and the ways between them stands in this file."""

from __future__ import annotations

from enum import StrEnum


class FaxStatus(StrEnum):
    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    FAILED = "failed"
    CANCELED = "canceled"


TRANSITIONS: dict[FaxStatus, frozenset[FaxStatus]] = {
    FaxStatus.QUEUED: frozenset({FaxStatus.SENDING, FaxStatus.HELD, FaxStatus.CANCELED, FaxStatus.FAILED}),
    FaxStatus.HELD: frozenset({FaxStatus.QUEUED, FaxStatus.FAILED, FaxStatus.CANCELED}),
    FaxStatus.SENDING: frozenset({FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.QUEUED, FaxStatus.UNCERTAIN}),
    FaxStatus.UNCERTAIN: frozenset({FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.QUEUED}),
    FaxStatus.SENT: frozenset(),
    FaxStatus.FAILED: frozenset(),
    FaxStatus.CANCELED: frozenset(),
}

FINAL = frozenset(status for status, targets in TRANSITIONS.items() if not targets)


def sources_of(target: FaxStatus) -> list[FaxStatus]:
    """The states from which ``target`` may be reached: the WHERE of the UPDATE that moves a fax."""
    return [status for status, targets in TRANSITIONS.items() if target in targets]


def diagram() -> str:
    """The table as a Mermaid state diagram, for ``docs/architecture.md``."""
    arrows = [
        f"    {source} --> {target}" for source, targets in TRANSITIONS.items() for target in sorted(targets)
    ]
    return "\n".join(["stateDiagram-v2", "    [*] --> queued", *arrows])
