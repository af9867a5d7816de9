"""「テキスト−日本語(ISO-2022-JP)」: plain text in the charset that every Japanese mail program has known."""

from __future__ import annotations

from dataclasses import replace

from django.template.loader import render_to_string

from notifications.formats import facts_ja
from notifications.formats.columns import fold, fold_fields, padded, width
from notifications.formats.composed import Composed
from notifications.formats.iso_2022_jp import CHARSET, narrowed
from notifications.reports import FaxLine, SubmissionReport


def compose_ja(report: SubmissionReport) -> Composed:
    """A mail of one part (RFC 1468)."""
    # Twice: before, because what is written differently is folded differently; after, to be sure of all of it.
    said = _in_jis(report)
    return Composed(
        subject=narrowed(facts_ja.subject_of(said)), text=narrowed(body_ja(said)), charset=CHARSET
    )


def body_ja(report: SubmissionReport) -> str:
    """The text of a single send and of a list, which names its faxes in addition; also beside an HTML mail."""
    context = {
        "report": report,
        "facts": [fold(f"{label}: {value}") for label, value in facts_ja.facts_of(report)],
        "lines": _lines(facts_ja.lines_of(report)),
        "remedies": [fold(f"{cause}: {remedy}") for cause, remedy in facts_ja.remedies_of(report)],
    }
    return render_to_string("mail/notification_ja/body.txt", context).strip() + "\n"


def _lines(lines: list[facts_ja.Line]) -> list[str]:
    """One fax a line, without its ID for which there is no room; the numbers stand in a column."""
    widest = max((width(line.number) for line in lines), default=0)
    return [fold_fields([padded(line.number, widest), *_fields(line)]) for line in lines]


def _fields(line: facts_ja.Line) -> list[str]:
    return [field for field in (line.contact, line.result, line.pages, line.completed_at) if field]


def _in_jis(report: SubmissionReport) -> SubmissionReport:
    faxes = tuple(_fax_in_jis(fax) for fax in report.faxes)
    return replace(report, subject=_word(report.subject), faxes=faxes)


def _fax_in_jis(fax: FaxLine) -> FaxLine:
    return replace(
        fax,
        number=_word(fax.number),
        contact_name=_word(fax.contact_name),
        remote_csid=_word(fax.remote_csid),
    )


def _word(text: str) -> str:
    return narrowed(facts_ja.one_line(text))
