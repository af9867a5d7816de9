"""「HTML−日本語」: an HTML mail for every mail client back to Outlook, with plain text beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string

from notifications.formats import facts_ja
from notifications.formats.composed import Composed
from notifications.formats.text import body_ja
from notifications.reports import SubmissionReport


@dataclass(frozen=True, slots=True)
class Tone:
    """Colours of a headline and what lies behind it; together they pass WCAG AA (4.5:1)."""

    strong: str
    pale: str


GOOD = Tone("#1b6e3c", "#eff8f2")
MIXED = Tone("#855000", "#fdf6e7")
BAD = Tone("#b3261e", "#fdf1f0")


def compose_ja(report: SubmissionReport) -> Composed:
    """One layout for a single send and for a list, which has a table of faxes in addition."""
    lines = facts_ja.lines_of(report)
    context = {
        "report": report,
        "facts": facts_ja.facts_of(report),
        "lines": lines,
        "remedies": facts_ja.remedies_of(report),
        "tone": tone_of(report),
        "result_label": facts_ja.RESULT_LABEL,
    }
    return Composed(
        subject=facts_ja.subject_of(report),
        text=body_ja(report),
        html=render_to_string("mail/notification_ja/body.html", context),
    )


def tone_of(report: SubmissionReport) -> Tone:
    if report.failed == 0:
        return GOOD
    return MIXED if report.sent else BAD
