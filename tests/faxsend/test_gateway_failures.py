"""The gateway when the database is away, when the client may not speak in clear, and when it must stop."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from faxsend.gateway import WakeUp
from faxsend.models import InboundMessage
from tests.gateway import (
    APPS,
    SENDER,
    RunningGateway,
    any_certificate,
    authorize,
    running_gateway,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)
MAIL = b"Subject: /fax=03-1111-2222\r\n\r\nHello\r\n"


class Wire:
    """The way to PostgreSQL, a socket's name in a directory of its own, which can be cut."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._name = directory / ".s.PGSQL.5432"
        settings = connection.settings_dict
        self._target = Path(settings["HOST"] or settings["OPTIONS"]["host"]) / self._name.name
        self.join()

    def join(self) -> None:
        self._name.symlink_to(self._target)

    def cut(self) -> None:
        """Let nobody in and end every connection but the tests' own, those at their beginning too."""
        self._name.unlink()
        with connection.cursor() as cursor:
            while True:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
                    "AND coalesce(datname, current_database()) = current_database()"
                )
                if not cursor.fetchall():
                    return
                time.sleep(0.05)


@pytest.fixture(scope="module")
def wire(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Wire:
    return Wire(tmp_path_factory.mktemp("wire"))


@pytest.fixture(scope="module")
def gateway(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One that wants TLS, has no broker, and whose database can be cut off."""
    with running_gateway(
        tmp_path_factory.mktemp("gateway"),
        database_host=str(wire.directory),
        SMTP_REQUIRE_TLS="on",
        REDIS_URL="unix:///nonexistent/valkey.sock?db=0",
    ) as running:
        yield running


def test_without_a_database_mail_waits_and_the_connection_lives(gateway: RunningGateway, wire: Wire) -> None:
    authorize()
    with gateway.secure_client() as client:
        client.docmd("MAIL", f"FROM:<{SENDER}>")
        wire.cut()
        at_recipient = client.docmd("RCPT", "TO:<send@fax.tc>")
        wire.join()
        assert client.docmd("RCPT", "TO:<send@fax.tc>")[0] == 250
        wire.cut()
        assert client.docmd("DATA")[0] == 354
        client.send(MAIL + b".\r\n")
        at_data = client.getreply()
        wire.join()
        assert (at_recipient[0], at_recipient[1][:6]) == (451, b"4.3.0 ")
        assert (at_data[0], at_data[1][:6]) == (451, b"4.3.0 ")
        assert not InboundMessage.objects.exists()
        assert send(client, MAIL)[0] == 250
    assert InboundMessage.objects.count() == 1


def test_a_broker_that_is_down_does_not_delay_the_reply(gateway: RunningGateway) -> None:
    authorize()
    with gateway.secure_client() as client:
        began = time.monotonic()
        assert [send(client, MAIL)[0] for _ in range(5)] == [250] * 5
        assert time.monotonic() - began < 3  # one attempt to publish takes six


def test_mail_in_clear_is_refused_where_tls_is_demanded(gateway: RunningGateway) -> None:
    authorize()
    with gateway.client() as client:
        assert client.docmd("MAIL", f"FROM:<{SENDER}>") == (530, b"5.7.0 Must issue a STARTTLS command first")
        client.starttls(context=any_certificate())
        client.ehlo("client.example")
        assert send(client, MAIL)[0] == 250
    with gateway.secure_client() as client:
        assert send(client, MAIL)[0] == 250


def test_nothing_said_in_clear_counts_after_starttls(gateway: RunningGateway) -> None:
    """RFC 3207 6: what was pipelined behind STARTTLS is dropped, the client must introduce itself again."""
    with gateway.client() as client:
        client.send(b"STARTTLS\r\nNOOP injected\r\n")
        assert client.getreply()[0] == 220
        assert client.sock is not None
        secure = any_certificate().wrap_socket(client.sock, server_hostname="fax.tc")
        secure.send(f"MAIL FROM:<{SENDER}>\r\nEHLO again\r\nSTARTTLS\r\n".encode())
        reader = secure.makefile("rb")
        assert reader.readline().startswith(b"503 5.5.1 ")
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            lines.append(reader.readline())
        assert b"250-STARTTLS\r\n" not in lines
        assert reader.readline().startswith(b"503 5.5.1 TLS is active")
        client.sock = secure


def test_clients_that_vanish_do_no_harm(gateway: RunningGateway) -> None:
    authorize()
    for said in (
        b"",
        b"EHLO x\r\nSTARTTLS\r\n",
        b"EHLO x\r\nSTARTTLS\r\nno handshake at all\r\n",
        b"\x16\x03\x01",
    ):
        for port in (gateway.smtp, gateway.smtps):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
                plain.send(said)
    client = gateway.secure_client()
    client.docmd("MAIL", f"FROM:<{SENDER}>")
    client.docmd("RCPT", "TO:<send@fax.tc>")
    client.docmd("DATA")
    client.send(MAIL)
    client.close()
    with gateway.secure_client() as client:
        assert send(client, MAIL)[0] == 250
    assert InboundMessage.objects.count() == 1
    assert "Traceback" not in gateway.log.read_text()


def test_it_stops_when_the_running_mail_is_in_and_takes_no_other(tmp_path: Path) -> None:
    authorize()
    with running_gateway(tmp_path) as gateway:
        idle, busy = gateway.client(), gateway.client()
        busy.docmd("MAIL", f"FROM:<{SENDER}>")
        busy.docmd("RCPT", "TO:<send@fax.tc>")
        busy.docmd("DATA")
        gateway.process.send_signal(signal.SIGTERM)
        assert idle.getreply() == (421, b"4.3.2 Service closing, try again later")
        with pytest.raises(OSError):
            gateway.client()
        busy.send(MAIL + b".\r\n")
        assert busy.getreply()[0] == 250
        assert busy.getreply()[0] == 421
        assert gateway.process.wait(timeout=5) == 0
    assert InboundMessage.objects.count() == 1
    assert not (tmp_path / "gateway.json").exists()


def test_an_interrupt_ends_it_without_an_error(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        assert gateway.stop(signal.SIGINT) == 0
        assert "Traceback" not in gateway.log.read_text()


def test_calls_to_wake_the_intake_are_joined_and_survive_errors() -> None:
    calls: list[float] = []

    def look() -> None:
        calls.append(time.monotonic())
        time.sleep(0.05)
        raise ConnectionError

    wake_up = WakeUp(look)
    wake_up.start()
    wake_up.set()
    time.sleep(0.02)
    for _ in range(20):
        wake_up.set()
    time.sleep(0.2)
    assert len(calls) == 2
