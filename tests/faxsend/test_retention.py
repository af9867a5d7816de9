"""What is kept how long: each kind a second before its time is over, and when it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.db.models import QuerySet
from structlog.testing import capture_logs

from accounts.models import Account
from certificates.models import SeenEnvelope
from faxsend.carriers import Call
from faxsend.carriers.hylafax import journal_in
from faxsend.carriers.simulator import SimulatorCarrier
from faxsend.models import (
    AccountMonth,
    Attempt,
    Content,
    Fax,
    InboundMessage,
    InboundStatus,
    Pages,
    SeenSignature,
    Submission,
)
from faxsend.retention import history_cutoff, remove_what_is_due
from faxsend.states import FaxStatus
from notifications.models import MailState, OutgoingMail
from tests.factories import (
    AccountFactory,
    AttemptFactory,
    ContentFactory,
    InboundMessageFactory,
    OutgoingMailFactory,
    SubmissionFactory,
    drawn_pages,
    submission_with,
)

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
THEN = datetime(2024, 1, 31, 23, 59, 59, tzinfo=TOKYO)
"""The last second of a month."""
NEXT_MONTH_OVER = datetime(2024, 3, 1, tzinfo=TOKYO)
SECOND = timedelta(seconds=1)


def night(now: datetime) -> None:
    assert remove_what_is_due(now, seconds=60) is False


def order(**facts: Any) -> Submission:
    return submission_with(FaxStatus.SENT, **{"created_at": THEN, "completed_at": THEN} | facts)


def mail(status: InboundStatus = InboundStatus.REJECTED) -> InboundMessage:
    message = InboundMessageFactory.create(received_at=THEN, status=status)
    ContentFactory.create(message=message)
    return message


def sent_mail() -> OutgoingMail:
    return OutgoingMailFactory.create(state=MailState.SENT, sent_at=THEN, wire=b"wire")


def envelope() -> None:
    SeenEnvelope.objects.create(encrypted_key="0" * 64, content_digest="", seen_at=THEN)


def signature() -> None:
    SeenSignature.objects.create(account=AccountFactory.create(), digest="0" * 64, seen_at=THEN)


def session() -> None:
    Session.objects.create(session_key="key", session_data="", expire_date=THEN)


KINDS: dict[str, tuple[Callable[[], object], Callable[[], QuerySet[Any]], datetime]] = {
    "page images": (order, lambda: Pages.objects.filter(removed_at=None), THEN + timedelta(days=14)),
    "orders": (order, Submission.objects.all, NEXT_MONTH_OVER),
    "faxes": (order, Fax.objects.all, NEXT_MONTH_OVER),
    "calls": (order, Attempt.objects.all, NEXT_MONTH_OVER),
    "pages": (order, Pages.objects.all, NEXT_MONTH_OVER),
    "raw mail": (mail, Content.objects.all, THEN + timedelta(days=7)),
    "parked mail": (
        lambda: mail(InboundStatus.PARKED),
        lambda: InboundMessage.objects.filter(status=InboundStatus.PARKED),
        THEN + timedelta(days=14),
    ),
    "inbound messages": (mail, InboundMessage.objects.all, NEXT_MONTH_OVER),
    "outgoing texts": (
        sent_mail,
        lambda: OutgoingMail.objects.exclude(content=b"", wire=b""),
        THEN + timedelta(days=7),
    ),
    "outgoing mail": (sent_mail, OutgoingMail.objects.all, NEXT_MONTH_OVER),
    "envelopes": (envelope, SeenEnvelope.objects.all, THEN + timedelta(days=730)),
    "signatures": (signature, SeenSignature.objects.all, THEN + timedelta(days=730)),
    "sessions": (session, Session.objects.all, THEN),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_stays_to_the_second_and_goes_then(kind: str) -> None:
    make, rows, over = KINDS[kind]
    make()
    night(over - SECOND)
    assert rows().count() == 1
    night(over)
    assert not rows().exists()
    night(over + SECOND)


@pytest.mark.parametrize(
    ("now", "cutoff"),
    [
        (datetime(2024, 2, 29, 23, 59, 59, tzinfo=TOKYO), datetime(2024, 1, 1, tzinfo=TOKYO)),
        (datetime(2024, 2, 29, 15, 0, 0, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=TOKYO)),
        (datetime(2024, 1, 1, tzinfo=TOKYO), datetime(2023, 12, 1, tzinfo=TOKYO)),
        (datetime(2023, 12, 31, 14, 59, 59, tzinfo=UTC), datetime(2023, 11, 1, tzinfo=TOKYO)),
    ],
)
def test_months_end_in_japan(now: datetime, cutoff: datetime) -> None:
    assert history_cutoff(now) == cutoff


def test_an_account_that_keeps_no_pages_loses_them_once_all_faxes_have_ended() -> None:
    account = AccountFactory.create(keep_pages=False)
    ended = order(account=account)
    going_on = submission_with(FaxStatus.SENT, FaxStatus.QUEUED, account=account, created_at=THEN)
    night(THEN)
    ended.pages.refresh_from_db()
    assert (ended.pages.tiff, ended.pages.removed_at, ended.pages.count) == (b"", THEN, 1)
    going_on.pages.refresh_from_db()
    assert going_on.pages.removed_at is None


@pytest.mark.parametrize("status", [FaxStatus.QUEUED, FaxStatus.HELD, FaxStatus.SENDING, FaxStatus.UNCERTAIN])
def test_what_is_still_open_is_never_touched(status: FaxStatus) -> None:
    submission_with(FaxStatus.SENT, status, created_at=THEN)
    waiting = mail(InboundStatus.RECEIVED)
    OutgoingMailFactory.create()
    night(THEN + timedelta(days=700))
    assert Submission.objects.count() == 1
    assert Fax.objects.count() == 2
    assert Pages.objects.filter(removed_at=None).count() == 1
    assert Content.objects.filter(message=waiting).exists()
    assert OutgoingMail.objects.exclude(content=b"").count() == 1


def test_pages_wait_for_the_last_resend_and_its_orders_go_one_by_one() -> None:
    original = order()
    later = THEN + timedelta(days=10)
    again = submission_with(
        FaxStatus.SENT,
        account=original.account,
        pages=original.pages,
        resent_from=original,
        completed_at=later,
    )
    night(THEN + timedelta(days=14))
    assert Pages.objects.filter(removed_at=None).exists()
    night(later + timedelta(days=14))
    assert not Pages.objects.filter(removed_at=None).exists()
    night(NEXT_MONTH_OVER)
    again.refresh_from_db()
    assert again.resent_from is None
    assert Submission.objects.get() == again
    assert Pages.objects.exists()


def test_a_mail_stays_known_as_long_as_its_order() -> None:
    message = mail(InboundStatus.ACCEPTED)
    order(message=message, completed_at=THEN + timedelta(days=2))
    night(NEXT_MONTH_OVER)
    assert InboundMessage.objects.exists()
    night(datetime(2024, 4, 1, tzinfo=TOKYO))
    assert not InboundMessage.objects.exists()
    assert not Submission.objects.exists()


def test_parked_mail_is_answered_when_it_is_given_up() -> None:
    message = mail(InboundStatus.PARKED)
    night(THEN + timedelta(days=14))
    message.refresh_from_db()
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, "not-processed")
    assert OutgoingMail.objects.filter(recipient=message.sender).count() == 1


def damage(message: InboundMessage) -> None:
    """As if its key were missing."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE faxsend_content SET raw = 'garbage' WHERE message_id = %s", [message.pk])


