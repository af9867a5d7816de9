from __future__ import annotations

import pytest

from interfax_site.celery import app
from notifications.models import MailState, OutgoingMail
from notifications.tasks import look_for_outgoing, send_for
from tests.notifications.conftest import Inbox
from tests.notifications.factories import message

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_task_sends_until_nothing_is_due(inbox: Inbox) -> None:
    for number in range(3):
        message(key=str(number)).send()
    look_for_outgoing()
    assert len(inbox.envelopes) == 3
    assert not OutgoingMail.objects.exclude(state=MailState.SENT).exists()


def test_a_run_whose_time_is_over_says_that_there_may_be_more(inbox: Inbox) -> None:
    for number in range(2):
        message(key=str(number)).send()
    assert [send_for(0), send_for(0), send_for(0)] == [True, True, False]


def test_the_task_has_the_name_that_queues_and_sweep_know() -> None:
    name = look_for_outgoing.name
    assert name in app.conf.task_routes
    assert name in {entry["task"] for entry in app.conf.beat_schedule.values()}
