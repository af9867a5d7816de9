"""「HTML−日本語」: an HTML mail for every mail client back to Outlook, with plain text beside it."""

from __future__ import annotations

from django.template.loader import render_to_string

from notifications.formats import facts_ja
from notifications.formats.composed import Composed
from notifications.reports import SubmissionReport


def compose_ja(report: SubmissionReport) -> Composed:
    """One layout for a single send and for a list, which has a table of faxes in addition."""
    lines = facts_ja.lines_of(report)
    context = {
        "report": report,
        "facts": facts_ja.facts_of(report),
        "lines": lines,
        "more": len(report.faxes) - len(lines) if lines else 0,
        "result_label": facts_ja.RESULT_LABEL,
    }
    return Composed(
        subject=facts_ja.subject_of(report),
        text=render_to_string("mail/notification_ja/body.txt", context),
        html=render_to_string("mail/notification_ja/body.html", context),
    )
