"""A report in Japanese: subject, label and value pairs, lines of a list; for text and HTML alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext

from notifications.reports import FaxLine, SubmissionReport

RESULT_LABEL = "送信結果"
REMEDY_LABEL = "対処方法"


@dataclass(frozen=True, slots=True)
class Line:
    """One fax of a list. ``contact`` and ``pages`` are empty where there is none."""

    number: str
    contact: str
    sent: bool
    result: str
    pages: str
    completed_at: str
    transaction_id: int


def subject_of(report: SubmissionReport) -> str:
    """The subject of the mail (user guide, chapter 6)."""
    if not report.single:
        return f"リスト送信が完了しました -> 成功{report.sent}件 失敗{report.failed}件"
    outcome = "成功" if report.sent else "失敗"
    if not report.number_in_subject:
        return f"FAX送信が{outcome}しました"
    return f"FAX送信が{outcome}しました -> {one_line(report.faxes[0].number)}"


def facts_of(report: SubmissionReport) -> list[tuple[str, str]]:
    """Label and value, in the order in which they are read."""
    return _facts_of_one(report, report.faxes[0]) if report.single else _facts_of_many(report)


def lines_of(report: SubmissionReport) -> list[Line]:
    """The faxes that a list names, in the report's order; none of a single send."""
    return [] if report.single else [_line(report, fax) for fax in report.faxes]


def remedies_of(report: SubmissionReport) -> list[tuple[str, str]]:
    """Of a list, each cause for which named faxes have failed and what can be done about it, each once."""
    if report.single:
        return []
    failed = [fax for fax in report.faxes if not fax.sent and fax.remedy]
    return list(dict.fromkeys((_in_japanese(fax.result_text), _in_japanese(fax.remedy)) for fax in failed))


def result_of(fax: FaxLine) -> str:
    """``OK``, or code and sentence: ``3912-FAX番号が使用不可です``."""
    return "OK" if fax.sent else f"{fax.result_code}-{_in_japanese(fax.result_text)}"


def one_line(text: str) -> str:
    """A customer's subject may hold anything; here it is one line of visible characters."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))


def _in_japanese(msgid: str) -> str:
    with translation.override("ja"):
        return one_line(gettext(msgid))


def _facts_of_one(report: SubmissionReport, fax: FaxLine) -> list[tuple[str, str]]:
    contact, remote = one_line(fax.contact_name), one_line(fax.remote_csid)
    return [
        ("件名", one_line(report.subject) or "(件名なし)"),
        ("宛先FAX番号", one_line(fax.number)),
        *([("担当者", contact)] if contact else []),
        (RESULT_LABEL, result_of(fax)),
        *([(REMEDY_LABEL, _in_japanese(fax.remedy))] if fax.remedy and not fax.sent else []),
        ("ページ数", _pages_in_words(report, fax)),
        ("送信時間", _duration(fax.duration)),
        *([("相手先ID", remote)] if remote else []),
        ("受付日時", _time(report.submitted_at)),
        ("完了日時", _time(fax.completed_at)),
        ("トランザクションID", str(fax.transaction_id)),
    ]


def _facts_of_many(report: SubmissionReport) -> list[tuple[str, str]]:
    return [
        ("件名", one_line(report.subject) or "(件名なし)"),
        ("宛先数", f"{report.total}件"),
        (RESULT_LABEL, f"成功 {report.sent}件 / 失敗 {report.failed}件"),
        ("ページ数", f"1宛先あたり {report.page_count}ページ"),
        ("送信時間", f"合計 {_duration(report.duration)}"),
        ("受付日時", _time(report.submitted_at)),
        ("完了日時", _time(report.completed_at)),
    ]


def _line(report: SubmissionReport, fax: FaxLine) -> Line:
    return Line(
        number=one_line(fax.number),
        contact=one_line(fax.contact_name),
        sent=fax.sent,
        result=result_of(fax),
        pages=_pages(report, fax),
        completed_at=f"{fax.completed_at:%m/%d %H:%M}",
        transaction_id=fax.transaction_id,
    )


def _pages_in_words(report: SubmissionReport, fax: FaxLine) -> str:
    if fax.sent:
        return f"{fax.pages_sent}ページ"
    return f"{report.page_count}ページ中 {fax.pages_sent}ページを送信"


def _pages(report: SubmissionReport, fax: FaxLine) -> str:
    if fax.sent:
        return f"{fax.pages_sent}ページ"
    return f"{fax.pages_sent}/{report.page_count}ページ" if fax.pages_sent else ""


def _duration(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    if minutes >= 60:
        return f"{minutes // 60}時間{minutes % 60}分"
    return f"{minutes}分{seconds}秒" if minutes else f"{seconds}秒"


def _time(time: datetime) -> str:
    return f"{time:%Y/%m/%d %H:%M:%S} ({time.tzname()})"
