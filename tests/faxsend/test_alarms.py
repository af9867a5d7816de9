"""What operators see first: what waits, and in words what needs somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from faxsend import heartbeats
from faxsend.alarms import overview
from faxsend.carriers import Outcome
from faxsend.delivery.recording import record
from faxsend.models import Fax, InboundStatus
from faxsend.states import FaxStatus
from tests.certificates.issued import kept
from tests.factories import (
    AttemptFactory,
    FaxFactory,
    InboundMessageFactory,
    OperatorFactory,
    OutgoingMailFactory,
    RelayFactory,
    submission_with,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _calm() -> None:
    """Everybody has been heard of, and mail can be signed."""
    heartbeats.note(heartbeats.PARTS, timezone.now())
    kept()


def told() -> list[str]:
    with translation.override("en"):
        return [alarm.text for alarm in overview(timezone.now()).alarms]


def test_where_all_is_well_nothing_is_told() -> None:
    submission_with(FaxStatus.QUEUED, FaxStatus.SENT)
    InboundMessageFactory.create(status=InboundStatus.RECEIVED)
    OutgoingMailFactory.create()
    assert told() == []


def test_a_queue_without_workers_is_told() -> None:
    heartbeats.note(["transmit"], timezone.now() - timedelta(minutes=1))
    assert told() == ["No worker of this queue has been heard of: transmit."]


def test_silence_of_all_is_told_of_each() -> None:
    cache.clear()
    assert len(told()) == 4


def test_mail_that_nobody_reads_or_sends_is_told() -> None:
    since = timezone.now() - timedelta(minutes=20)
    InboundMessageFactory.create(status=InboundStatus.RECEIVED, next_try_at=since)
    OutgoingMailFactory.create(next_try_at=since)
    assert told() == [
        "Mails have been waiting for 20 minutes to be read.",
        "Mails have been waiting for 20 minutes to be sent.",
    ]


def test_faxes_that_wait_are_told_only_while_lines_are_free(settings: Settings) -> None:
    submission = submission_with(FaxStatus.QUEUED, FaxStatus.SENDING)
    submission.faxes.update(next_attempt_at=timezone.now() - timedelta(minutes=20))
    settings.FAX_LINES = 2
    assert told() == ["Faxes have been due for 20 minutes although lines are free."]
    settings.FAX_LINES = 1
    assert told() == []


def test_what_waits_for_a_decision_is_told_with_the_way_there() -> None:
    InboundMessageFactory.create(status=InboundStatus.PARKED)
    submission_with(FaxStatus.UNCERTAIN, FaxStatus.UNCERTAIN)
    assert told() == [
        "1 parked mail waits for your decision.",
        "Of 2 faxes nobody knows whether they arrived.",
    ]
    assert all("?" in alarm.url for alarm in overview(timezone.now()).alarms)


def test_a_relay_that_is_down_is_told() -> None:
    RelayFactory.create(name="eml", failures=3)
    assert told() == ["The mail relay cannot be reached: mail waits, and none is given up."]


def test_a_carrier_that_can_place_no_calls_is_told_until_it_can() -> None:
    since = timezone.now() - timedelta(minutes=6)
    fax = FaxFactory.create(undialled_since=since, attempts_made=1)
    FaxFactory.create(undialled_since=since + timedelta(minutes=2))
    expected = ["For 1 fax no call can be placed: is the carrier's server there, and its modems?"]
    assert told() == expected
    Fax.objects.filter(pk=fax.pk).update(status=FaxStatus.SENDING)
    assert told() == expected
    attempt = AttemptFactory.create(fax=fax, ended_at=None, result_code=None)
    record(attempt, Outcome(6017, pages_confirmed=0, duration=timedelta(0)))
    assert told() == []


def test_an_end_of_the_service_certificate_is_told() -> None:
    soon = timezone.now() + timedelta(days=650)
    with translation.override("en"):
        texts = [alarm.text for alarm in overview(soon).alarms if "certificate" in alarm.text]
        gone = [
            alarm.text for alarm in overview(soon + timedelta(days=60)).alarms if "certificate" in alarm.text
        ]
    assert "make a successor" in texts[0]
    assert gone == ["There is no valid service certificate: no mail can be signed."]


def test_the_first_page_of_operators_shows_it_and_its_links_lead_somewhere(client: Client) -> None:
    InboundMessageFactory.create(status=InboundStatus.PARKED)
    submission_with(FaxStatus.UNCERTAIN)
    client.force_login(OperatorFactory.create())
    page = client.get("/admin/").content.decode()
    for alarm in overview(timezone.now()).alarms:
        assert f'href="{alarm.url}"' in page
        assert client.get(alarm.url).status_code == 200
    for queue in heartbeats.QUEUES:
        assert f'<th scope="row">{queue}</th>' in page
