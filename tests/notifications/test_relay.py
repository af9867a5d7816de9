from __future__ import annotations

import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from notifications.relay import RelayDown, RelayRefused, RelayUnavailable, file_name, relay
from tests.notifications.conftest import Inbox, serving, smtp_settings

WIRE = (
    b"From: send@fax.tc\r\nDate: Mon, 25 Nov 2024 09:30:12 +0900\r\nMessage-ID: <abc123@fax.tc>\r\n"
    b"\r\nOne line.\r\n.\r\n..two dots\r\n"
)


def send(wire: bytes = WIRE, *, sender: str = "", recipient: str = "taro@example.jp") -> None:
    relay(wire, sender=sender, recipient=recipient)


def test_eml_writes_one_file_with_the_envelope_on_top(outbox_dir: Path) -> None:
    send(sender="")
    (file,) = outbox_dir.iterdir()
    assert file.name == "20241125T003012Z-abc123.eml"
    assert file.read_bytes() == b"Return-Path: <>\r\nDelivered-To: taro@example.jp\r\n" + WIRE


def test_eml_files_are_for_the_owner_only(outbox_dir: Path) -> None:
    send()
    assert [path.stat().st_mode & 0o777 for path in (outbox_dir, *outbox_dir.iterdir())] == [0o700, 0o600]


def test_a_second_delivery_replaces_the_file_of_the_first(outbox_dir: Path) -> None:
    for _ in range(2):
        send()
    assert len(list(outbox_dir.iterdir())) == 1


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"Date: Mon, 25 Nov 2024 09:30:12 +0900\r\nMessage-ID: <../../x@y>", "20241125T003012Z-x.eml"),
        (b"Date: rubbish\r\nMessage-ID: <abc@y>", "undated-abc.eml"),
        (b"Message-ID: <abc@y>", "undated-abc.eml"),
    ],
)
def test_the_file_name_comes_from_date_and_message_id(head: bytes, name: str) -> None:
    assert file_name(head + b"\r\n\r\n") == name


def test_mails_without_a_message_id_have_names_of_their_own() -> None:
    first, second = file_name(b"Subject: a\r\n\r\n"), file_name(b"Subject: b\r\n\r\n")
    assert first != second
    assert first == file_name(b"Subject: a\r\n\r\n")


def test_smtp_hands_over_the_same_bytes_with_the_null_sender(inbox: Inbox) -> None:
    send()
    assert inbox.contents() == [WIRE]
    assert (inbox.envelopes[0].mail_from, inbox.envelopes[0].rcpt_tos) == ("<>", ["taro@example.jp"])


def test_smtp_gives_the_envelope_sender_of_the_row(inbox: Inbox) -> None:
    send(sender="bounces@fax.tc")
    assert inbox.envelopes[0].mail_from == "bounces@fax.tc"


def test_eight_bit_is_announced(inbox: Inbox) -> None:
    send("Subject: s\r\n\r\n見積\r\n".encode())
    assert "BODY=8BITMIME" in inbox.envelopes[0].mail_options


def test_a_japanese_domain_goes_out_in_its_ascii_form(inbox: Inbox) -> None:
    send(recipient="taro@日本語.jp")
    assert inbox.envelopes[0].rcpt_tos == ["taro@xn--wgv71a119e.jp"]


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("to_mail", "550 5.1.8 Sender address rejected: Domain not found"),
        ("to_mail", "554 5.7.1 Client host rejected: Access denied"),
        ("to_rcpt", "554 5.7.1 <taro@example.jp>: Relay access denied"),
    ],
)
def test_a_relay_that_will_have_nothing_from_us_is_asked_again_until_its_operator_has_seen_it(
    inbox: Inbox, stage: str, reply: str
) -> None:
    getattr(inbox, stage).append(reply)
    with pytest.raises(RelayUnavailable, match=re.escape(reply)):
        send()


def test_a_mail_that_is_too_large_for_the_relay_is_refused_for_good(inbox: Inbox) -> None:
    inbox.to_mail.append("552 5.3.4 Message size exceeds fixed limit")
    with pytest.raises(RelayRefused, match="552"):
        send()


@pytest.mark.parametrize("domain", ["example..jp", "a" * 64 + ".jp", "ü" * 70 + ".jp"])
def test_a_domain_that_cannot_be_one_is_final(inbox: Inbox, domain: str) -> None:
    with pytest.raises(RelayRefused, match=r"5\.1\.3"):
        send(recipient=f"taro@{domain}")
    assert not inbox.envelopes


def test_what_could_not_be_written_leaves_no_file(outbox_dir: Path) -> None:
    with at_most_in_a_file(10), pytest.raises(RelayDown, match="OSError"):
        send()
    assert list(outbox_dir.iterdir()) == []


@contextmanager
def at_most_in_a_file(size: int) -> Iterator[None]:
    """As on a full disk: the system refuses the rest."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("stage", ["to_rcpt", "to_data"])
def test_a_5xx_is_final(inbox: Inbox, stage: str) -> None:
    getattr(inbox, stage).append("550 5.1.1 no such user")
    with pytest.raises(RelayRefused, match=r"550 5\.1\.1 no such user") as caught:
        send()
    assert caught.value.code == 550


@pytest.mark.parametrize("stage", ["to_rcpt", "to_data"])
@pytest.mark.parametrize("reply", ["451 4.3.0 later", "421 4.3.2 closing", "530 5.7.0 log in first"])
def test_a_4xx_or_a_demand_to_log_in_is_not(inbox: Inbox, stage: str, reply: str) -> None:
    getattr(inbox, stage).append(reply)
    with pytest.raises(RelayUnavailable) as caught:
        send()
    assert caught.value.code == int(reply[:3])


def test_no_server_is_not_final(inbox: Inbox, settings: Settings) -> None:
    settings.RELAY = smtp_settings(1)
    with pytest.raises(RelayUnavailable, match="ConnectionRefusedError") as caught:
        send()
    assert caught.value.code == 0


def test_a_server_without_starttls_gets_nothing_if_starttls_was_asked_for(
    inbox: Inbox, settings: Settings
) -> None:
    settings.RELAY = smtp_settings(inbox.port, EMAIL_USE_TLS=True)
    with pytest.raises(RelayUnavailable, match="STARTTLS"):
        send()
    assert not inbox.envelopes


def test_a_server_that_speaks_no_tls_gets_nothing_over_tls(inbox: Inbox, settings: Settings) -> None:
    settings.RELAY = smtp_settings(inbox.port, EMAIL_USE_SSL=True)
    with pytest.raises(RelayUnavailable, match="SSL"):
        send()
    assert not inbox.envelopes


@pytest.mark.parametrize(("password", "arrives"), [("right", True), ("wrong", False)])
def test_the_relay_logs_in_and_a_wrong_password_is_our_problem_not_the_mails(
    settings: Settings, password: str, arrives: bool
) -> None:
    def check(
        server: object, session: object, envelope: object, how: str, given: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=given.password == b"right", handled=False)

    handler = Inbox()
    with serving(handler, authenticator=check, auth_require_tls=False) as port:
        settings.RELAY = smtp_settings(port, EMAIL_HOST_USER="fax", EMAIL_HOST_PASSWORD=password)
        try:
            send()
        except RelayUnavailable as problem:
            assert problem.code == 535
    assert bool(handler.envelopes) == arrives


def test_another_kind_of_url_is_a_mistake_of_the_operator(settings: Settings) -> None:
    settings.RELAY = smtp_settings(25, EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        send()
