"""What a format makes of a report, and what a format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from notifications.reports import SubmissionReport


@dataclass(frozen=True, slots=True)
class Composed:
    """``html`` is an alternative to ``text``, which says the same; empty for a format of plain text.

    ``charset``: that of the whole mail; subject and text hold nothing that it cannot say.
    """

    subject: str
    text: str
    html: str = ""
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """``label``: as the site offers it (通知メールの種類)."""

    label: Promise
    compose: Callable[[SubmissionReport], Composed]
