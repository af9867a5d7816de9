"""A database from a backup: nothing moves until it is released, and then nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.installation import Hold, is_held, take_over, why_held
from accounts.models import Installation
from faxsend import delivery, holding
from faxsend.models import Attempt, Fax, InboundStatus, Submission
from faxsend.restoring import LEAP, NotHeld, release, waiting
from faxsend.results import OUTCOME_UNKNOWN
from faxsend.states import FaxStatus
from notifications.models import MailState, OutgoingMail
from notifications.tasks import send_for
from tests.factories import (
    AttemptFactory,
    FaxFactory,
    InboundMessageFactory,
    OperatorFactory,
    OutgoingMailFactory,
    UserFactory,
    submission_with,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_line")]


@pytest.fixture(autouse=True)
def restored() -> None:
    """As a restored backup has it: the row of another database's installation."""
    Installation.objects.create(machine="the lost one", database="1/1")


def under_way(**facts: Any) -> Attempt:
    """A call that had no end when the backup was taken."""
    fax = FaxFactory.create(status=FaxStatus.SENDING, attempts_made=1, **facts)
    return AttemptFactory.create(fax=fax, ended_at=None, result_code=None)


def test_nothing_is_dialled_while_it_is_held() -> None:
    fax = FaxFactory.create()
    assert not delivery.transmit_next()
    fax.refresh_from_db()
    assert (fax.status, fax.attempts_made) == (FaxStatus.QUEUED, 0)


def test_nothing_is_mailed_while_it_is_held() -> None:
    mail = OutgoingMailFactory.create()
    send_for(seconds=1)
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (MailState.WAITING, 0)


def test_calls_under_way_are_not_looked_into_while_it_is_held() -> None:
    """The journal here is empty: it would promise that they were never dialled."""
    attempt = under_way()
    assert delivery.recover() == 0
    assert Attempt.objects.filter(pk=attempt.pk, ended_at=None).exists()


def test_no_deadline_passes_while_it_is_held() -> None:
    attempt = under_way(number="0081311112222")
    fax = FaxFactory.create(next_attempt_at=timezone.now() - timedelta(days=30))
    Attempt.objects.filter(pk=attempt.pk).update(started_at=timezone.now() - timedelta(days=30))
    assert delivery.keep_deadlines() == 0
    assert set(Fax.objects.values_list("pk", "status")) == {
        (attempt.fax_id, FaxStatus.SENDING),
        (fax.pk, FaxStatus.QUEUED),
    }


def test_nothing_that_is_on_hold_ends_or_goes_on_while_it_is_held() -> None:
    """The lost installation may have told its customer: nobody is told twice."""
    order = submission_with(FaxStatus.HELD)
    Submission.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert holding.look() == 0
    assert order.faxes.get().status == FaxStatus.HELD
    release()
    assert holding.look() == 1
    assert order.faxes.get().status == FaxStatus.FAILED


def test_a_release_lets_it_work() -> None:
    fax, mail = FaxFactory.create(), OutgoingMailFactory.create()
    release()
    assert not is_held()
    assert delivery.transmit_next()
    fax.refresh_from_db()
    assert fax.status == FaxStatus.SENT
    send_for(seconds=1)
    mail.refresh_from_db()
    assert mail.state == MailState.SENT


def test_a_call_under_way_at_the_backup_is_being_checked_after_a_release_and_not_dialled_again() -> None:
    attempt = under_way()
    assert release().calls == 1
    assert delivery.recover() == 0
    assert not delivery.transmit_next()
    fax = Fax.objects.get(pk=attempt.fax_id)
    assert (fax.status, fax.result_code) == (FaxStatus.UNCERTAIN, OUTCOME_UNKNOWN)


def test_what_has_ended_or_left_stays_as_it_is() -> None:
    final = [FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.CANCELED]
    submission_with(*final)
    mail = OutgoingMailFactory.create(state=MailState.SENT, next_try_at=timezone.now() - timedelta(days=1))
    release(give_up_before=timezone.now())
    assert sorted(Fax.objects.values_list("status", flat=True)) == sorted(final)
    mail.refresh_from_db()
    assert mail.state == MailState.SENT


def test_a_release_of_what_works_is_refused() -> None:
    release()
    attempt = under_way()
    with pytest.raises(NotHeld):
        release()
    assert Attempt.objects.filter(pk=attempt.pk, ended_at=None).exists()


def test_keys_that_the_lost_installation_has_given_out_are_not_given_out_again() -> None:
    """A carrier would tell how the call of that name ended, which was another fax's."""
    last_fax, last_call = FaxFactory.create().pk, AttemptFactory.create().pk
    release()
    assert FaxFactory.create().pk > last_fax + LEAP
    assert AttemptFactory.create().pk > last_call + LEAP


