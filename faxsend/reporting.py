"""The report that ``notifications`` defines, filled from a finished submission."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings

from faxsend.models import Fax, Submission
from faxsend.numbers import display
from faxsend.results import result_of
from faxsend.states import FaxStatus
from notifications import mailing
from notifications.reports import FaxLine, SubmissionReport


def tell(submission: Submission) -> None:
    """Put the notification of a finished submission into the outbox."""
    mailing.notify(
        report_on(submission),
        account=submission.account,
        recipient=submission.reply_to or submission.from_address,
    )


def report_on(submission: Submission) -> SubmissionReport:
    """Times are in the account's zone; in which language it is told is for the notification format to say."""
    zone = ZoneInfo(submission.account.time_zone)
    lines = tuple(_line(fax, zone) for fax in submission.faxes.order_by("pk"))
    return SubmissionReport(
        token=submission.token,
        subject=submission.subject,
        page_count=submission.pages.count,
        url=urljoin(settings.SITE_URL, submission.get_absolute_url()),
        faxes=lines,
    )


def _line(fax: Fax, zone: ZoneInfo) -> FaxLine:
    assert fax.result_code is not None and fax.completed_at is not None
    return FaxLine(
        transaction_id=fax.pk,
        number=display(fax.number),
        sent=fax.status == FaxStatus.SENT,
        result_code=fax.result_code,
        result_text=result_of(fax.result_code).text,
        pages_sent=fax.pages_sent,
        duration=fax.duration or timedelta(0),
        submitted_at=fax.created_at.astimezone(zone),
        completed_at=fax.completed_at.astimezone(zone),
        remote_csid=fax.remote_csid,
    )
