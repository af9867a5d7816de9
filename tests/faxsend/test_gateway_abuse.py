"""Clients that mean no good: they hold connections, trickle, flood, smuggle and try names."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from faxsend.clients import (
    ARRIVALS_A_MINUTE,
    REFUSED_SENDERS_A_MINUTE,
    Client,
    Clients,
)
from faxsend.gateway import RECIPIENT_LIMIT
from faxsend.listening import Port, Sessions, listen, serve_ports
from faxsend.models import Content, InboundMessage
from faxsend.smtp import BAD_COMMANDS, Patience, SmtpSession
from faxsend.smtp_transaction import Transaction
from tests.gateway import APPS, SENDER, RunningGateway, any_certificate, authorize, running_gateway

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)
MAIL = b"Subject: /fax=03-1111-2222\r\n\r\nHello\r\n"
ENVELOPE = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<send@fax.tc>\r\nDATA\r\n".encode()


@pytest.fixture(scope="module")
def gateway(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), SMTP_TRUSTED_RELAYS="127.0.9.0/24") as running:
        yield running


@pytest.fixture(scope="module")
def discarding(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("discarding"), UNKNOWN_SENDER="discard") as running:
        yield running


class Wire:
    """A client that says what it likes and sees every line of the replies."""

    def __init__(self, port: int, source: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))
        self._lines = self.socket.makefile("rb")

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self.socket.close()

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hear(self) -> bytes:
        """The next reply's last line; empty when the connection has ended."""
        while (line := self._lines.readline())[3:4] == b"-":
            pass
        return line

    def hear_all(self) -> list[bytes]:
        """All replies to the end of the connection."""
        heard = []
        while line := self.hear():
            heard.append(line)
        return heard

    def greet(self) -> "Wire":
        assert self.hear().startswith(b"220 ")
        self.say(b"EHLO client.example\r\n")
        assert self.hear().startswith(b"250 ")
        return self


def test_800_idle_connections_of_one_address_do_not_keep_another_out(gateway: RunningGateway) -> None:
    authorize()
    with ExitStack() as stack:
        idle = [stack.enter_context(Wire(gateway.smtp, "127.0.0.2")) for _ in range(800)]
        with Wire(gateway.smtp, "127.0.0.3").greet() as client:
            client.say(ENVELOPE + MAIL + b".\r\n")
            assert [client.hear()[:3] for _ in range(4)] == [b"250", b"250", b"354", b"250"]
        greeted = [wire.hear()[:9] for wire in idle]
    assert greeted.count(b"220 fax.t") == 50
    assert greeted.count(b"421 4.7.0") == 750
    assert gateway.log.read_text().count("turned away") == 1


def test_no_tls_handshake_is_done_for_a_client_with_too_many_connections(gateway: RunningGateway) -> None:
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(Wire(gateway.smtp, "127.0.0.4")).hear()
        one_more = stack.enter_context(
            socket.create_connection(
                ("127.0.0.1", gateway.smtps), timeout=10, source_address=("127.0.0.4", 0)
            )
        )
        with pytest.raises((ssl.SSLError, OSError)):
            any_certificate().wrap_socket(one_more, server_hostname="fax.tc")
        with Wire(gateway.smtp, "127.0.0.5") as other:
            assert other.hear().startswith(b"220 ")


def test_who_comes_too_often_waits_and_a_relay_does_not(gateway: RunningGateway) -> None:
    def visits(source: str, times: int) -> list[bytes]:
        heard = []
        for _ in range(times):
            with Wire(gateway.smtp, source) as wire:
                heard.append(wire.hear()[:3])
        return heard

    assert b"421" in visits("127.0.0.6", ARRIVALS_A_MINUTE + 200)[ARRIVALS_A_MINUTE:]
    assert set(visits("127.0.9.1", ARRIVALS_A_MINUTE + 100)) == {b"220"}


