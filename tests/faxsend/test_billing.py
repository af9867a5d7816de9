"""What a page costs, what is reserved and what is charged, on the real database."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db.models import Value

from faxsend.billing import price_of
from faxsend.models import Fax, Tariff
from tests.factories import FaxFactory, SubmissionFactory, TariffFactory

pytestmark = pytest.mark.django_db


def price(number: str) -> Decimal:
    fax = FaxFactory.create(number=number)
    Fax.objects.filter(pk=fax.pk).update(price=price_of("number"))
    fax.refresh_from_db()
    return fax.price


@pytest.mark.parametrize(
    ("number", "yen"),
    [
        ("0081311112222", 20),
        ("0081901112222", 35),
        ("0012125550100", 40),
        ("00687012345", 100),
    ],
)
def test_the_longest_prefix_says_what_a_page_costs(number: str, yen: int) -> None:
    for prefix, each in [("0081", 20), ("008190", 35), ("001", 40), ("", 100), ("00819", 30)]:
        TariffFactory.create(prefix=prefix, yen_per_page=each)

    assert price(number) == yen


def test_without_a_tariff_a_page_costs_nothing() -> None:
    TariffFactory.create(prefix="001", yen_per_page=40)

    assert price("0081311112222") == 0


@pytest.mark.parametrize("number", ["0099999990000", "009999999123456"])
def test_test_numbers_cost_nothing(number: str) -> None:
    TariffFactory.create(prefix="", yen_per_page=100)

    assert price(number) == 0


def test_a_price_can_stand_in_a_new_row() -> None:
    TariffFactory.create(prefix="0081", yen_per_page=Decimal("20.5"))
    submission = SubmissionFactory.create(open=2)
    numbers = ["0081311112222", "0012125550100"]

    Fax.objects.bulk_create(
        Fax(submission=submission, account=submission.account, number=number, price=price_of(Value(number)))
        for number in numbers
    )

    assert list(submission.faxes.order_by("pk").values_list("price", flat=True)) == [Decimal("20.5"), 0]
    assert Tariff.objects.count() == 1
