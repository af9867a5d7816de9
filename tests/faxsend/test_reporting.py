"""What a finished order tells: totals of all its faxes, names of the first hundred."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from faxsend.models import Fax, Submission
from faxsend.reporting import report_on, tell
from faxsend.states import FaxStatus
from notifications.models import OutgoingMail
from notifications.reports import MOST_NAMED
from tests.factories import AccountFactory, SubmissionFactory, submission_with

pytestmark = pytest.mark.django_db

SENT, FAILED = FaxStatus.SENT, FaxStatus.FAILED


def big_list(*, sent: int, failed: int) -> Submission:
    submission = SubmissionFactory.create(ok=sent, failed=failed)
    facts = [(SENT, 0)] * sent + [(FAILED, 3912)] * failed
    Fax.objects.bulk_create(
        Fax(
            submission=submission,
            account=submission.account,
            number=f"008133{number:07}",
            contact_name=f"担当 {number}",
            status=status,
            result_code=code,
            duration=timedelta(seconds=60),
            completed_at=submission.created_at + timedelta(seconds=number),
        )
        for number, (status, code) in enumerate(facts)
    )
    return submission


def test_failed_faxes_come_first_each_in_the_order_of_the_list() -> None:
    report = report_on(submission_with(SENT, FAILED, SENT, FAILED))
    assert [fax.sent for fax in report.faxes] == [False, False, True, True]
    ids = [fax.transaction_id for fax in report.faxes]
    assert ids[:2] == sorted(ids[:2]) and ids[2:] == sorted(ids[2:])


def test_a_fax_is_told_with_number_contact_and_result() -> None:
    submission = submission_with(FAILED)
    Fax.objects.update(contact_name="山田 太郎", number="0081311112222", remote_csid="+81 3")
    (fax,) = report_on(submission).faxes
    assert (fax.number, fax.contact_name, fax.remote_csid) == ("03-1111-2222", "山田 太郎", "+81 3")
    assert (fax.result_code, fax.result_text) == (3912, "Fax number is not in service")
    assert fax.remedy.startswith("Please check that the fax number is right")


def test_totals_count_every_fax_and_only_a_hundred_are_read(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    submission = big_list(sent=130, failed=20)
    with django_assert_num_queries(2):
        report = report_on(submission)
    assert (report.sent, report.failed, report.total) == (130, 20, 150)
    assert (len(report.faxes), report.unnamed) == (MOST_NAMED, 50)
    assert report.duration == timedelta(minutes=150)
    assert report.completed_at == submission.created_at + timedelta(seconds=149)
    assert sum(not fax.sent for fax in report.faxes) == 20


def test_times_are_in_the_accounts_zone() -> None:
    report = report_on(submission_with(SENT, account=AccountFactory.create(time_zone="America/New_York")))
    zones = {report.submitted_at.tzinfo, report.completed_at.tzinfo, report.faxes[0].completed_at.tzinfo}
    assert zones == {ZoneInfo("America/New_York")}


def test_a_fax_that_never_rang_lasted_no_time() -> None:
    submission = submission_with(FAILED)
    Fax.objects.update(duration=None)
    report = report_on(submission)
    assert report.duration == report.faxes[0].duration == timedelta(0)


def test_a_failed_fax_that_is_resent_alone_is_told_as_a_single_send() -> None:
    """User guide, chapter 14, note 5: its notification is that of a normal single send."""
    first = submission_with(SENT, FAILED)
    resent = submission_with(SENT, account=first.account, pages=first.pages, resent_from=first)
    Fax.objects.filter(submission=resent).update(number="0081311112222")
    assert not report_on(first).single
    assert report_on(resent).single
    tell(resent)
    mail = email.message_from_bytes(OutgoingMail.objects.get().content, policy=policy.default)
    assert mail["Subject"] == "FAX送信が成功しました -> 03-1111-2222"