def test_nobody_tries_all_names(gateway: RunningGateway) -> None:
    """Product 3.4: "limited per client address so that it is no oracle"."""
    authorize()
    with Wire(gateway.smtp, "127.0.0.7").greet() as wire:
        for number in range(REFUSED_SENDERS_A_MINUTE):
            wire.say(b"MAIL FROM:<name%d@example.jp>\r\nRCPT TO:<send@fax.tc>\r\nRSET\r\n" % number)
            assert [wire.hear()[:9] for _ in range(3)] == [b"250 2.1.0", b"550 5.7.1", b"250 2.0.0"]
        wire.say(f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<send@fax.tc>\r\nNOOP\r\n".encode())
        heard = wire.hear_all()
    assert [line[:9] for line in heard] == [b"250 2.1.0", b"421 4.7.0"]
    with Wire(gateway.smtp, "127.0.0.8").greet() as other:
        other.say(ENVELOPE)
        assert [other.hear()[:3] for _ in range(3)] == [b"250", b"250", b"354"]


def test_one_sender_with_many_recipients_is_refused_as_one(gateway: RunningGateway) -> None:
    recipients = 2 * REFUSED_SENDERS_A_MINUTE
    with Wire(gateway.smtp, "127.0.0.9").greet() as wire:
        wire.say(b"MAIL FROM:<nobody@example.jp>\r\n" + b"RCPT TO:<send@fax.tc>\r\n" * recipients)
        assert [wire.hear()[:3] for _ in range(recipients + 1)] == [b"250", *[b"550"] * recipients]


def test_3000_recipients_are_answered_one_by_one_and_the_first_500_taken(gateway: RunningGateway) -> None:
    authorize()
    lines = b"".join(b"RCPT TO:<03%08d@fax.tc>\r\n" % number for number in range(3_000))
    with Wire(gateway.smtp, "127.0.0.10").greet() as wire:
        wire.say(f"MAIL FROM:<{SENDER}>\r\n".encode() + lines)
        replies = [wire.hear()[:9] for _ in range(3_001)]
        wire.say(b"DATA\r\n")
        assert wire.hear().startswith(b"354")
        wire.say(MAIL + b".\r\n")
        assert wire.hear().startswith(b"250 2.0.0 queued")
    assert replies == [b"250 2.1.0", *[b"250 2.1.5"] * RECIPIENT_LIMIT, *[b"452 4.5.3"] * 2_500]
    assert len(InboundMessage.objects.get().recipients) == RECIPIENT_LIMIT


@pytest.mark.parametrize(
    ("garbage", "answered"),
    [
        (b"GET / HTTP/1.1\r\nHost: fax.tc\r\nUser-Agent: x\r\nAccept: */*\r\nA: b\r\n", 4),
        (b"MAIL\r\n", BAD_COMMANDS),
        (b"\r\n", BAD_COMMANDS),
        (b"\x00\xff\x80\r\n", BAD_COMMANDS),
        (b"MAIL FROM:<a@b.jp> SIZE=\xc2\xb2\r\n", BAD_COMMANDS),
    ],
)
def test_pipelined_garbage_ends_the_connection(
    gateway: RunningGateway, garbage: bytes, answered: int
) -> None:
    with Wire(gateway.smtp, "127.0.0.11").greet() as wire:
        wire.say(garbage * 400)
        heard = wire.hear_all()
    assert [line[:1] for line in heard[:-1]] == [b"5"] * answered
    assert heard[-1].startswith(b"421 4.7.0 ")


def test_who_floods_with_valid_commands_takes_turns_with_the_others(gateway: RunningGateway) -> None:
    authorize()
    with Wire(gateway.smtp, "127.0.0.12").greet() as flooding, Wire(gateway.smtp, "127.0.0.13") as client:
        client.greet()
        flooding.say(b"NOOP\r\n" * 4_000)
        client.say(ENVELOPE + MAIL + b".\r\n")
        assert [client.hear()[:3] for _ in range(4)] == [b"250", b"250", b"354", b"250"]
        answered = 0
        flooding.socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                answered += flooding.socket.recv(1_000_000).count(b"\n")
    assert 0 < answered < 4_000


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\r\n",
        b"\r.\r\n",
        b"\n.\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r.\r",
        b"\r\n\x00.\r\n",
        b"\r\n.\x00\r\n",
    ],
)
def test_no_second_mail_is_smuggled_in_behind_an_odd_end(gateway: RunningGateway, end: bytes) -> None:
    """One mail, refused if its line ends are not CRLF; what stands behind the odd end is no command."""
    authorize()
    smuggled = b"MAIL FROM:<%b>\r\nRCPT TO:<send@fax.tc>\r\nDATA\r\nsmuggled\r\n" % SENDER.encode()
    with Wire(gateway.smtp, "127.0.0.14").greet() as wire:
        wire.say(ENVELOPE + MAIL.removesuffix(b"\r\n") + end + smuggled + b".\r\nQUIT\r\n")
        heard = [line[:3] for line in wire.hear_all()]
    refused = b"\x00" not in end
    assert heard == [b"250", b"250", b"354", b"550" if refused else b"250", b"221"]
    kept = [content.raw for content in Content.objects.all()]
    assert len(kept) == (0 if refused else 1)
    assert all(raw.count(b"MAIL FROM") == 1 for raw in kept)


