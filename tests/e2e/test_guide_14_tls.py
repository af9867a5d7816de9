"""【3-1】 暗号化通信による送信: 1.2 and 1.3 are spoken on both ports, older is refused (user guide, chapter 14).

`SMTP_TLS_MAXIMUM=1.2` holds the guide to the letter.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from faxsend.tls import ensure_self_signed
from tests.gateway import RunningGateway, any_certificate, running_gateway

TLS_1_1, TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
PORTS = ["STARTTLS", "TLS"]
# asyncio hangs up without the alert that would name the reason, so the gateway's log is asked for it.
REFUSED = (ssl.SSLError, ConnectionResetError)

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def gateway(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("default")) as running:
        yield running


@pytest.fixture(scope="module")
def pinned(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("pinned"), SMTP_TLS_MAXIMUM="1.2") as running:
        yield running


@pytest.fixture(scope="module")
def old_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that still speaks TLS 1.1: the control."""
    directory: Path = tmp_path_factory.mktemp("control")
    certificate, key = directory / "a.crt", directory / "a.key"
    ensure_self_signed(certificate, key, "old.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = TLS_1_1
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, context), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def _accept(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            accepted, _ = listening.accept()
        except OSError:
            return
        with context.wrap_socket(accepted, server_side=True) as secure:
            secure.sendall(b"220 old.example ESMTP\r\n")
            secure.recv(1)


def client_context(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks exactly ``version``, with whatever ciphers it takes."""
    context = any_certificate()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = version
    context.maximum_version = version
    return context


def negotiated(gateway: RunningGateway, port: str, version: ssl.TLSVersion) -> str | None:
    """Connect, say NOOP, and tell which version that went over."""
    context = client_context(version)
    if port == "TLS":
        client: smtplib.SMTP = smtplib.SMTP_SSL("127.0.0.1", gateway.smtps, timeout=10, context=context)
    else:
        client = gateway.client(timeout=10)
        client.starttls(context=context)
    with client:
        assert client.noop()[0] == 250
        assert isinstance(client.sock, ssl.SSLSocket)
        return client.sock.version()


def test_the_client_that_is_refused_below_does_speak_tls_1_1(old_server: int) -> None:
    with socket.create_connection(("127.0.0.1", old_server), timeout=10) as plain:
        with client_context(TLS_1_1).wrap_socket(plain) as secure:
            assert (secure.version(), secure.recv(3)) == ("TLSv1.1", b"220")


@pytest.mark.parametrize("port", PORTS)
def test_tls_1_1_is_refused(gateway: RunningGateway, port: str) -> None:
    """「SMTPSおよびSTARTTLSにおいてTLS 1.2での接続のみに対応しております。」: older is refused."""
    with pytest.raises(REFUSED):
        negotiated(gateway, port, TLS_1_1)


def test_the_reason_is_the_version(gateway: RunningGateway) -> None:
    before = gateway.log.read_text().count("reason=UNSUPPORTED_PROTOCOL")
    with pytest.raises(REFUSED):
        negotiated(gateway, "STARTTLS", TLS_1_1)
    gateway.wait_for("reason=UNSUPPORTED_PROTOCOL", times=before + 1)


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize(("version", "name"), [(TLS_1_2, "TLSv1.2"), (TLS_1_3, "TLSv1.3")])
def test_tls_1_2_and_1_3_are_spoken(
    gateway: RunningGateway, port: str, version: ssl.TLSVersion, name: str
) -> None:
    """「SMTPSおよびSTARTTLSにおいてTLS 1.2での接続のみに対応しております。」 1.3 is newer than the sentence."""
    assert negotiated(gateway, port, version) == name


@pytest.mark.parametrize("port", PORTS)
def test_pinned_to_1_2_it_speaks_1_2(pinned: RunningGateway, port: str) -> None:
    assert negotiated(pinned, port, TLS_1_2) == "TLSv1.2"


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("version", [TLS_1_1, TLS_1_3])
def test_pinned_to_1_2_it_speaks_nothing_else(
    pinned: RunningGateway, port: str, version: ssl.TLSVersion
) -> None:
    """「TLS 1.2での接続のみに対応しております。」 to the letter."""
    with pytest.raises(REFUSED):
        negotiated(pinned, port, version)
