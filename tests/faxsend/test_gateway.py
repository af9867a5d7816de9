"""The SMTP edge in front of a real database: what is taken, what is refused, and when 250 is said."""

import json
import os
import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.db import connection, transaction

from faxsend.gateway import RECIPIENT_LIMIT
from faxsend.models import Content, InboundMessage, InboundStatus
from tests.gateway import APPS, SENDER, RunningGateway, authorize, running_gateway, send

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)
MAIL = b"Subject: /fax=03-1111-2222\r\n\r\nHello\r\n"
LIMIT = 40 * 1024 * 1024


@pytest.fixture(scope="module")
def gateway(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[smtplib.SMTP]:
    with gateway.client() as connected:
        yield connected


def test_a_mail_is_kept_byte_for_byte_and_sealed(client: smtplib.SMTP) -> None:
    account = authorize()
    sent = b"Subject: \x83\x89 \xff\r\n\r\n..\r\n.leading dot\r\na.\r\n\r\nlast \x00 line"
    code, text = send(client, sent.replace(b"\r\n.", b"\r\n..") + b"\r\n", "send@fax.tc")
    message = InboundMessage.objects.select_related("content").get()
    assert (code, text) == (250, f"2.0.0 queued as {message.token}".encode())
    assert message.content.raw == sent + b"\r\n"
    assert (message.account, message.sender, message.recipients) == (account, SENDER, ["send@fax.tc"])
    assert (message.client_address, message.size) == ("127.0.0.1", len(sent) + 2)
    assert (message.status, message.tries) == (InboundStatus.RECEIVED, 0)
    assert abs(message.next_try_at - datetime.now(UTC)) < timedelta(minutes=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM faxsend_content")
        assert b"leading dot" not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "mail", [b"", b"\r\n", b"..\r\n", b"..\r\n..\r\n", b"x.\r\n", b"x" * 200_000 + b".\r\n"]
)
def test_odd_mails_come_through_whole(client: smtplib.SMTP, mail: bytes) -> None:
    authorize()
    assert send(client, mail)[0] == 250
    kept = Content.objects.get().raw
    assert kept == b"\r\n".join(line.removeprefix(b".") for line in mail.split(b"\r\n"))


def test_250_is_not_said_before_the_commit(client: smtplib.SMTP) -> None:
    authorize()
    assert client.sock is not None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE faxsend_content IN EXCLUSIVE MODE")
        for command in (f"MAIL FROM:<{SENDER}>", "RCPT TO:<send@fax.tc>", "DATA"):
            assert client.docmd(command)[0] in {250, 354}
        client.send(MAIL + b".\r\n")
        client.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.sock.recv(1)
    client.sock.settimeout(10)
    assert client.sock.recv(100).startswith(b"250 2.0.0 queued as ")
    assert InboundMessage.objects.count() == 1


def test_the_intake_is_woken_after_the_commit(client: smtplib.SMTP) -> None:
    authorize()
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.delete("intake")
        assert send(client, MAIL)[0] == 250
        _, task = broker.blpop(["intake"], timeout=10)
    assert json.loads(task)["headers"]["task"] == "faxsend.tasks.look_for_mail"


def test_a_commit_that_fails_is_451_and_leaves_nothing(client: smtplib.SMTP) -> None:
    authorize()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'no'; END $$ LANGUAGE plpgsql;"
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON faxsend_content DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        try:
            code, text = send(client, MAIL)
        finally:
            cursor.execute("DROP FUNCTION refuse CASCADE")
    assert (code, text[:5]) == (451, b"4.3.0")
    assert not InboundMessage.objects.exists()
    assert send(client, MAIL)[0] == 250


def test_an_unknown_mailbox_is_refused(client: smtplib.SMTP) -> None:
    """Product 2: "anything else: 550 5.1.1 at RCPT"."""
    authorize()
    code, text = send(client, MAIL, "nobody@fax.tc")
    assert (code, text[:5]) == (550, b"5.1.1")


@pytest.mark.parametrize("sender", ["stranger@example.co.jp", "unconfirmed@example.co.jp", ""])
def test_only_confirmed_senders_may_order(client: smtplib.SMTP, sender: str) -> None:
    authorize()
    authorize("unconfirmed@example.co.jp", verified=False)
    code, text = send(client, MAIL, "0311112222@fax.tc", sender=sender)
    assert (code, text[:5]) == (550, b"5.7.1")


@pytest.mark.parametrize("sender", ["nobody@example.net", ""])
def test_anybody_may_write_to_the_mailbox_of_certificates(client: smtplib.SMTP, sender: str) -> None:
    """An unknown sender, and the null sender whose mail will change nothing."""
    assert send(client, MAIL, "digitalid@interfax.net", sender=sender)[0] == 250
    message = InboundMessage.objects.get()
    assert (message.account, message.sender) == (None, sender)


def test_a_certificate_comes_in_a_small_mail(client: smtplib.SMTP) -> None:
    large = MAIL + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 15_000
    assert send(client, large, "digitalid@interfax.net", sender="a@example.net")[0] == 552
    assert not InboundMessage.objects.exists()


def test_recipients_of_another_kind_come_again_by_themselves(client: smtplib.SMTP) -> None:
    """Product 2: "recipients of another kind get 452 4.5.3"."""
    authorize()
    code, text = send(client, MAIL, "0311112222@fax.tc", "send@fax.tc")
    assert (code, text[:5]) == (452, b"4.5.3")
    assert client.docmd("RCPT", "TO:<0322223333@FAX.TC>")[0] == 250
    assert client.docmd("DATA")[0] == 354
    client.send(MAIL + b".\r\n")
    assert client.getreply()[0] == 250
    assert InboundMessage.objects.get().recipients == ["0311112222@fax.tc", "0322223333@FAX.TC"]


def test_a_refused_first_recipient_does_not_decide_the_kind(client: smtplib.SMTP) -> None:
    authorize()
    client.docmd("MAIL", f"FROM:<{SENDER}>")
    assert client.docmd("RCPT", "TO:<nobody@fax.tc>")[0] == 550
    assert client.docmd("RCPT", "TO:<send@fax.tc>")[0] == 250


def test_the_501st_recipient_comes_in_the_next_mail(client: smtplib.SMTP) -> None:
    authorize()
    numbers = [f"03{number:08}@fax.tc" for number in range(RECIPIENT_LIMIT + 1)]
    lines = "".join(f"RCPT TO:<{number}>\r\n" for number in numbers)
    client.send(f"MAIL FROM:<{SENDER}>\r\n{lines}".encode())
    replies = [client.getreply()[0] for _ in range(RECIPIENT_LIMIT + 2)]
    assert replies == [250] * (RECIPIENT_LIMIT + 1) + [452]


def test_a_size_beyond_the_limit_is_refused_at_mail(client: smtplib.SMTP) -> None:
    code, text = client.docmd("MAIL", f"FROM:<{SENDER}> SIZE={LIMIT + 1}")
    assert (code, text[:5]) == (552, b"5.3.4")
    assert client.docmd("MAIL", f"FROM:<{SENDER}> SIZE={LIMIT} BODY=8BITMIME")[0] == 250


def test_mail_beyond_the_limit_is_refused_after_its_last_byte(client: smtplib.SMTP) -> None:
    authorize()
    code, text = send(client, (b"." * 77 + b"\r\n") * (41 * 1024 * 1024 // 79))
    assert (code, text[:5]) == (552, b"5.3.4")
    assert send(client, MAIL)[0] == 250


def test_a_mail_of_exactly_the_limit_is_taken_however_many_dots_it_takes(client: smtplib.SMTP) -> None:
    authorize()
    lines = LIMIT // 1024
    assert send(client, (b".." + b"x" * 1021 + b"\r\n") * lines)[0] == 250
    assert InboundMessage.objects.get().size == LIMIT


@pytest.mark.parametrize(
    "smuggled",
    [
        b"\n.\r\n",
        b"\r\n.\n",
        b"\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\n",
        b"\r",
        b"\r\r\n",
        b"\r\n\n.\r\n",
    ],
)
def test_no_lone_line_end_gets_in_and_nothing_behind_it(client: smtplib.SMTP, smuggled: bytes) -> None:
    authorize()
    second = b"MAIL FROM:<%b>\r\nRCPT TO:<send@fax.tc>\r\nDATA\r\n2\r\n" % SENDER.encode()
    code, text = send(client, MAIL + smuggled + second)
    assert (code, text[:5]) == (550, b"5.5.2")
    assert client.noop()[0] == 250
    assert not InboundMessage.objects.exists()


def test_two_mails_at_once_are_two_messages(gateway: RunningGateway) -> None:
    authorize()
    together = threading.Barrier(2)

    def deliver(body: bytes) -> int:
        with gateway.client() as client:
            together.wait()
            return send(client, MAIL + body * 200_000 + b"\r\n")[0]

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(deliver, [b"a", b"b"])) == [250, 250]
    assert {bytes(content.raw[-3:-2]) for content in Content.objects.all()} == {b"a", b"b"}


def test_international_addresses_and_names_are_taken(client: smtplib.SMTP) -> None:
    authorize("注文@例え.jp")
    client.command_encoding = "utf-8"
    assert client.docmd("MAIL", "FROM:<注文@例え.jp>")[0] == 553
    assert client.docmd("MAIL", "FROM:<注文@例え.jp> BODY=8BITMIME SMTPUTF8")[0] == 250
    assert client.docmd("RCPT", "TO:<send@fax.tc>")[0] == 250


def test_the_banner_and_ehlo_tell_what_we_can_and_nothing_else(gateway: RunningGateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.smtp), timeout=10) as plain:
        assert plain.recv(200) == b"220 fax.tc ESMTP\r\n"
    expected = {"pipelining", "size", "starttls", "enhancedstatuscodes", "8bitmime", "smtputf8"}
    with gateway.client() as client:
        assert set(client.esmtp_features) == expected
    with gateway.secure_client() as client:
        assert set(client.esmtp_features) == expected - {"starttls"}


@pytest.mark.parametrize(
    ("command", "start"),
    [
        ("VRFY order@example.co.jp", b"252 2."),
        ("EXPN list", b"502 5.5.1 "),
        ("AUTH PLAIN AG==", b"502 5.5.1 "),
        ("MAIL FROM:<", b"553 5.1.3 "),
        ("MAIL FROM:<a\x00@example.co.jp>", b"553 5.1.3 "),
        ("MAIL FROM:<" + "(" * 400, b"553 5.1.3 "),
        ("MAIL FROM:<" + "a" * 250 + "@b.jp>", b"553 5.1.3 "),
        ("RCPT TO:<send@fax.tc>", b"503 5.5.1 "),
        ("DATA", b"503 5.5.1 "),
        ("NOOP", b"250 2.0.0 "),
        ("BDAT 5", b"500 5.5.2 "),
        ("X" * 3000, b"500 5.5.2 "),
    ],
)
def test_every_reply_has_an_enhanced_status_code(client: smtplib.SMTP, command: str, start: bytes) -> None:
    code, text = client.docmd(command)
    assert (b"%d %b" % (code, text)).startswith(start)


def test_the_log_has_tokens_and_domains_but_no_address(gateway: RunningGateway, client: smtplib.SMTP) -> None:
    authorize()
    send(client, MAIL)
    send(client, MAIL, "0344445555@fax.tc", sender="secret.name@stranger.example")
    written = gateway.log.read_text()
    assert f"message={InboundMessage.objects.get().token}" in written
    assert 'status="550 5.7.1"' in written and "sender_domain=stranger.example" in written
    assert "secret.name" not in written and "0344445555" not in written and "Order@" not in written