def test_parked_mail_that_cannot_be_read_is_answered_and_the_other_rules_run() -> None:
    broken, answered = mail(InboundStatus.PARKED), mail()
    damage(broken)
    night(THEN + timedelta(days=14))
    broken.refresh_from_db()
    assert broken.rejection_code == "not-processed"
    answer = OutgoingMail.objects.get(recipient=broken.sender).content.decode()
    assert "Message could not be processed" in answer
    assert not Content.objects.filter(message=answered).exists()


def test_one_parked_mail_that_cannot_be_given_up_leaves_the_others_and_the_other_rules_alone() -> None:
    """A recipient that no gateway writes stands for all that nobody has thought of; the log has no text of it."""
    broken, other, answered = mail(InboundStatus.PARKED), mail(InboundStatus.PARKED), mail()
    InboundMessage.objects.filter(pk=broken.pk).update(recipients=[1])
    with capture_logs() as logs:
        night(THEN + timedelta(days=14))
    assert InboundMessage.objects.get(status=InboundStatus.PARKED) == broken
    assert OutgoingMail.objects.get().recipient == other.sender
    assert not Content.objects.filter(message=answered).exists()
    (failure,) = [line for line in logs if line["event"] == "retention failed"]
    assert set(failure) == {"event", "log_level", "what", "reason"}


