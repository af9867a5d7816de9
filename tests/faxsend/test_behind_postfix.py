"""Debian's Postfix in front of the gateway, set up with the lines of docs/operations.md."""

import smtplib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from faxsend.models import InboundMessage
from interfax_site.local.programs import free_port
from tests.gateway import APPS, RunningGateway, authorize, running_gateway
from tests.postfix import running_postfix

pytestmark = [
    pytest.mark.root,
    pytest.mark.postfix,
    pytest.mark.django_db(transaction=True, available_apps=APPS),
]
MAIL = b"From: order@example.co.jp\r\nSubject: /fax=03-1111-2222\r\n\r\nHello\r\n"
SENDER = "order@example.co.jp"


@dataclass
class Sink:
    """The senders' own mail server, which keeps what comes to it."""

    mails: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 Ok"


@dataclass(frozen=True, slots=True)
class House:
    """Postfix on ``port``, the gateway behind it, and where bounces go."""

    port: int
    gateway: RunningGateway
    sink: Sink
    log: Path

    def submit(self, raw: bytes, *recipients: str, sender: str = SENDER) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=15) as client:
            client.sendmail(sender, recipients, raw)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port("127.0.0.1"))
    controller.start()
    directory = tmp_path_factory.mktemp("gateway")
    try:
        with running_gateway(directory, SMTP_TRUSTED_RELAYS="127.0.0.1") as gateway:
            with running_postfix(gateway=gateway.smtp, elsewhere=controller.port) as postfix:
                yield House(postfix.port, gateway, sink, postfix.log)
    finally:
        controller.stop()


def test_an_order_is_handed_on_as_one_mail_with_all_its_recipients(house: House) -> None:
    """50 recipients is what Postfix hands over at a time unless it is told otherwise."""
    authorize(SENDER)
    numbers = [f"03{number:08}@fax.tc" for number in range(120)]
    house.submit(MAIL, *numbers)
    house.wait_for(lambda: InboundMessage.objects.exists())
    message = InboundMessage.objects.get()
    assert sorted(message.recipients) == numbers
    assert (message.sender, message.client_address) == (SENDER, "127.0.0.1")


def test_mixed_mailboxes_are_split_and_all_parts_arrive(house: House) -> None:
    authorize(SENDER)
    mailboxes = {"0311112222@fax.tc", "send@fax.tc", "digitalid@interfax.net"}
    house.submit(MAIL, *mailboxes)
    house.wait_for(lambda: InboundMessage.objects.count() == 3)
    arrived = [message.recipients for message in InboundMessage.objects.all()]
    assert {recipient for recipients in arrived for recipient in recipients} == mailboxes


@pytest.mark.parametrize(
    ("recipient", "raw", "reason"),
    [
        ("send@fax.tc", MAIL, "5.7.1"),
        ("nobody@fax.tc", MAIL, "5.1.1"),
        ("digitalid@interfax.net", MAIL + (b"y" * 70 + b"\r\n") * 15_000, "5.3.4"),
    ],
    ids=["unknown-sender-at-rcpt", "unknown-mailbox-at-rcpt", "too-large-at-data"],
)
def test_what_the_gateway_refuses_comes_back_as_a_bounce_of_postfix(
    house: House, recipient: str, raw: bytes, reason: str
) -> None:
    stranger = f"stranger-{reason}@example.co.jp"
    house.submit(raw, recipient, sender=stranger)

    def bounces() -> list[bytes]:
        return [raw for recipients, raw in house.sink.mails if recipients == [stranger]]

    house.wait_for(lambda: bool(bounces()))
    bounce = message_from_bytes(bounces()[0])
    assert bounce.get_content_type() == "multipart/report"
    report = next(part for part in bounce.walk() if part.get_content_type() == "message/delivery-status")
    assert f"Status: {reason}" in str(report) and f"Final-Recipient: rfc822; {recipient}" in str(report)
    assert not InboundMessage.objects.exists()


def test_mailboxes_that_are_not_ours_are_refused_by_postfix_itself(house: House) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        house.submit(MAIL, "info@interfax.net")
