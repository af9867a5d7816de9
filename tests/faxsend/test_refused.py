"""FAX履歴 → 受付エラー: what was refused, and what only the account may read about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from faxsend.models import InboundStatus
from faxsend.refused import REFUSED_A_PAGE
from tests.factories import AccountFactory, AuthorizedSenderFactory, InboundMessageFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGE = "/history/refused/"


@pytest.fixture
def user(client: Client) -> User:
    user = UserFactory.create()
    client.force_login(user)
    return user


def refused(user: User, **facts: object) -> None:
    InboundMessageFactory.create(account=user.account, status=InboundStatus.REJECTED, **facts)


def test_a_refused_mail_stands_with_its_reason_its_place_and_what_was_wrong(
    client: Client, user: User
) -> None:
    refused(
        user,
        sender="taro@example.jp",
        encrypted=True,
        rejection_code="invalid-number",
        rejection_position=2,
        rejection_detail=b"03-<abc>",
    )
    page = client.get(PAGE).content.decode()
    for text in ("taro@example.jp", "Not a valid fax number", "2番目の宛先", "03-&lt;abc&gt;", "暗号化"):
        assert text in page


def test_the_reason_of_a_signature_is_the_one_that_its_sender_was_told(client: Client, user: User) -> None:
    refused(user, rejection_code="signature-rejected", rejection_detail=b"certificate has expired")
    assert "*** Cannot authenticate - certificate has expired ***" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("code", "detail", "is_shown"),
    [
        ("unknown-list", "list", True),
        ("unknown-list", "members", True),
        ("bad-option", "/rt 99", True),
        ("bad-option", "/rt", False),
        ("signature-rejected", "certificate has expired", False),
        ("of-a-later-version", "version", True),
    ],
)
def test_a_detail_is_shown_unless_the_reason_already_says_it(
    client: Client, user: User, code: str, detail: str, is_shown: bool
) -> None:
    refused(user, rejection_code=code, rejection_detail=detail.encode())
    page = client.get(PAGE).content.decode()
    assert (f'<span class="counts">{detail}</span>' in page) is is_shown


def test_the_page_says_how_many_refusals_a_sender_is_told_of(client: Client, user: User) -> None:
    page = client.get(PAGE).content.decode()
    assert "24時間に20通まで" in page


def test_other_mails_and_other_accounts_are_not_listed(client: Client, user: User) -> None:
    InboundMessageFactory.create(account=user.account, sender="accepted@example.jp", status="accepted")
    InboundMessageFactory.create(
        account=AccountFactory.create(), sender="other@example.jp", status="rejected"
    )
    page = client.get(PAGE).content.decode()
    assert "@example.jp" not in page
    assert "受付エラーはありません" in page


def test_older_ones_are_one_link_away(client: Client, user: User) -> None:
    for number in range(REFUSED_A_PAGE + 1):
        refused(user, sender=f"s{number}@example.jp", rejection_code="no-recipients")
    first = client.get(PAGE).content.decode()
    assert first.count("@example.jp") == REFUSED_A_PAGE
    older = first.partition('rel="next" href="')[2].partition('"')[0]
    assert "s0@example.jp" in client.get(PAGE + older).content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "１"])
def test_a_page_that_nobody_linked_to_is_not_found(client: Client, user: User, before: str) -> None:
    assert client.get(PAGE, {"before": before}).status_code == 404


@pytest.mark.parametrize(
    ("facts", "is_shown"),
    [
        ({"status": InboundStatus.PARKED}, True),
        ({"status": InboundStatus.PARKED, "sender": "HANAKO@example.jp"}, True),
        ({"status": InboundStatus.PARKED, "sender": "jiro@example.jp"}, False),
        ({"status": InboundStatus.PARKED, "sender": "not-yet@example.jp"}, False),
        ({"received_at": timezone.now() - timedelta(hours=1)}, True),
        ({"received_at": timezone.now() + timedelta(hours=1)}, False),
        ({"status": InboundStatus.ACCEPTED, "received_at": timezone.now() - timedelta(hours=1)}, False),
    ],
    ids=["parked", "by any case", "of another account", "unconfirmed", "waits long", "just came", "decided"],
)
def test_a_mail_that_is_neither_a_fax_nor_refused_is_shown_to_the_account_of_its_sender(
    client: Client, user: User, facts: dict[str, object], is_shown: bool
) -> None:
    AuthorizedSenderFactory.create(account=user.account, address="Hanako@example.jp")
    AuthorizedSenderFactory.create(account=user.account, address="not-yet@example.jp", verified_at=None)
    AuthorizedSenderFactory.create(account=AccountFactory.create(), address="jiro@example.jp")
    InboundMessageFactory.create(**({"account": None, "sender": "hanako@example.jp"} | facts))
    page = client.get(PAGE).content.decode()
    assert ("確認中のメール" in page) is is_shown
    assert ("@example.jp" in page) is is_shown