def test_a_rule_that_fails_leaves_the_others_alone() -> None:
    """A whole rule: its rows themselves cannot be read."""
    broken, answered = mail(InboundStatus.PARKED), mail()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE faxsend_inboundmessage SET rejection_detail = 'x' WHERE id = %s", [broken.pk])
    night(THEN + timedelta(days=14))
    assert not Content.objects.filter(message=answered).exists()


def test_sums_of_months_stay() -> None:
    account: Account = order().account
    AccountMonth.objects.create(account=account, month=datetime(2024, 1, 1).date(), charged=20)
    night(THEN + timedelta(days=3000))
    assert AccountMonth.objects.count() == 1


def test_thousands_of_faxes_go_in_pieces_and_a_run_that_ends_early_is_taken_up_again() -> None:
    submission = SubmissionFactory.create(created_at=THEN, completed_at=THEN, ok=220)
    Fax.objects.bulk_create(
        Fax(submission=submission, account=submission.account, number=str(number)) for number in range(220)
    )
    AttemptFactory.create(fax=submission.faxes.earliest("pk"))
    left = []
    while remove_what_is_due(NEXT_MONTH_OVER, seconds=0, rows_at_once=50):
        left.append(Fax.objects.count())
    # The image, five pieces of faxes, the order, its pages.
    assert left == [220, 170, 120, 70, 20, 0, 0, 0]
    assert not Submission.objects.exists()
    assert not Pages.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rows_in_other_hands_are_passed_over() -> None:
    """As a resend holds the pages it is going to send."""
    pages = order().pages
    now = THEN + timedelta(days=14)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM faxsend_pages WHERE id = %s FOR NO KEY UPDATE", [pages.pk])
            night(now)
            assert Pages.objects.filter(removed_at=None).exists()
            cursor.execute("COMMIT")
    finally:
        other.close()
    night(now)
    assert not Pages.objects.filter(removed_at=None).exists()


def test_files_of_calls_go_after_two_weeks(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    carrier = SimulatorCarrier(data_dir=tmp_path, call_seconds=0)
    calling = AttemptFactory.create(ended_at=None)
    references = [str(calling.pk), str(calling.pk + 1)]
    for reference in references:
        carrier.place(Call(reference, calling.fax_id, f"0081{reference}", drawn_pages(1), 1, ""))
    for reference in references:
        journal_in(tmp_path).void(reference)
    files = [*tmp_path.glob("received/*/*"), *tmp_path.glob("simulator/*"), *tmp_path.glob("hylafax/*")]
    for path in files:
        os.utime(path, (THEN.timestamp(), THEN.timestamp()))
    night(THEN + timedelta(days=14))
    assert all(path.exists() for path in files)
    night(THEN + timedelta(days=14) + SECOND)
    assert [path.name for path in files if path.exists()] == [references[0]] * 2
    assert not list(tmp_path.glob("received/*"))
