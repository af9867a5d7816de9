"""プロパティ → FAX受信: forwarding addresses and their 「セキュリティ設定」."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from certificates.identity import pem
from certificates.models import RegisteredCertificate
from notifications.forwarding import ADDRESSES_AN_ACCOUNT, forwarding_rows
from notifications.models import ForwardingAddress
from tests.factories import ForwardingAddressFactory, UserFactory
from tests.pki import Usage, authority

pytestmark = pytest.mark.django_db

PAGE = "/properties/fax-receiving/"
ADDRESSES = PAGE + "addresses/"


@pytest.fixture
def account(client: Client) -> Account:
    """The account of somebody who is logged in."""
    user = UserFactory.create()
    client.force_login(user)
    assert user.account is not None
    return user.account


def register(address: str, *, days: int = 100) -> None:
    """A real certificate, said to end after so many days."""
    RegisteredCertificate.objects.create(
        address=address,
        certificate=pem(authority().alice.certificate),
        fingerprint=f"{address}:{days}",
        not_after=timezone.now() + timedelta(days=days),
    )


def page_after(client: Client, path: str, data: dict[str, Any]) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def security(forwarding: ForwardingAddress) -> str:
    return f"{ADDRESSES}{forwarding.pk}/security/"


def boxes(forwarding: ForwardingAddress) -> tuple[bool, bool]:
    forwarding.refresh_from_db()
    return forwarding.sign, forwarding.encrypt


def test_an_address_is_added_without_protection(client: Client, account: Account) -> None:
    page = page_after(client, ADDRESSES, {"address": "fax@example.co.jp"})

    assert boxes(account.forwarding_addresses.get()) == (False, False)
    assert "fax@example.co.jp を追加しました。" in page


@pytest.mark.parametrize(("days", "protected"), [(100, True), (-1, False)])
def test_an_address_with_a_valid_certificate_is_protected_from_the_start(
    client: Client, account: Account, days: int, protected: bool
) -> None:
    register("fax@example.co.jp", days=days)

    page_after(client, ADDRESSES, {"address": "Fax@example.co.jp"})

    assert boxes(account.forwarding_addresses.get()) == (protected, protected)


@pytest.mark.parametrize("address", ["", "fax", "fax\uff20example.jp", "a@b.jp,c@d.jp"])
def test_a_bad_address_is_said_at_its_field_and_kept(client: Client, account: Account, address: str) -> None:
    page = page_after(client, ADDRESSES, {"address": address})

    assert not ForwardingAddress.objects.exists()
    assert re.search(r'<input[^>]*name="address"[^>]*aria-invalid="true"', page)
    assert not address or f'value="{address}"' in page


def test_an_address_stands_in_the_list_once_whatever_its_case(client: Client, account: Account) -> None:
    ForwardingAddressFactory.create(account=account, address="fax@example.co.jp")

    page = page_after(client, ADDRESSES, {"address": "FAX@example.co.jp"})

    assert account.forwarding_addresses.count() == 1
    assert "このメールアドレスはすでに登録されています。" in page


def test_an_account_has_at_most_25_addresses(client: Client, account: Account) -> None:
    ForwardingAddressFactory.create_batch(ADDRESSES_AN_ACCOUNT - 1, account=account)
    page_after(client, ADDRESSES, {"address": "twenty-fifth@example.jp"})

    page = page_after(client, ADDRESSES, {"address": "one-more@example.jp"})

    assert account.forwarding_addresses.count() == 25
    assert "25件まで" in page


def test_an_address_is_deleted(client: Client, account: Account) -> None:
    forwarding = ForwardingAddressFactory.create(account=account)

    page = page_after(client, f"{ADDRESSES}{forwarding.pk}/delete/", {})

    assert not ForwardingAddress.objects.exists()
    assert f"{forwarding.address} を削除しました。" in page


def test_the_boxes_are_checked_as_they_are_stored(client: Client, account: Account) -> None:
    forwarding = ForwardingAddressFactory.create(account=account, sign=True)

    page = client.get(security(forwarding)).content.decode()

    assert "data-dialog-content" in page
    assert re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', page) == ["sign"]
    assert re.findall(r"<label[^>]*><input[^>]*> ([^<]+)</label>", page) == [
        "電子署名",
        "受信メールの暗号化",
    ]


def test_the_boxes_are_switched_off(client: Client, account: Account) -> None:
    """「電子署名」や「受信メールの暗号化」の各チェックボックスのチェックを外して[更新]をおこない設定します。"""
    forwarding = ForwardingAddressFactory.create(account=account, sign=True, encrypt=True)
    register(forwarding.address)

    page = page_after(client, security(forwarding), {})

    assert boxes(forwarding) == (False, False)
    assert "変更を保存しました。" in page


def test_encryption_is_switched_on_where_a_certificate_is_registered(
    client: Client, account: Account
) -> None:
    forwarding = ForwardingAddressFactory.create(account=account, address="fax@example.co.jp")
    register("FAX@example.co.jp")

    page_after(client, security(forwarding), {"encrypt": "on"})

    assert boxes(forwarding) == (False, True)


@pytest.mark.parametrize("expired", [False, True])
def test_without_a_valid_certificate_encryption_is_refused_with_the_way_to_register(
    client: Client, account: Account, expired: bool
) -> None:
    forwarding = ForwardingAddressFactory.create(account=account)
    if expired:
        register(forwarding.address, days=-1)

    page = page_after(client, security(forwarding), {"sign": "on", "encrypt": "on"})

    assert boxes(forwarding) == (False, False)
    assert f"{forwarding.address} から digitalid@interfax.net へ電子署名付きメールを送信して" in page
    assert re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', page) == ["sign", "encrypt"]


def test_encryption_that_is_on_stays_on_after_the_certificate_is_gone(
    client: Client, account: Account
) -> None:
    forwarding = ForwardingAddressFactory.create(account=account, encrypt=True)

    page_after(client, security(forwarding), {"sign": "on", "encrypt": "on"})

    assert boxes(forwarding) == (True, True)


@pytest.mark.parametrize(("days", "word"), [([], "未登録"), ([-1], "期限切れ"), ([-1, 100], "登録済み")])
def test_the_list_tells_whether_a_certificate_is_registered(
    client: Client, account: Account, days: list[int], word: str
) -> None:
    forwarding = ForwardingAddressFactory.create(account=account)
    for end in days:
        register(forwarding.address, days=end)

    page = client.get(PAGE).content.decode()

    assert [label for label in ["未登録", "期限切れ", "登録済み"] if label in page] == [word]


def test_the_list_asks_the_database_three_times_however_long_it_is(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for forwarding in ForwardingAddressFactory.create_batch(5, account=account):
        register(forwarding.address)

    with django_assert_num_queries(3):
        assert len(forwarding_rows(account)) == 5


@pytest.mark.parametrize("path", ["delete/", "security/"])
def test_another_accounts_address_is_not_found(client: Client, account: Account, path: str) -> None:
    strange = ForwardingAddressFactory.create(sign=True)

    assert client.post(f"{ADDRESSES}{strange.pk}/{path}").status_code == 404
    assert boxes(strange) == (True, False)
    assert strange.address not in client.get(PAGE).content.decode()


@pytest.mark.parametrize("path", ["addresses/", "addresses/1/delete/"])
def test_a_reload_after_an_error_comes_back_to_the_page(client: Client, account: Account, path: str) -> None:
    assert client.get(PAGE + path)["Location"] == PAGE


def test_the_page_says_when_forwarding_begins(client: Client, account: Account) -> None:
    assert "FAX受信サービスの提供開始とともに始まります" in client.get(PAGE).content.decode()


def test_a_certificate_that_cannot_be_encrypted_to_is_none_to_switch_on_with(
    client: Client, account: Account
) -> None:
    forwarding = ForwardingAddressFactory.create(account=account)
    register(forwarding.address)
    signing_only = authority().issue(forwarding.address, usage=Usage(frozenset({"digital_signature"})))
    RegisteredCertificate.objects.update(certificate=pem(signing_only.certificate))

    page = page_after(client, security(forwarding), {"sign": "on", "encrypt": "on"})

    assert boxes(forwarding) == (False, False)
    assert "証明書が失効または使用不可" in client.get(PAGE).content.decode()
    assert "有効な証明書" in page