def test_what_was_due_before_the_lost_installation_stopped_can_be_given_up_and_is_told() -> None:
    stopped = timezone.now() - timedelta(hours=1)
    before, after = stopped - timedelta(minutes=1), stopped + timedelta(minutes=1)
    due = submission_with(FaxStatus.QUEUED)
    due.faxes.update(next_attempt_at=before, created_at=before)
    later = FaxFactory.create(next_attempt_at=after)
    old_mail = OutgoingMailFactory.create(next_try_at=before)
    new_mail = OutgoingMailFactory.create(next_try_at=before)
    OutgoingMail.objects.filter(pk=old_mail.pk).update(created_at=before)

    released = release(give_up_before=stopped)

    assert (released.given_up_faxes, released.given_up_mails) == (1, 1)
    given_up = due.faxes.get()
    assert (given_up.status, given_up.result_code) == (FaxStatus.FAILED, OUTCOME_UNKNOWN)
    later.refresh_from_db()
    assert later.status == FaxStatus.QUEUED
    states = dict(OutgoingMail.objects.values_list("key", "state"))
    assert states == {
        old_mail.key: MailState.FAILED,
        new_mail.key: MailState.WAITING,
        f"notify:{due.token}": MailState.WAITING,
    }


def test_a_mail_from_before_that_becomes_a_fax_only_here_is_given_up_too() -> None:
    stopped = timezone.now() - timedelta(hours=1)
    message = InboundMessageFactory.create(received_at=stopped - timedelta(minutes=1))
    submission_with(FaxStatus.QUEUED, message=message)
    assert release(give_up_before=stopped).given_up_faxes == 1


def test_a_fax_for_a_time_after_the_end_of_the_lost_installation_is_sent() -> None:
    stopped = timezone.now() - timedelta(hours=1)
    order = submission_with(FaxStatus.QUEUED, send_at=stopped + timedelta(hours=3))
    order.faxes.update(created_at=stopped - timedelta(hours=3), next_attempt_at=order.send_at)
    assert release(give_up_before=stopped).given_up_faxes == 0


def test_operators_read_what_waits() -> None:
    old = timezone.now() - timedelta(days=2)
    submission_with(FaxStatus.QUEUED, FaxStatus.HELD, FaxStatus.UNCERTAIN, FaxStatus.SENT)
    under_way()
    OutgoingMailFactory.create()
    InboundMessageFactory.create(received_at=old)
    InboundMessageFactory.create(status=InboundStatus.ACCEPTED, received_at=old - timedelta(days=1))
    found = waiting()
    assert (found.queued, found.on_hold, found.uncertain) == (1, 1, 1)
    assert (found.inbound, found.mails) == (1, 1)
    assert found.oldest == old


def test_every_operations_page_tells_of_the_hold_and_of_nothing_once_it_is_released(client: Client) -> None:
    client.force_login(OperatorFactory.create())
    FaxFactory.create()
    for page in ("/admin/", "/admin/faxsend/fax/"):
        assert 'class="hold"' in client.get(page).content.decode()
    release()
    assert 'class="hold"' not in client.get("/admin/").content.decode()


def release_in_admin(client: Client) -> str:
    form = {"action": "release", "_selected_action": ["1"]}
    return client.post("/admin/accounts/installation/", form, follow=True).content.decode()


def test_an_operator_releases_it_in_the_admin_and_that_is_written_down(client: Client) -> None:
    client.force_login(OperatorFactory.create())
    release_in_admin(client)
    assert not is_held()
    assert LogEntry.objects.get().object_id == "1"


def test_a_site_apart_from_the_workers_does_not_take_their_work_from_them(client: Client) -> None:
    """A machine without their ``INSTALLATION`` sees a hold where there is none for them."""
    take_over()
    Installation.objects.update(machine="the workers' one")
    assert why_held() is Hold.ELSEWHERE
    client.force_login(OperatorFactory.create())
    assert "installation release" in release_in_admin(client)
    assert Installation.objects.get().machine == "the workers' one"


def test_who_may_not_change_the_installation_does_not_release_it(client: Client) -> None:
    client.force_login(UserFactory.create(account=None, is_staff=True))
    release_in_admin(client)
    assert is_held()


def command(*arguments: str) -> str:
    output = StringIO()
    call_command("installation", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_tells_what_waits_and_releases() -> None:
    FaxFactory.create()
    assert "HELD" in command("status") and "faxes: 1 queued" in command("status")
    assert "released" in command("release")
    assert "This installation works." in command("status")
    with pytest.raises(CommandError, match="not held"):
        command("release")


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00", "2999-01-01T00:00"])
def test_the_command_refuses_a_time_that_is_none_or_has_not_come(time: str) -> None:
    with pytest.raises(CommandError, match="give-up-before"):
        command("release", "--give-up-before", time)
    assert is_held()


def test_the_question_is_one_query(django_assert_num_queries: Any) -> None:
    release()
    with django_assert_num_queries(1, connection=connection):
        is_held()
