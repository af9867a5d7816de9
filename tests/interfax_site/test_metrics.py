"""What a monitoring system reads of the installation, and who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from faxsend.models import InboundStatus
from faxsend.states import FaxStatus
from notifications.models import MailState
from tests.certificates.issued import kept
from tests.factories import (
    InboundMessageFactory,
    OutgoingMailFactory,
    RelayFactory,
    submission_with,
)

pytestmark = pytest.mark.django_db


def read(client: Client) -> dict[tuple[str, str], float]:
    """The gauges by name and label value, read by Prometheus' own parser."""
    text = client.get("/metrics").content.decode()
    families = text_string_to_metric_families(text)
    return {
        (sample.name.removeprefix("interfax_"), "".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_waits_is_counted_and_how_long_it_has_been_due(client: Client) -> None:
    now = timezone.now()
    for minutes in (10, 3, -60):
        InboundMessageFactory.create(next_try_at=now - timedelta(minutes=minutes))
        OutgoingMailFactory.create(next_try_at=now - timedelta(minutes=minutes * 2))
    gauges = read(client)
    for queue, minutes in {"intake": 10, "mail": 20}.items():
        assert (gauges["queue_waiting", queue], gauges["queue_due", queue]) == (3, 2)
        assert gauges["queue_lag_seconds", queue] == pytest.approx(minutes * 60, abs=20)
    assert (gauges["queue_waiting", "transmit"], gauges["queue_lag_seconds", "transmit"]) == (0, 0)


def test_faxes_are_counted_by_state(client: Client) -> None:
    states = [FaxStatus.QUEUED, FaxStatus.QUEUED, FaxStatus.HELD, FaxStatus.SENT, FaxStatus.FAILED]
    submission = submission_with(*states)
    submission.faxes.filter(status__in=[FaxStatus.SENT, FaxStatus.FAILED]).update(completed_at=timezone.now())
    submission_with(FaxStatus.SENT).faxes.update(completed_at=timezone.now() - timedelta(days=2))
    gauges = read(client)
    waiting = {state: gauges["faxes", state] for state in ("queued", "held", "sending", "uncertain")}
    assert waiting == {"queued": 2, "held": 1, "sending": 0, "uncertain": 0}
    ended = {state: gauges["faxes_ended_last_day", state] for state in ("sent", "failed", "canceled")}
    assert ended == {"sent": 1, "failed": 1, "canceled": 0}


def test_refusals_of_the_last_day_are_counted_by_their_class(client: Client) -> None:
    facts = {"status": InboundStatus.REJECTED, "rejection_code": "invalid-number"}
    InboundMessageFactory.create_batch(2, **facts)
    InboundMessageFactory.create(**facts, received_at=timezone.now() - timedelta(days=2))
    InboundMessageFactory.create(status=InboundStatus.PARKED)
    gauges = read(client)
    assert gauges["mails_refused_last_day", "invalid-number"] == 2
    assert gauges["mails_parked", ""] == 1


def test_lines_relay_and_certificates_are_told(client: Client, settings: Settings) -> None:
    settings.FAX_LINES = 7
    submission_with(FaxStatus.SENDING)  # with its call
    row = kept(days=(-30, 40))
    gauges = read(client)
    assert (gauges["lines", ""], gauges["lines_in_use", ""]) == (7, 1)
    assert gauges["certificate_days", row.fingerprint[:16]] == pytest.approx(40, abs=1)
    assert gauges["relay_down", ""] == 0
    RelayFactory.create(name="eml", failures=3)
    assert read(client)["relay_down", ""] == 1


def test_nothing_of_a_customer_is_told(client: Client) -> None:
    fax = submission_with(FaxStatus.QUEUED).faxes.get()
    mail = OutgoingMailFactory.create(state=MailState.WAITING)
    text = client.get("/metrics").content.decode()
    assert fax.number not in text
    assert mail.recipient not in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, 403),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}, 403),
        ("192.0.2.7", {"authorization": "Bearer wrong"}, 403),
        ("192.0.2.7", {"authorization": "Bearer "}, 403),
        ("192.0.2.7", {"authorization": "Bearer t0ken"}, 200),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7", "authorization": "bearer t0ken"}, 200),
    ],
)
def test_only_this_machine_or_the_token_may_read(
    client: Client, settings: Settings, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = "t0ken"
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_without_a_token_none_opens(client: Client) -> None:
    headers = {"authorization": "Bearer "}
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", headers=headers).status_code == 403


def test_networks_can_be_named(client: Client, settings: Settings) -> None:
    settings.METRICS_NETWORKS = ["192.0.2.0/24"]
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403
