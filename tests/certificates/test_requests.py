"""Asking for the service certificate: how often, for whom, and that each request is mailed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Account
from certificates.identity import NoServiceIdentity
from certificates.models import CertificateRequest, ServiceIdentity
from certificates.requests import (
    FOREIGN_ADDRESSES,
    MAILS_A_DAY,
    mail_request,
    request_certificate,
    suggested_recipients,
    waiting_requests,
)
from certificates.tasks import look_for_requests
from faxsend.certificate_requests import NEWEST, RequestState, latest
from interfax_site.celery import app
from notifications.models import MailState, OutgoingMail
from tests.factories import (
    AccountFactory,
    AuthorizedSenderFactory,
    CertificateRequestFactory,
    OutgoingMailFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def foreign(count: int) -> list[str]:
    return [f"guest{number}@example.com" for number in range(count)]


def outbox() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("recipient", flat=True))


def test_all_senders_are_suggested_separated_by_half_width_commas(account: Account) -> None:
    for address in ("b@example.com", "A@example.com", "c@example.com"):
        AuthorizedSenderFactory.create(account=account, address=address)
    AuthorizedSenderFactory.create(account=account, address="d@example.com", verified_at=None)
    AuthorizedSenderFactory.create(address="of-another-account@example.com")

    assert suggested_recipients(account) == "A@example.com,b@example.com,c@example.com,d@example.com"


def test_each_address_gets_a_mail_of_its_own(account: Account) -> None:
    request_certificate(account, ["a@example.com", "b@example.com"])
    look_for_requests()

    assert outbox() == ["a@example.com", "b@example.com"]
    assert not CertificateRequest.objects.filter(mailed_at=None).exists()


def test_a_request_is_mailed_once_however_often_somebody_looks(account: Account) -> None:
    request_certificate(account, ["a@example.com"])
    for _ in range(3):
        look_for_requests()

    assert outbox() == ["a@example.com"]


def test_a_request_that_another_worker_has_mailed_meanwhile_is_left_alone(account: Account) -> None:
    request = CertificateRequestFactory.create(account=account)

    assert [mail_request(request.pk), mail_request(request.pk)] == [True, False]


def test_pressing_twice_within_a_minute_mails_once(account: Account) -> None:
    first = request_certificate(account, ["a@example.com"])
    second = request_certificate(account, ["A@Example.com", "b@example.com"])
    look_for_requests()

    assert (first.new, first.repeated) == (1, 0)
    assert (second.new, second.repeated) == (1, 1)
    assert outbox() == ["a@example.com", "b@example.com"]


def test_after_a_minute_the_same_address_can_be_asked_for_again(account: Account) -> None:
    request_certificate(account, ["a@example.com"])
    CertificateRequest.objects.update(requested_at=timezone.now() - timedelta(seconds=61))

    assert request_certificate(account, ["a@example.com"]).new == 1


def test_what_another_account_asked_for_does_not_count(account: Account) -> None:
    CertificateRequestFactory.create(address="a@example.com")

    assert request_certificate(account, ["a@example.com"]).new == 1


def test_twenty_foreign_addresses_beside_all_own_ones_are_taken(account: Account) -> None:
    own = [AuthorizedSenderFactory.create(account=account).address.upper() for _ in range(5)]

    assert request_certificate(account, [*own, *foreign(FOREIGN_ADDRESSES)]).new == 25


def test_twenty_one_foreign_addresses_are_refused_and_nothing_is_kept(account: Account) -> None:
    own = AuthorizedSenderFactory.create(account=account)

    with pytest.raises(ValidationError, match="20件まで"):
        request_certificate(account, [own.address, *foreign(FOREIGN_ADDRESSES + 1)])
    assert not CertificateRequest.objects.exists()


def test_a_hundred_mails_a_day_and_not_one_more(account: Account) -> None:
    CertificateRequestFactory.create_batch(
        MAILS_A_DAY - 1, account=account, requested_at=timezone.now() - timedelta(hours=23)
    )
    with pytest.raises(ValidationError, match="残り1通"):
        request_certificate(account, foreign(2))
    assert request_certificate(account, foreign(1)).new == 1
    with pytest.raises(ValidationError, match="残り0通"):
        request_certificate(account, ["one-more@example.com"])


def test_what_was_sent_yesterday_does_not_count(account: Account) -> None:
    CertificateRequestFactory.create_batch(
        MAILS_A_DAY, account=account, requested_at=timezone.now() - timedelta(hours=25)
    )
    assert request_certificate(account, foreign(1)).new == 1


def test_without_a_service_certificate_nothing_is_kept(account: Account) -> None:
    ServiceIdentity.objects.all().delete()

    with pytest.raises(NoServiceIdentity):
        request_certificate(account, foreign(1))
    assert not CertificateRequest.objects.exists()


def test_a_request_that_waits_for_a_certificate_is_mailed_later(account: Account) -> None:
    request_certificate(account, ["a@example.com"])
    end = ServiceIdentity.objects.get().not_after
    ServiceIdentity.objects.update(not_after=timezone.now())
    look_for_requests()
    assert (outbox(), latest(account)[0].state) == ([], RequestState.WAITING)

    ServiceIdentity.objects.update(not_after=end)
    look_for_requests()
    assert outbox() == ["a@example.com"]


def test_a_mail_that_cannot_be_made_does_not_stop_the_others(account: Account) -> None:
    broken = AccountFactory.create(time_zone="Nowhere/City")
    CertificateRequestFactory.create(account=broken)
    CertificateRequestFactory.create(account=account, address="a@example.com")
    look_for_requests()

    assert outbox() == ["a@example.com"]
    assert latest(broken)[0].state == RequestState.WAITING


def test_after_a_day_a_request_without_a_mail_is_given_up_and_says_so(account: Account) -> None:
    CertificateRequestFactory.create(account=account, requested_at=timezone.now() - timedelta(hours=25))

    assert waiting_requests(timezone.now()) == []
    assert latest(account)[0].state == RequestState.FAILED
    assert latest(account)[0].error == "メールを作成できませんでした。もう一度お試しください。"


@pytest.mark.parametrize(
    ("mail_state", "error", "state", "word", "sentence"),
    [
        (MailState.WAITING, "", RequestState.WAITING, "送信待ち", ""),
        (MailState.WAITING, "451 4.7.1 later", RequestState.WAITING, "送信待ち", "自動的に再送します"),
        (MailState.SENT, "", RequestState.SENT, "送信済み", ""),
        (MailState.FAILED, "550 5.1.1 <a@b> unknown", RequestState.FAILED, "送信できませんでした", "(550)"),
        (
            MailState.FAILED,
            "OSError: no route",
            RequestState.FAILED,
            "送信できませんでした",
            "接続できません",
        ),
    ],
)
def test_what_came_of_a_mail_is_told_in_words_of_our_own(
    account: Account, mail_state: str, error: str, state: RequestState, word: str, sentence: str
) -> None:
    request = CertificateRequestFactory.create(account=account, mailed_at=timezone.now())
    OutgoingMailFactory.create(key=request.mail_key, state=mail_state, error=error)
    [line] = latest(account)

    assert (line.address, line.state, str(line.state.label)) == (request.address, state, word)
    assert sentence in line.error
    assert bool(line.error) == bool(error)
    assert "unknown" not in line.error and "no route" not in line.error


def test_a_mail_that_the_outbox_no_longer_keeps_is_not_called_sent(account: Account) -> None:
    CertificateRequestFactory.create(account=account, mailed_at=timezone.now())

    assert str(latest(account)[0].state.label) == "記録なし"


def test_the_newest_twenty_of_this_account_are_shown(account: Account) -> None:
    now = timezone.now()
    for number in range(NEWEST + 2):
        CertificateRequestFactory.create(account=account, requested_at=now - timedelta(minutes=number))
    CertificateRequestFactory.create()
    lines = latest(account)

    assert len(lines) == NEWEST
    assert [line.requested_at for line in lines] == sorted(
        (line.requested_at for line in lines), reverse=True
    )
    assert lines[0].requested_at == now


def test_the_task_has_the_name_that_queues_and_sweep_know() -> None:
    assert app.conf.task_routes[look_for_requests.name] == {"queue": "mail"}
    assert look_for_requests.name in {entry["task"] for entry in app.conf.beat_schedule.values()}


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_mail_once(account: Account) -> None:
    """The second comes while the first is not committed: it cannot see the first one's rows, so it waits."""

    def press() -> int:
        try:
            return request_certificate(account, ["a@example.com"]).new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert request_certificate(account, ["a@example.com"]).new == 1
            second = pool.submit(press)
            wait([second], timeout=0.3)
            assert not second.done()
        assert second.result(5) == 0
    assert CertificateRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_that_somebody_holds_is_left_to_them(account: Account) -> None:
    request = CertificateRequestFactory.create(account=account)

    def look() -> bool:
        try:
            return mail_request(request.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            CertificateRequest.objects.select_for_update().get(pk=request.pk)
            assert pool.submit(look).result(5) is False
        assert pool.submit(look).result(5) is True
    assert outbox() == [request.address]


@pytest.mark.django_db(transaction=True)
def test_the_mail_and_its_note_are_kept_together_or_not_at_all(account: Account) -> None:
    request = CertificateRequestFactory.create(account=account, address="a@example.com")
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE certificates_certificaterequest ADD CONSTRAINT never CHECK (mailed_at IS NULL)"
        )
    try:
        look_for_requests()
        assert outbox() == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE certificates_certificaterequest DROP CONSTRAINT never")
    look_for_requests()
    assert outbox() == [request.address]
