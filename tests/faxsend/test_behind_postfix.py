"""Debian's Postfix in front of the gateway, set up with the lines of docs/operations.md."""

import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from faxsend.models import InboundMessage
from tests.gateway import APPS, PROJECT, RunningGateway, authorize, running_gateway

pytestmark = [
    pytest.mark.root,
    pytest.mark.postfix,
    pytest.mark.django_db(transaction=True, available_apps=APPS),
]
MAIL = b"From: order@example.co.jp\r\nSubject: /fax=03-1111-2222\r\n\r\nHello\r\n"
SENDER = "order@example.co.jp"
GATEWAY_IN_THE_DOCUMENT = "[192.0.2.10]:2525"

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
"""
HERE = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "maillog_file": "/dev/stdout",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "myhostname": "mx.example.net",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "loopback-only",
    "inet_protocols": "ipv4",
    "alias_maps": "",
    "alias_database": "",
    "smtp_host_lookup": "native",
    "smtp_dns_support_level": "disabled",
    # So that the test need not wait a minute.
    "queue_run_delay": "1s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "1s",
}


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


def lines_of_the_document() -> dict[str, str]:
    """What docs/operations.md tells the operator to write into main.cf."""
    text = (PROJECT / "docs/operations.md").read_text()
    found = re.search(r"^## Behind Postfix$.*?^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return dict(line.split(" = ", 1) for line in found[1].splitlines())


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=_free_port())
    controller.start()
    directory = tmp_path_factory.mktemp("gateway")
    home = Path(tempfile.mkdtemp(prefix="ifx-postfix-"))  # below /tmp: Postfix's user must get there
    try:
        with running_gateway(directory, SMTP_TRUSTED_RELAYS="127.0.0.1") as gateway:
            port = _free_port()
            _configure(home, port, gateway.smtp, controller.port)
            log = home / "log"
            with log.open("wb") as output:
                postfix = subprocess.Popen(
                    ["postfix", "-c", home / "etc", "start-fg"], stdout=output, stderr=subprocess.STDOUT
                )
                house = House(port, gateway, sink, log)
                try:
                    house.wait_for(lambda: _listens(port))
                    yield house
                finally:
                    subprocess.run(["postfix", "-c", home / "etc", "stop"], check=False, capture_output=True)
                    postfix.wait(timeout=20)
    finally:
        controller.stop()
        shutil.rmtree(home)


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


def _configure(home: Path, port: int, gateway: int, sink: int) -> None:
    home.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    document = lines_of_the_document()
    assert GATEWAY_IN_THE_DOCUMENT in document["relay_transport"]
    document["relay_transport"] = f"relay:[127.0.0.1]:{gateway}"
    given = {
        "queue_directory": str(home / "queue"),
        "data_directory": str(home / "data"),
        "default_transport": f"smtp:[127.0.0.1]:{sink}",
    }
    settings = document | HERE | given
    (home / "etc/master.cf").write_text(MASTER.format(port=port))
    (home / "etc/main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
