"""The operators' pages of tariff and usage."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Account
from faxsend.models import Tariff
from faxsend.states import FaxStatus
from tests.factories import AccountFactory, OperatorFactory, TariffFactory, submission_with

pytestmark = pytest.mark.django_db

TARIFFS = "/admin/faxsend/tariff/"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(OperatorFactory.create())
    return client


def test_the_tariff_is_edited_in_its_list(operator: Client) -> None:
    tariffs = [TariffFactory.create(prefix=prefix, yen_per_page=20) for prefix in ("", "0081")]
    facts = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2", "_save": "保存"}
    for place, (tariff, price) in enumerate(zip(tariffs, ("100", "15.50"), strict=True)):
        facts |= {f"form-{place}-id": str(tariff.pk), f"form-{place}-yen_per_page": price}

    assert "その他すべて" in operator.get(TARIFFS).content.decode()
    assert operator.post(TARIFFS, facts).status_code == 302

    prices = {tariff.prefix: str(tariff.yen_per_page) for tariff in Tariff.objects.all()}
    assert prices == {"": "100.00", "0081": "15.50"}


@pytest.mark.parametrize("prefix", ["03", "81", "0081-3", "+81", "００８１", "000", "00", "0081\n1", "0081x"])
def test_a_prefix_is_the_beginning_of_a_canonical_number(operator: Client, prefix: str) -> None:
    answer = operator.post(f"{TARIFFS}add/", {"prefix": prefix, "yen_per_page": "20"})

    assert "00と国番号で始まる数字で入力してください" in answer.content.decode()
    assert not Tariff.objects.exists()


@pytest.mark.parametrize("prefix", ["", "001", "008190", " 0081 "])
def test_every_other_prefix_is_taken_once(operator: Client, prefix: str) -> None:
    for _ in range(2):
        operator.post(f"{TARIFFS}add/", {"prefix": prefix, "yen_per_page": "20"})

    assert Tariff.objects.get().prefix == prefix.strip()


def test_a_tariff_that_leaves_numbers_free_says_so(operator: Client) -> None:
    free = "無料になります"
    assert free not in operator.get(TARIFFS).content.decode()
    TariffFactory.create(prefix="0081")
    assert free in operator.get(TARIFFS).content.decode()
    TariffFactory.create(prefix="")
    assert free not in operator.get(TARIFFS).content.decode()


@pytest.mark.parametrize("price", ["-1", "", "x", "1.001", "10001"])
def test_a_price_is_an_amount_of_yen(operator: Client, price: str) -> None:
    operator.post(f"{TARIFFS}add/", {"prefix": "0081", "yen_per_page": price})

    assert not Tariff.objects.exists()


def test_the_limit_of_an_account_is_the_operators(operator: Client) -> None:
    account = AccountFactory.create()
    page = operator.get(f"/admin/accounts/account/{account.pk}/change/").content.decode()
    assert 'name="credit_limit"' in page
    facts = {"name": "x", "language": "ja", "time_zone": "Asia/Tokyo", "credit_limit": "5000"}
    inlines = {f"{name}-{form}_FORMS": "0" for name in ("users", "senders") for form in ("TOTAL", "INITIAL")}

    operator.post(f"/admin/accounts/account/{account.pk}/change/", facts | inlines)

    assert Account.objects.get().credit_limit == 5000


def test_faxes_on_hold_are_found(operator: Client) -> None:
    held = submission_with(FaxStatus.HELD).faxes.get()
    other = submission_with(FaxStatus.QUEUED).faxes.get()

    page = operator.get("/admin/faxsend/fax/", {"state": "held"}).content.decode()

    assert f">{held.pk}</a>" in page and f">{other.pk}</a>" not in page
