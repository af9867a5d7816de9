"""The report that ``notifications`` defines, filled from a finished submission."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, Sum

from faxsend.models import Fax, Submission
from faxsend.numbers import display
from faxsend.results import result_of
from faxsend.states import FaxStatus
from notifications import mailing
from notifications.reports import MOST_NAMED, FaxLine, SubmissionReport

_WAS_SENT = Q(status=FaxStatus.SENT)
_FAILED_FIRST = ExpressionWrapper(_WAS_SENT, output_field=BooleanField())  # false comes before true


def tell(submission: Submission) -> None:
    """Put the notification of a finished submission into the outbox."""
    mailing.notify(
        report_on(submission),
        account=submission.account,
        recipient=submission.reply_to or submission.from_address,
    )


def report_on(submission: Submission) -> SubmissionReport:
    """Times are in the account's zone; in which language it is told is for the notification format to say.

    The database counts: of a list of thousands only the faxes that are named are read.
    """
    zone = ZoneInfo(submission.account.time_zone)
    totals = _totals(submission)
    named = submission.faxes.order_by(_FAILED_FIRST, "pk")[:MOST_NAMED]
    return SubmissionReport(
        token=submission.token,
        subject=submission.subject,
        page_count=submission.pages.count,
        url=urljoin(settings.SITE_URL, submission.get_absolute_url()),
        sent=totals["sent"],
        failed=totals["failed"],
        duration=totals["duration"],
        submitted_at=submission.created_at.astimezone(zone),
        completed_at=totals["completed_at"].astimezone(zone),
        faxes=tuple(_line(fax, zone) for fax in named),
    )


def _totals(submission: Submission) -> dict[str, Any]:
    """``sent``, ``failed``, ``duration``, ``completed_at`` of all faxes together."""
    return submission.faxes.aggregate(
        sent=Count("pk", filter=_WAS_SENT),
        failed=Count("pk", filter=~_WAS_SENT),
        duration=Sum("duration", default=timedelta(0)),
        completed_at=Max("completed_at"),
    )


def _line(fax: Fax, zone: ZoneInfo) -> FaxLine:
    assert fax.result_code is not None and fax.completed_at is not None
    result = result_of(fax.result_code)
    return FaxLine(
        transaction_id=fax.pk,
        number=display(fax.number),
        contact_name=fax.contact_name,
        sent=fax.status == FaxStatus.SENT,
        result_code=fax.result_code,
        result_text=result.text,
        remedy=result.remedy,
        pages_sent=fax.pages_sent,
        duration=fax.duration or timedelta(0),
        completed_at=fax.completed_at.astimezone(zone),
        remote_csid=fax.remote_csid,
    )
