"""A carrier that cannot place calls: nothing is counted, nothing is lost."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from faxsend import delivery
from faxsend.carriers import carrier_named
from faxsend.models import Attempt, Fax
from faxsend.states import FaxStatus
from tests.factories import FaxFactory


@pytest.fixture
def unreachable(own_line: None, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.FAX_CARRIER = "hylafax"
    settings.HYLAFAX_URL = f"hylafax://fax:secret@127.0.0.1:{port}"


@pytest.mark.django_db
def test_a_call_that_the_carrier_could_not_place_is_given_back_and_does_not_count(unreachable: None) -> None:
    fax = FaxFactory.create()
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert (fax.status, fax.attempts_made, fax.result_code) == (FaxStatus.QUEUED, 0, None)
    attempt = Attempt.objects.get()
    assert attempt.ended_at is not None and attempt.result_code is None
    assert timedelta(seconds=50) < fax.next_attempt_at - timezone.now() < timedelta(seconds=61)
    assert not delivery.transmit_next()


@pytest.mark.django_db
def test_since_when_it_cannot_be_called_is_known_until_it_has_been(
    unreachable: None, settings: Settings
) -> None:
    fax = FaxFactory.create()
    assert delivery.transmit_next()
    fax.refresh_from_db()
    since = fax.undialled_since
    assert since is not None
    Fax.objects.update(next_attempt_at=timezone.now())
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert fax.undialled_since == since
    settings.FAX_CARRIER = "simulator"
    Fax.objects.update(next_attempt_at=timezone.now())
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert fax.status == FaxStatus.SENT
    assert fax.undialled_since is None


@pytest.mark.django_db
def test_test_numbers_do_without_the_carrier(unreachable: None) -> None:
    fax = FaxFactory.create(number="0099999996017")
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert (fax.status, fax.result_code) == (FaxStatus.FAILED, 6017)


@pytest.mark.parametrize("url", ["", "hylafax://:secret@host", "http://fax:secret@host"])
def test_a_url_that_names_no_server_is_said_without_its_password(settings: Settings, url: str) -> None:
    settings.HYLAFAX_URL = url
    with pytest.raises(ImproperlyConfigured) as error:
        carrier_named("hylafax")
    assert "HYLAFAX_URL" in str(error.value) and "secret" not in str(error.value)
