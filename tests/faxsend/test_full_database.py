"""Mail that has been accepted when PostgreSQL has no room on its disk."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from faxsend import intake
from faxsend.models import InboundMessage, InboundStatus, Submission
from tests.factories import AuthorizedSenderFactory, ContentFactory, InboundMessageFactory

pytestmark = pytest.mark.django_db
SENDER = "fax@sakura.example.jp"
MAIL = f"From: {SENDER}\r\nTo: send@fax.tc\r\nSubject: /fax=03-1111-2222\r\n\r\nHello\r\n".encode()

FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON faxsend_submission EXECUTE FUNCTION no_room();
"""


def test_a_mail_waits_for_room_in_the_database_without_losing_a_try() -> None:
    account = AuthorizedSenderFactory.create(address=SENDER).account
    message = InboundMessageFactory.create(account=account, sender=SENDER)
    ContentFactory.create(message=message, raw=MAIL)
    with connection.cursor() as cursor:
        cursor.execute(FULL)
    for _ in range(intake.MAX_TRIES + 1):
        InboundMessage.objects.update(next_try_at=timezone.now())
        assert intake.process_next()
        message.refresh_from_db()
        assert (message.status, message.tries) == (InboundStatus.RECEIVED, 0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER no_room ON faxsend_submission")
    InboundMessage.objects.update(next_try_at=timezone.now())
    assert intake.process_next()
    assert Submission.objects.count() == 1
