"""The SMTP edge of bounces+<token>@: mail systems only, and only of mails that we have sent."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from itertools import takewhile

import pytest

from faxsend.clients import REFUSED_SENDERS_A_MINUTE
from faxsend.gateway import OPEN_SIZE_LIMIT
from faxsend.models import InboundMessage
from notifications.models import OutgoingMail
from tests.gateway import APPS, RunningGateway, authorize, running_gateway, send
from tests.notifications.factories import message
from tests.notifications.returned import report

pytestmark = pytest.mark.django_db(transaction=True, available_apps=["notifications", "certificates", *APPS])

GONE = report("failed", "5.1.1")


@pytest.fixture(scope="module")
def gateway(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[smtplib.SMTP]:
    with gateway.client() as connected:
        yield connected


@pytest.fixture
def address() -> str:
    """Where the one mail that was sent comes back to."""
    message().send()
    return OutgoingMail.objects.latest("pk").envelope_sender


@pytest.mark.parametrize("sender", ["", "MAILER-DAEMON@example.jp", "Postmaster@example.jp"])
def test_a_mail_system_says_that_a_mail_came_back(client: smtplib.SMTP, address: str, sender: str) -> None:
    assert send(client, GONE, address.swapcase(), sender=sender)[0] == 250
    kept = InboundMessage.objects.select_related("content").get()
    assert (kept.sender, kept.recipients, kept.account) == (sender, [address.swapcase()], None)
    assert kept.content.raw == GONE


@pytest.mark.parametrize("sender", ["taro@example.jp", "order@example.co.jp"])
def test_nobody_else_does_not_even_an_authorized_sender(
    client: smtplib.SMTP, address: str, sender: str
) -> None:
    authorize("order@example.co.jp")
    assert send(client, GONE, address, sender=sender) == (
        550,
        b"5.7.1 Only delivery status notifications are taken here",
    )


def test_a_token_of_no_mail_of_ours_is_no_mailbox(client: smtplib.SMTP, address: str) -> None:
    digits = address.partition("+")[2][:32]
    other = address.replace(digits, digits[::-1])
    assert send(client, GONE, other, sender="") == (550, b"5.1.1 No such mailbox here")
    assert send(client, GONE, "bounces@fax.tc", sender="") == (550, b"5.1.1 No such mailbox here")


def test_a_mail_comes_back_in_a_transaction_of_its_own(client: smtplib.SMTP, address: str) -> None:
    assert send(client, GONE, address, address, sender="")[0] == 452
    client.rset()
    assert send(client, GONE, address, "digitalid@interfax.net", sender="")[0] == 452


def test_a_mail_of_more_than_a_megabyte_does_not_come_back(client: smtplib.SMTP, address: str) -> None:
    code, _ = send(
        client,
        GONE + b"x" * 70 + b"\r\n" + (b"x" * 70 + b"\r\n") * (OPEN_SIZE_LIMIT // 72),
        address,
        sender="",
    )
    assert code == 552
    assert not InboundMessage.objects.exists()


def test_one_client_cannot_try_tokens_without_end(gateway: RunningGateway) -> None:
    with gateway.client() as client:
        client.docmd("MAIL", "FROM:<>")
        tokens = (f"{number:032x}" for number in range(100))
        replies = (client.docmd("RCPT", f"TO:<bounces+{token}@fax.tc>") for token in tokens)
        refused = [code for code, _ in takewhile(lambda reply: reply[0] != 421, replies)]
    assert 0 < len(refused) <= REFUSED_SENDERS_A_MINUTE + 2
    assert set(refused) == {550}
