"""A new service certificate: mail to the old one still comes in, and its holders get the new one by themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from certificates import rollover
from certificates.identity import destroy_key, fingerprint, pem
from certificates.models import CertificateRequest, ServiceIdentity
from certificates.published import published_certificate
from certificates.requests import MAILS_A_DAY, mail_request, request_certificate, waiting_requests
from certificates.tasks import look_for_requests
from faxsend.models import Fax, InboundStatus
from interfax_site.local.customer import Customer
from notifications.draining import drain
from notifications.models import OutgoingMail, Protection
from tests.certificates.holding import HOLDERS, holds, mailed, two_accounts_of_holders
from tests.certificates.issued import kept
from tests.factories import (
    AccountFactory,
    AuthorizedSenderFactory,
    CertificateRequestFactory,
    OutgoingMailFactory,
)
from tests.faxsend.encrypting import LETTER, order, processed
from tests.notifications.signing import ALICE
from tests.pki import authority

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_directory(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.OUTBOX_DIR = tmp_path / "outbox"


@pytest.fixture
def old() -> ServiceIdentity:
    return kept("one", days=(-300, 100), created=-300)


@pytest.fixture
def holders(old: ServiceIdentity) -> list[Account]:
    return two_accounts_of_holders()


def test_an_order_encrypted_to_the_old_one_is_faxed_and_what_is_told_is_signed_by_the_new_one(
    old: ServiceIdentity, settings: Settings, tmp_path: Path
) -> None:
    account = AuthorizedSenderFactory.create(address=ALICE).account
    new = kept("two")
    customer = Customer(tmp_path, ALICE)
    for number, identity in enumerate((old, new)):
        (tmp_path / "service.crt").write_text(identity.certificate)
        entity = customer.openssl("cms", "-encrypt", "-aes-256-cbc", "service.crt", data=LETTER)
        message = processed(order(entity, message_id=f"<{number}@example.com>"), account)
        assert message.status == InboundStatus.ACCEPTED
    OutgoingMailFactory.create(recipient=ALICE, protection=Protection.PROTECT)
    assert drain()
    (tmp_path / "root.crt").write_text(pem(authority().root.certificate))
    [told] = settings.OUTBOX_DIR.glob("*.eml")
    customer.verify(told.read_bytes(), root=tmp_path / "root.crt", signer="send@fax.tc")
    signer = x509.load_pem_x509_certificate((tmp_path / "signer.crt").read_bytes())

    assert Fax.objects.count() == 2
    assert fingerprint(signer) == new.fingerprint
    assert fingerprint(published_certificate(timezone.now()).certificate) == new.fingerprint


def test_every_holder_gets_the_new_one_once_however_often_somebody_looks(
    holders: list[Account], old: ServiceIdentity
) -> None:
    new = kept("two")
    for _ in range(3):
        look_for_requests()

    assert mailed() == HOLDERS
    written = CertificateRequest.objects.exclude(replaces="")
    assert {(row.replaces, row.mailed_certificate) for row in written} == {(old.fingerprint, new.fingerprint)}
    assert written.get(address=HOLDERS[1]).account == holders[1]  # who asked last


def test_before_the_new_one_has_begun_to_sign_nobody_is_told(holders: list[Account]) -> None:
    kept("two", days=(1, 700))
    look_for_requests()

    assert mailed() == []


def test_who_has_the_new_one_already_is_not_told(holders: list[Account]) -> None:
    kept("two")
    holds(holders[0], HOLDERS[0].upper())
    look_for_requests()

    assert mailed() == HOLDERS[1:]


def test_who_waits_for_a_mail_anyhow_gets_that_one_alone(holders: list[Account]) -> None:
    kept("two")
    request_certificate(holders[0], HOLDERS[:1])
    look_for_requests()

    assert mailed() == HOLDERS
    assert CertificateRequest.objects.exclude(replaces="").count() == 2


def test_an_address_that_is_no_sender_any_more_is_told_too(old: ServiceIdentity) -> None:
    """It asked for nothing but holds the certificate: what it encrypts could soon not be opened."""
    sender = AuthorizedSenderFactory.create(address=HOLDERS[0])
    holds(sender.account, HOLDERS[0])
    sender.delete()
    kept("two")
    look_for_requests()

    assert mailed() == HOLDERS[:1]


def test_a_few_at_a_time_and_no_more_while_these_wait(old: ServiceIdentity) -> None:
    account = AccountFactory.create()
    for number in range(rollover.BATCH + 1):
        CertificateRequestFactory.create(
            account=account,
            address=f"holder{number}@example.com",
            mailed_at=timezone.now(),
            mailed_certificate=old.fingerprint,
        )
    kept("two")
    now = timezone.now()

    assert [rollover.write_requests(now), rollover.write_requests(now)] == [rollover.BATCH, 0]
    look_for_requests()
    look_for_requests()
    assert len(mailed()) == len(set(mailed())) == rollover.BATCH + 1


def test_what_somebody_asks_for_goes_before_the_rest(holders: list[Account]) -> None:
    kept("two")
    assert rollover.write_requests(timezone.now()) == 3
    asked = CertificateRequestFactory.create(account=holders[0], address="asked@example.com")

    assert waiting_requests(timezone.now())[0] == asked.pk


def test_they_do_not_count_among_those_that_an_account_may_ask_for(holders: list[Account]) -> None:
    kept("two")
    look_for_requests()
    CertificateRequestFactory.create_batch(MAILS_A_DAY - 1, account=holders[0])

    assert request_certificate(holders[0], HOLDERS[:1]).new == 1


def test_nothing_is_mailed_for_a_certificate_that_was_destroyed_meanwhile(holders: list[Account]) -> None:
    new = kept("two")
    assert rollover.write_requests(timezone.now()) == 3
    destroy_key(new, at=timezone.now(), force=True)
    look_for_requests()

    assert mailed() == []
    assert not CertificateRequest.objects.exclude(replaces="").exists()


def test_when_the_new_one_is_destroyed_later_its_holders_get_the_one_that_signs_again(
    holders: list[Account], old: ServiceIdentity
) -> None:
    new = kept("two")
    look_for_requests()
    OutgoingMail.objects.all().delete()
    destroy_key(new, at=timezone.now(), force=True)
    look_for_requests()

    assert mailed() == HOLDERS
    last = CertificateRequest.objects.filter(address=HOLDERS[0]).latest("pk")
    assert (last.replaces, last.mailed_certificate) == (new.fingerprint, old.fingerprint)


def test_without_a_valid_certificate_nobody_is_told_and_later_everybody(holders: list[Account]) -> None:
    ServiceIdentity.objects.update(not_after=timezone.now() - timedelta(days=1))
    look_for_requests()
    assert CertificateRequest.objects.exclude(replaces="").count() == 0

    kept("two")
    look_for_requests()
    assert mailed() == HOLDERS


@pytest.mark.django_db(transaction=True)
def test_cut_off_in_between_nothing_is_lost_and_nothing_doubled(holders: list[Account]) -> None:
    kept("two")
    with pytest.raises(KeyboardInterrupt):
        with transaction.atomic():
            rollover.write_requests(timezone.now())
            raise KeyboardInterrupt
    assert not CertificateRequest.objects.exclude(replaces="").exists()
    rollover.write_requests(timezone.now())
    first, *_others = waiting_requests(timezone.now())
    with pytest.raises(KeyboardInterrupt):
        with transaction.atomic():
            assert mail_request(first)
            raise KeyboardInterrupt
    assert mailed() == []
    look_for_requests()
    look_for_requests()
    assert mailed() == HOLDERS


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_write_once(holders: list[Account]) -> None:
    kept("two")

    def look() -> int:
        try:
            return rollover.write_requests(timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert rollover.write_requests(timezone.now()) == 3
            assert pool.submit(look).result(5) == 0
        assert pool.submit(look).result(5) == 0
    assert CertificateRequest.objects.exclude(replaces="").count() == 3
