"""送信履歴の検索 as a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Account
from faxsend.csv_writing import csv_of, written_moment
from faxsend.history import SHOWN_AS
from faxsend.models import Fax
from faxsend.numbers import display
from faxsend.searching import Question, matching
from faxsend.states import FaxStatus
from faxsend.wording import LABELS, result_text

MOST_ROWS = 100_000
ROWS_AT_ONCE = 2000


def csv_lines(account: Account, question: Question, *, most: int = MOST_ROWS) -> Iterator[str]:
    """Newest first, at most ``most`` faxes; if there are more the last line says so.

    In the language and the time zone of the account, whoever reads it and whenever.
    """
    return csv_of(_rows(account, question, most))


def _rows(account: Account, question: Question, most: int) -> Iterator[list[str]]:
    zone = ZoneInfo(account.time_zone)
    with translation.override(account.language):
        head, over = _head(), _("Only the newest %(count)s faxes are listed.") % {"count": f"{most:,}"}
    yield head
    found = matching(account, question)[: most + 1].iterator(ROWS_AT_ONCE)
    for place, fax in enumerate(found):
        if place == most:
            yield [over]
            return
        # Each line by itself: between two of them the thread may be writing to somebody else.
        with translation.override(account.language):
            cells = _cells(fax, zone)
        yield cells


def _head() -> list[str]:
    return [
        _("Transaction"),
        _("Status"),
        _("Subject"),
        _("Fax number"),
        _("Contact"),
        _("Company"),
        _("Reply-To"),
        _("Submitted"),
        _("Completed"),
        _("Pages sent"),
        _("Duration (seconds)"),
        _("Result"),
        _("Remote CSID"),
    ]


def _cells(fax: Fax, zone: ZoneInfo) -> list[str]:
    submission = fax.submission
    return [
        str(fax.pk),
        str(LABELS[SHOWN_AS[FaxStatus(fax.status)]]),
        submission.subject,
        display(fax.number),
        fax.contact_name,
        fax.company,
        submission.reply_to or submission.from_address,
        written_moment(submission.created_at, zone),
        written_moment(fax.completed_at, zone),
        str(fax.pages_sent),
        "" if fax.duration is None else str(round(fax.duration.total_seconds())),
        result_text(fax.result_code),
        fax.remote_csid,
    ]
