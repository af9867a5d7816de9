"""Operators decide about faxes of which nobody knows; what they decide is written down."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from faxsend import deciding, delivery
from faxsend.models import Fax
from faxsend.results import OK, OUTCOME_UNKNOWN
from faxsend.states import FaxStatus
from notifications.models import OutgoingMail
from tests.factories import AttemptFactory, FaxFactory, OperatorFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:faxsend_fax_changelist")


def operator(*permissions: str) -> User:
    user = OperatorFactory.create(is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def uncertain(*, pages: int = 3, confirmed: int = 2) -> Fax:
    fax = FaxFactory.create(
        status=FaxStatus.UNCERTAIN,
        submission__pages__count=pages,
        pages_sent=confirmed,
        attempts_made=4,
        result_code=OUTCOME_UNKNOWN,
    )
    AttemptFactory.create(fax=fax, result_code=OUTCOME_UNKNOWN, pages_confirmed=confirmed)
    return fax


def decide(client: Client, action: str, *faxes: Fax) -> str:
    chosen = {"action": action, "_selected_action": [fax.pk for fax in faxes]}
    return client.post(LIST, chosen, follow=True).content.decode()


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(operator("view_fax", "change_fax"))
    return client


def test_a_fax_that_was_sent_is_ok_and_its_customer_is_told(client: Client) -> None:
    fax = uncertain()

    decide(client, "was_sent", fax)

    fax.refresh_from_db()
    assert (fax.status, fax.result_code, fax.pages_sent) == (FaxStatus.SENT, OK, 3)
    assert OutgoingMail.objects.get().key == f"notify:{fax.submission.token}"


def test_a_fax_that_was_not_sent_is_called_again_from_the_page_that_nobody_has_confirmed(
    client: Client,
) -> None:
    fax = uncertain()

    decide(client, "was_not_sent", fax)

    attempt = delivery.claim_next(1)
    assert attempt is not None
    assert (attempt.fax_id, attempt.first_page) == (fax.pk, 3)
    assert not OutgoingMail.objects.exists()


def test_a_fax_that_has_not_arrived_though_every_page_was_confirmed_is_sent_from_its_first_page() -> None:
    fax = uncertain(pages=3, confirmed=3)

    assert deciding.was_not_sent(fax.pk)

    attempt = delivery.claim_next(1)
    assert attempt is not None
    assert (attempt.fax_id, attempt.first_page) == (fax.pk, 1)


def test_a_decision_is_written_down_once_with_the_one_who_made_it(client: Client) -> None:
    fax = uncertain()

    decide(client, "was_sent", fax)
    decide(client, "was_not_sent", fax)

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user) == (str(fax.pk), User.objects.get(is_staff=True))
    assert entry.get_change_message() == "送信済み"


@pytest.mark.parametrize(
    "status", [FaxStatus.QUEUED, FaxStatus.SENDING, FaxStatus.HELD, FaxStatus.SENT, FaxStatus.FAILED]
)
def test_nothing_is_decided_about_a_fax_that_is_known(status: FaxStatus) -> None:
    fax = FaxFactory.create(status=status)

    assert not deciding.was_sent(fax.pk)
    assert not deciding.was_not_sent(fax.pk)

    fax.refresh_from_db()
    assert fax.status == status


@pytest.mark.parametrize("action", ["was_sent", "was_not_sent"])
def test_who_may_only_look_decides_nothing(client: Client, action: str) -> None:
    fax = uncertain()
    client.force_login(operator("view_fax"))

    decide(client, action, fax)

    fax.refresh_from_db()
    assert fax.status == FaxStatus.UNCERTAIN
    assert not LogEntry.objects.exists()
