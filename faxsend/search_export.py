"""送信履歴の検索 as a CSV file: written while it is being read, so that its length costs no memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Account
from faxsend.cells import defused, tidy
from faxsend.history import SHOWN_AS
from faxsend.models import Fax
from faxsend.numbers import display
from faxsend.searching import Question, matching
from faxsend.states import FaxStatus
from faxsend.wording import LABELS, result_text

MOST_ROWS = 100_000
ROWS_AT_ONCE = 2000
BYTE_ORDER_MARK = "\ufeff"


class _Line:
    """A file for ``csv.writer`` that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(account: Account, question: Question, *, most: int = MOST_ROWS) -> Iterator[str]:
    """RFC 4180, newest first; the byte order mark tells Excel that it is UTF-8.

    At most ``most`` faxes; if there are more the last line says so. In the language and the time zone of
    the account, whoever reads it and whenever.
    """
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    zone = ZoneInfo(account.time_zone)
    with translation.override(account.language):
        head, over = _head(), _("Only the newest %(count)s faxes are listed.") % {"count": f"{most:,}"}
    yield BYTE_ORDER_MARK + writer.writerow(head)
    rows = matching(account, question)[: most + 1].iterator(ROWS_AT_ONCE)
    for place, fax in enumerate(rows):
        if place == most:
            yield writer.writerow([over])
            return
        # Each line by itself: between two of them the thread may be writing to somebody else.
        with translation.override(account.language):
            cells = _cells(fax, zone)
        yield writer.writerow([defused(tidy(cell)) for cell in cells])


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
        _moment(submission.created_at, zone),
        _moment(fax.completed_at, zone),
        str(fax.pages_sent),
        "" if fax.duration is None else str(round(fax.duration.total_seconds())),
        result_text(fax.result_code),
        fax.remote_csid,
    ]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%Y/%m/%d %H:%M:%S")