def test_what_is_injected_behind_starttls_is_not_obeyed(gateway: RunningGateway) -> None:
    """CVE-2011-0411 and its kin: commands in clear must not run inside TLS."""
    authorize()
    with Wire(gateway.smtp, "127.0.0.15").greet() as wire:
        wire.say(b"STARTTLS\r\nEHLO injected\r\n" + ENVELOPE)
        assert wire.hear().startswith(b"220 ")
        with any_certificate().wrap_socket(wire.socket, server_hostname="fax.tc") as secure:
            secure.sendall(b"NOOP\r\nDATA\r\n")
            heard = b""
            while heard.count(b"\r\n") < 2:
                heard += secure.recv(1_000)
    assert heard.startswith(b"250 2.0.0 OK\r\n503 5.5.1 ")


# Silence for unknown senders


def _conversation(port: int, source: str, sender: str, recipients: list[str], mail: bytes) -> list[bytes]:
    """The replies to one mail, without the token."""
    lines = "".join(f"RCPT TO:<{recipient}>\r\n" for recipient in recipients)
    with Wire(port, source).greet() as wire:
        wire.say(f"MAIL FROM:<{sender}>\r\n{lines}DATA\r\n".encode() + mail + b".\r\nQUIT\r\n")
        return [line.partition(b"queued as ")[0] for line in wire.hear_all()]


@pytest.mark.parametrize("mail", [MAIL, b"bare \n line\r\n"])
@pytest.mark.parametrize(
    "recipients",
    [
        ["send@fax.tc"],
        ["0311112222@fax.tc", "nobody@fax.tc", "send@fax.tc", "digitalid@interfax.net"],
        ["nobody@fax.tc", "0311112222@fax.tc"],
    ],
)
def test_where_unknown_senders_are_discarded_no_reply_tells_them_from_known_ones(
    discarding: RunningGateway, recipients: list[str], mail: bytes
) -> None:
    authorize()
    heard = [
        _conversation(discarding.smtp, "127.0.0.1", sender, recipients, mail)
        for sender in (SENDER, "stranger@example.co.jp", "")
    ]
    assert heard[0] == heard[1] == heard[2]
    assert {message.sender for message in InboundMessage.objects.all()} <= {SENDER}


