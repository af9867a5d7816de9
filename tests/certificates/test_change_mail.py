"""What holders of a service certificate are told when another one takes its place."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from certificates.identity import destroy_key
from certificates.models import ServiceIdentity
from certificates.tasks import look_for_requests
from notifications.models import OutgoingMail
from tests.certificates.holding import HOLDERS, mailed, two_accounts_of_holders
from tests.certificates.issued import kept
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_directory(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def old() -> ServiceIdentity:
    return kept("one", days=(-300, 100), created=-300)


@pytest.fixture
def holders(old: ServiceIdentity) -> list[Account]:
    return two_accounts_of_holders()


def read(recipient: str) -> tuple[str, str]:
    """Subject and text of the mail to one address."""
    content = bytes(OutgoingMail.objects.get(recipient=recipient).content)
    mail = email.message_from_bytes(content, policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    return str(mail["Subject"]), text.get_content()


def test_the_mail_says_since_when_and_until_when(holders: list[Account], old: ServiceIdentity) -> None:
    new = kept("two")
    Account.objects.filter(pk=holders[1].pk).update(language="en")
    look_for_requests()
    since, until = (f"{timezone.localtime(moment):%Y/%m/%d}" for moment in (new.created_at, old.not_after))
    subject, text = read(HOLDERS[0])
    english_subject, english = read(HOLDERS[2])

    assert subject == "InterFAXの電子証明書(デジタルID)更新のお知らせ"
    assert f"{since}以降、send@fax.tc宛てのメールの暗号化にはこの証明書を" in text
    assert f"これまでの証明書で暗号化したメールは、{until}まで受け付けます。" in text
    assert english_subject == "The InterFAX certificate (digital ID) has changed"
    assert f"accepted until {until}." in english and f"since {since} mail" in english
    assert "account management site of InterFAX. The mail is signed" not in english


def test_the_mail_does_not_promise_what_an_expired_certificate_no_longer_does(holders: list[Account]) -> None:
    ServiceIdentity.objects.update(not_after=timezone.now() - timedelta(days=1))
    kept("two")
    look_for_requests()

    assert "これまでの証明書は有効期限が切れています。" in read(HOLDERS[0])[1]


def test_holders_of_a_destroyed_certificate_learn_that_it_opens_nothing_any_more(
    holders: list[Account], old: ServiceIdentity
) -> None:
    kept("two")
    destroy_key(old, at=timezone.now())
    look_for_requests()

    assert mailed() == HOLDERS
    assert "すでに受け付けることができません" in read(HOLDERS[0])[1]


def test_the_site_says_that_it_was_sent_by_itself(client: Client, holders: list[Account]) -> None:
    client.force_login(UserFactory.create(account=holders[0]))
    kept("two")
    assert "更新に伴う" not in client.get("/properties/fax-sending/").content.decode()
    look_for_requests()

    page = client.get("/properties/fax-sending/").content.decode()
    assert page.count("InterFAXの電子証明書の更新に伴う自動送信") == 1
