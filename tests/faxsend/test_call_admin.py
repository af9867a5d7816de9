"""The calls of a fax, as operators read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from faxsend.call_admin import NEWEST_CALLS
from faxsend.models import Attempt, Fax
from tests.factories import AttemptFactory, FaxFactory, OperatorFactory

pytestmark = pytest.mark.django_db

CALLS = reverse("admin:faxsend_attempt_changelist")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(OperatorFactory.create())
    return client


@pytest.fixture
def fax() -> Fax:
    return FaxFactory.create(submission__pages__count=3)


def page_of(fax: Fax) -> str:
    return reverse("admin:faxsend_fax_change", args=[fax.pk])


def columns(client: Client, address: str) -> dict[str, str]:
    """What a table says of one call, by the name of the column, without markup."""
    cells = re.findall(
        r'<td class="(?:[\w ]* )?field-(\w+)[^>]*>(.*?)</td>', client.get(address).content.decode(), re.S
    )
    return {name: " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for name, cell in cells}


@pytest.mark.parametrize("of_fax", [True, False])
def test_operators_read_of_a_call_what_the_carrier_has_told(operator: Client, fax: Fax, of_fax: bool) -> None:
    AttemptFactory.create(
        fax=fax,
        started_at=datetime(2026, 1, 15, 3, 20, 7, tzinfo=UTC),
        carrier="spandsp",
        result_code=3268,
        first_page=2,
        pages_confirmed=3,
        duration=timedelta(seconds=65),
        remote_csid="+81 3 1111 2222",
        bits_per_second=14400,
        ecm=True,
        engine_words="Unexpected DCN <b>while</b> waiting",
    )

    told = columns(operator, page_of(fax) if of_fax else CALLS)

    assert (told["carrier"], told["pages"], told["took"], told["speed"]) == (
        "spandsp",
        "2–3",
        "1:05",
        "14,400",
    )
    assert told["began"] == "2026/01/15 12:20:07"
    assert told["result"] == "3268-ページ送信後にエラーが発生しました"
    assert told["remote_csid"] == "+81 3 1111 2222"
    assert told["engine_words"] == "Unexpected DCN &lt;b&gt;while&lt;/b&gt; waiting"


def test_what_a_carrier_has_not_told_stays_empty(operator: Client, fax: Fax) -> None:
    AttemptFactory.create(fax=fax, result_code=6017)

    told = columns(operator, page_of(fax))

    assert [told[name] for name in ("pages", "took", "speed")] == ["", "", ""]


@pytest.mark.parametrize(("ecm", "icon"), [(True, "icon-yes"), (False, "icon-no"), (None, "icon-unknown")])
def test_whether_errors_were_corrected_may_be_unknown(
    operator: Client, fax: Fax, ecm: bool | None, icon: str
) -> None:
    AttemptFactory.create(fax=fax, ecm=ecm)

    assert icon in operator.get(CALLS).content.decode()


def test_a_call_that_was_never_dialled_is_said_so(operator: Client, fax: Fax) -> None:
    AttemptFactory.create(fax=fax, result_code=None)

    assert columns(operator, CALLS)["result"] == columns(operator, page_of(fax))["result"] == "発信せず"


def test_of_very_many_calls_of_a_fax_the_newest_are_shown(operator: Client, fax: Fax) -> None:
    Attempt.objects.bulk_create(AttemptFactory.build_batch(NEWEST_CALLS + 1, fax=fax, result_code=None))
    first, *others = Attempt.objects.order_by("pk")

    page = operator.get(page_of(fax)).content.decode()

    assert page.count('field-engine_words"') == NEWEST_CALLS
    assert page.index(f"<p>{others[-1].pk}</p>") < page.index(f"<p>{others[0].pk}</p>")
    assert f"<p>{first.pk}</p>" not in page
