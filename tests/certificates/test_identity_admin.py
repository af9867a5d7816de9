"""What operators see of the service certificates."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.certificates.issued import kept
from tests.factories import OperatorFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/certificates/serviceidentity/"


@pytest.fixture
def operator(client: Client, settings: Settings) -> Client:
    client.force_login(OperatorFactory.create())
    return client


def shown(operator: Client) -> tuple[list[tuple[str, str]], str]:
    """State and days left of each row, and the messages on top."""
    page = operator.get(LIST).content.decode()
    states = re.findall(r'<td class="field-state">(.*?)</td>', page)
    days = re.findall(r'<td class="field-days_left">(.*?)</td>', page)
    messages = re.search(r'<ul class="messagelist">(.*?)</ul>', page, re.DOTALL)
    return list(zip(states, days, strict=True)), messages[1] if messages else ""


def test_the_list_says_what_each_does_and_how_long(operator: Client, settings: Settings) -> None:
    kept("one", days=(-300, 90), created=-300)
    kept("two", days=(-100, 600), created=-100)
    settings.KEY_SECRETS = []

    assert shown(operator) == ([("署名と復号に使用中", "599"), ("復号のみ", "89")], "")


def test_an_end_within_sixty_days_stands_on_top(operator: Client) -> None:
    row = kept(days=(-300, 30))
    day = f"{timezone.localtime(row.not_after):%Y/%m/%d}"

    assert f"有効期限は{day}(残り29日)です。" in shown(operator)[1]


def test_that_nothing_can_be_signed_stands_on_top(operator: Client) -> None:
    kept(days=(-300, -1))

    assert "有効なInterFAXの電子証明書がありません" in shown(operator)[1]


def test_more_rows_take_no_more_queries(operator: Client) -> None:
    kept("one", created=-100)
    operator.get(LIST)  # the first look of all notes which installation the database belongs to
    with CaptureQueriesContext(connection) as one:
        operator.get(LIST)
    kept("two", created=-50)
    kept("three")
    with CaptureQueriesContext(connection) as three:
        operator.get(LIST)

    assert len(three) == len(one)
