"""Operators see parked mail without its content, run it again, or give it up."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from faxsend import intake
from faxsend.models import InboundMessage, InboundStatus
from notifications.models import OutgoingMail
from notifications.outbox import bounce_address
from tests.factories import ContentFactory, InboundMessageFactory, OperatorFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:faxsend_inboundmessage_changelist")
WORDS = b"Subject: the secret words\r\n\r\nsecret text\r\n"


def parked(**facts: object) -> InboundMessage:
    message = InboundMessageFactory.create(
        status=InboundStatus.PARKED, tries=intake.MAX_TRIES, last_error="KeyError", **facts
    )
    ContentFactory.create(message=message, raw=WORDS)
    return message


def operator(*permissions: str) -> User:
    user = OperatorFactory.create(is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def decide(client: Client, action: str, *messages: InboundMessage) -> str:
    chosen = {"action": action, "_selected_action": [message.pk for message in messages]}
    return client.post(LIST, chosen, follow=True).content.decode()


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(operator("view_inboundmessage", "change_inboundmessage"))
    return client


def test_parked_mail_is_found_with_the_class_of_its_error_and_nothing_of_its_content(client: Client) -> None:
    message = parked()
    other = InboundMessageFactory.create()
    page = client.get(LIST, {"status__exact": "parked"}).content.decode()
    assert other.token not in page
    assert message.token in page and "KeyError" in page
    assert "secret" not in page


def test_parked_mail_that_is_run_again_has_all_its_tries_and_its_decision_is_written_down(
    client: Client,
) -> None:
    message, waiting = parked(), InboundMessageFactory.create(tries=1)
    decide(client, "run_again", message, waiting)
    message.refresh_from_db()
    waiting.refresh_from_db()
    assert (message.status, message.tries, waiting.tries) == (InboundStatus.RECEIVED, 0, 1)
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.user) == (str(message.pk), User.objects.get(is_staff=True))


def test_a_mail_that_came_back_is_not_answered_even_if_it_is_given_up(client: Client) -> None:
    message = parked(account=None, sender="MAILER-DAEMON@example.jp", recipients=[bounce_address(uuid4())])
    decide(client, "give_up", message)
    message.refresh_from_db()
    assert message.status == InboundStatus.REJECTED
    assert not OutgoingMail.objects.exists()


def test_parked_mail_that_is_given_up_is_answered_once(client: Client) -> None:
    message = parked()
    decide(client, "give_up", message)
    decide(client, "give_up", message)
    message.refresh_from_db()
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, "not-processed")
    answer = OutgoingMail.objects.get(recipient=message.sender).content.decode()
    assert "Status: 5.3.0" in answer and "Message could not be processed" in answer
    assert "secret text" not in answer
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("action", ["run_again", "give_up"])
def test_who_may_only_look_decides_nothing(client: Client, action: str) -> None:
    client.force_login(operator("view_inboundmessage"))
    message = parked()
    assert action not in client.get(LIST).content.decode()
    decide(client, action, message)
    message.refresh_from_db()
    assert message.status == InboundStatus.PARKED


def test_the_class_of_an_unexpected_error_is_kept_and_not_its_text() -> None:
    """A recipients column that no gateway writes stands for all that nobody has thought of."""
    message = InboundMessageFactory.create(recipients=[])
    with pytest.raises(IndexError):
        intake.process_next()
    message.refresh_from_db()
    assert (message.last_error, message.status) == ("IndexError", InboundStatus.RECEIVED)
