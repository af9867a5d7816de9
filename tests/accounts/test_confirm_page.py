"""The page behind the link in a confirmation mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuthorizedSender
from accounts.senders import add_sender
from tests.accounts.confirmation import last_mail, link_in
from tests.factories import AccountFactory, AuthorizedSenderFactory

pytestmark = pytest.mark.django_db

ADDRESS = "taro@example.co.jp"


@pytest.fixture
def link() -> str:
    """As it was mailed."""
    add_sender(AccountFactory.create(name="株式会社<山田>"), ADDRESS)
    return link_in(last_mail())


def is_confirmed() -> bool:
    return AuthorizedSender.objects.get(address=ADDRESS).verified_at is not None


def test_the_page_names_the_account_and_the_address_and_has_one_button(client: Client, link: str) -> None:
    page = client.get(link).content.decode()

    assert "株式会社&lt;山田&gt;" in page
    assert ADDRESS in page
    assert page.count("<button") == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_program_that_looks_at_the_link_does_not_confirm(client: Client, link: str, method: str) -> None:
    assert getattr(client, method)(link).status_code == 200

    assert not is_confirmed()


def test_the_button_confirms(client: Client, link: str) -> None:
    answer = client.post(link, follow=True)

    assert is_confirmed()
    assert "メールアドレスを確認しました" in answer.content.decode()


def test_a_used_link_says_so_and_has_no_button(client: Client, link: str) -> None:
    client.post(link)

    page = client.post(link, follow=True).content.decode()

    assert "メールアドレスを確認しました" in page
    assert "<button" not in page


@pytest.mark.parametrize("token", ["made-up", "x" * 500])
def test_an_unknown_link_gets_a_friendly_page(client: Client, token: str) -> None:
    answer = client.post(f"/accounts/senders/confirm/{token}/")

    assert answer.status_code == 404
    assert "このリンクは使用できません" in answer.content.decode()


def test_an_old_link_does_not_confirm(client: Client, link: str) -> None:
    AuthorizedSender.objects.update(asked_at=timezone.now() - timedelta(days=7, minutes=1))

    answer = client.post(link)

    assert answer.status_code == 404
    assert not is_confirmed()


def test_an_address_confirmed_elsewhere_is_explained(client: Client, link: str) -> None:
    other = AuthorizedSenderFactory.create(address=ADDRESS.upper())

    answer = client.post(link)

    assert answer.status_code == 409
    assert "他のアカウントで使用されています" in answer.content.decode()
    assert not is_confirmed()
    assert AuthorizedSender.objects.get(pk=other.pk).verified_at is not None


def test_a_form_from_elsewhere_does_not_confirm(link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403

    assert not is_confirmed()


def test_the_page_is_not_kept_by_the_browser(client: Client, link: str) -> None:
    assert "no-store" in client.get(link)["Cache-Control"]