def test_trying_many_names_tells_nothing_where_they_are_discarded(discarding: RunningGateway) -> None:
    authorize()
    with Wire(discarding.smtp, "127.0.0.2").greet() as wire:
        for number in range(REFUSED_SENDERS_A_MINUTE + 5):
            wire.say(b"MAIL FROM:<name%d@example.jp>\r\nRCPT TO:<send@fax.tc>\r\nRSET\r\n" % number)
            assert [wire.hear()[:3] for _ in range(3)] == [b"250"] * 3
    assert not InboundMessage.objects.exists()


def test_the_mailbox_of_certificates_is_open_to_all_where_orders_are_discarded(
    discarding: RunningGateway,
) -> None:
    recipients = ["digitalid@interfax.net", "send@fax.tc"]
    heard = _conversation(discarding.smtp, "127.0.0.3", "stranger@example.co.jp", recipients, MAIL)
    assert [line[:3] for line in heard] == [b"250", b"250", b"452", b"354", b"250", b"221"]
    assert InboundMessage.objects.get().recipients == ["digitalid@interfax.net"]


# Slow ones


class _Taking:
    """A handler that takes everything."""

    async def handle_DATA(self, server: SmtpSession, session: object, envelope: Transaction) -> str:
        return "250 2.0.0 Ok"


def _trickle(patience: Patience, script: list[tuple[bytes, float]]) -> tuple[list[bytes], float]:
    """Say the parts with the pauses behind them; the replies and the seconds until the server hung up."""

    async def serve() -> tuple[list[bytes], float]:
        clients, stopped = Clients(), asyncio.Event()

        def new_session(client: Client, sessions: Sessions) -> SmtpSession:
            return SmtpSession(
                _Taking(),
                client=client,
                clients=clients,
                domain="fax.tc",
                size_limit=10_000,
                tls_context=None,
                sessions=sessions,
                patience=patience,
            )

        with listen("127.0.0.1", 0) as listening:
            port = Port("slow", listening, None, new_session)
            served = asyncio.create_task(serve_ports([port], clients, stopped.wait))
            reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
            begun = time.monotonic()

            async def talk() -> None:
                for part, pause in script:
                    writer.write(part)
                    await asyncio.sleep(pause)

            talking = asyncio.create_task(talk())
            heard = (await reader.read(10_000)).splitlines()
            while more := await reader.read(10_000):
                heard += more.splitlines()
            seconds = time.monotonic() - begun
            talking.cancel()
            writer.close()
            stopped.set()
            await served
        return heard, seconds

    return asyncio.run(asyncio.wait_for(serve(), 20))


GREETED = [(b"EHLO x\r\nMAIL FROM:<a@b.jp>\r\nRCPT TO:<send@fax.tc>\r\nDATA\r\n", 0.0)]


def test_a_command_that_comes_byte_by_byte_has_an_end() -> None:
    heard, seconds = _trickle(Patience(command=0.6), [(b"N", 0.1)] * 100)
    assert heard[-1].startswith(b"421 4.4.2 ")
    assert 0.5 < seconds < 3


def test_a_mail_that_stops_coming_has_an_end() -> None:
    heard, seconds = _trickle(Patience(data_idle=0.6), [*GREETED, (b"Subject: x\r\n", 30.0)])
    assert heard[-1].startswith(b"421 4.4.2 ")
    assert 0.5 < seconds < 3


def test_a_mail_that_trickles_for_ever_has_an_end() -> None:
    patience = Patience(data_idle=0.6, data=1.5)
    heard, seconds = _trickle(patience, [*GREETED, *[(b"x\r\n", 0.1)] * 100])
    assert heard[-1].startswith(b"421 4.4.2 ")
    assert 1.4 < seconds < 4


def test_a_mail_that_flows_slowly_is_taken() -> None:
    slow = [(b"x\r\n", 0.1)] * 12
    heard, _ = _trickle(Patience(command=0.8, data_idle=0.8), [*GREETED, *slow, (b".\r\nQUIT\r\n", 0.0)])
    assert heard[-2:] == [b"250 2.0.0 Ok", b"221 2.0.0 Bye"]
