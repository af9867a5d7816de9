"""What a format makes of a report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Composed:
    """``html`` is an alternative to ``text``, which says the same; empty for a format of plain text."""

    subject: str
    text: str
    html: str
