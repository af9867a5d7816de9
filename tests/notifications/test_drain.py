"""The way from a row to the relay, on a real PostgreSQL and against a real SMTP server."""

from __future__ import annotations

import email
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from email import policy
from threading import Thread
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings as configuration
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from certificates.identity import fingerprint
from certificates.models import RegisteredCertificate
from notifications.draining import FIRST_PAUSE, GIVE_UP_AFTER, LONGEST_PAUSE, drain, pause_after
from notifications.models import MailState, OutgoingMail, Protection
from notifications.relay_state import is_down
from tests.notifications.conftest import Inbox
from tests.notifications.factories import message
from tests.pki import Person, authority

pytestmark = pytest.mark.django_db(transaction=True)


def due_again() -> None:
    OutgoingMail.objects.update(next_try_at=timezone.now())


def register(person: Person, address: str) -> None:
    RegisteredCertificate.objects.create(
        address=address,
        certificate=person.certificate.public_bytes(Encoding.PEM).decode(),
        fingerprint=fingerprint(person.certificate),
        not_after=person.certificate.not_valid_after_utc,
    )


def test_nothing_due_is_nothing_to_do(inbox: Inbox) -> None:
    message().send()
    OutgoingMail.objects.update(next_try_at=timezone.now() + timedelta(seconds=5))
    assert drain() is False
    assert not inbox.envelopes


def test_a_plain_mail_leaves_as_it_was_composed_and_is_sent_once(inbox: Inbox) -> None:
    message(envelope_sender="").send()
    assert [drain(), drain()] == [True, False]
    row = OutgoingMail.objects.get()
    assert inbox.contents() == [row.content]
    assert inbox.envelopes[0].mail_from == "<>"
    assert (row.state, row.tries, row.error) == (MailState.SENT, 1, "")
    assert row.sent_at is not None


def test_a_temporary_failure_is_noted_and_tried_again_later_with_the_same_bytes(inbox: Inbox) -> None:
    inbox.to_data.append("451 4.3.0 later")
    message().send()
    drain()
    row = OutgoingMail.objects.get()
    assert (row.state, row.tries, row.error) == (MailState.WAITING, 1, "451 4.3.0 later")
    assert timedelta(seconds=3) < row.next_try_at - timezone.now() <= FIRST_PAUSE
    assert drain() is False
    due_again()
    drain()
    assert inbox.contents() == [row.wire]
    assert OutgoingMail.objects.get().error == ""


def test_a_final_refusal_gives_up_with_the_reason(inbox: Inbox) -> None:
    inbox.to_rcpt.append("550 5.1.1 no such user")
    message().send()
    drain()
    row = OutgoingMail.objects.get()
    assert (row.state, row.error) == (MailState.FAILED, "550 5.1.1 no such user")
    due_again()
    assert drain() is False


def test_no_mail_is_given_up_before_the_relay_has_put_it_off_for_five_days(inbox: Inbox) -> None:
    long_ago = timezone.now() - GIVE_UP_AFTER
    cases = {"never tried": None, "tried": long_ago + timedelta(minutes=1), "old": long_ago}
    for key, put_off_since in cases.items():
        inbox.to_data.append("451 4.3.0 later")
        message(key=key).send()
        OutgoingMail.objects.filter(key=key).update(
            put_off_since=put_off_since, created_at=long_ago - timedelta(days=1)
        )
        drain()
    states = dict(OutgoingMail.objects.values_list("key", "state"))
    assert states == {"never tried": "waiting", "tried": "waiting", "old": "failed"}


def test_a_mail_at_which_the_relay_breaks_off_is_tried_more_and_more_seldom(
    inbox: Inbox, settings: Settings
) -> None:
    """It may have it: without an end its reader would get it again and again."""
    message().send()
    with breaking_off() as settings.RELAY["EMAIL_PORT"]:
        for tries in (1, 2, 3):
            due_again()
            drain()
            row = OutgoingMail.objects.get()
            assert (row.state, row.tries) == (MailState.WAITING, tries)
            assert row.next_try_at - timezone.now() > pause_after(tries) - timedelta(seconds=2)
    assert row.put_off_since is not None
    assert "broke off" in row.error
    assert not is_down()


@contextmanager
def breaking_off() -> Iterator[int]:
    """A relay that takes each mail and is gone before it has said so."""

    def converse(client: socket.socket) -> None:
        with client, client.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 relay\r\n")
            while line := stream.readline():
                if line.upper().startswith(b"DATA"):
                    stream.write(b"354 go on\r\n")
                    while stream.readline() not in {b".\r\n", b""}:
                        pass
                    return
                stream.write(b"250 relay\r\n")

    def serve() -> None:
        with suppress(OSError):
            while True:
                converse(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_the_pauses_double_up_to_an_hour() -> None:
    assert [pause_after(tries).seconds for tries in (1, 2, 3)] == [5, 10, 20]
    assert pause_after(30_000) == LONGEST_PAUSE


def test_a_mail_that_cannot_be_made_stays_and_does_not_hold_up_the_next(inbox: Inbox) -> None:
    message(key="no identity to sign with", protection=Protection.SIGN).send()
    message(key="plain").send()
    assert [drain(), drain(), drain()] == [True, True, False]
    broken = OutgoingMail.objects.get(key="no identity to sign with")
    assert (broken.state, broken.tries, broken.error) == (MailState.WAITING, 1, "NoServiceIdentity: ")
    assert OutgoingMail.objects.get(key="plain").state == MailState.SENT


def test_a_mail_that_cannot_be_made_for_a_week_is_not_given_up(inbox: Inbox) -> None:
    message(protection=Protection.SIGN).send()
    drain()
    assert OutgoingMail.objects.get().put_off_since is None
    week = timedelta(days=7)
    OutgoingMail.objects.update(created_at=timezone.now() - week, put_off_since=timezone.now() - week)
    due_again()
    drain()
    assert (OutgoingMail.objects.get().state, OutgoingMail.objects.get().tries) == (MailState.WAITING, 2)


def test_a_mail_whose_key_is_lost_stays_and_does_not_hold_up_the_next(inbox: Inbox) -> None:
    message(key="lost").send()
    message(key="readable").send()
    damage = "UPDATE notifications_outgoingmail SET content = 'damaged'::bytea WHERE key = 'lost'"
    with connection.cursor() as cursor:
        cursor.execute(damage)
    assert [drain(), drain(), drain()] == [True, True, False]
    rows = OutgoingMail.objects.values_list("key", "state", "tries", "error")
    assert set(rows) == {
        ("lost", MailState.WAITING, 1, "InvalidToken: "),
        ("readable", MailState.SENT, 1, ""),
    }


@pytest.mark.usefixtures("signing_service")
def test_a_signed_mail_is_signed_once_and_kept_for_the_second_try(inbox: Inbox) -> None:
    inbox.to_data.append("451 4.3.0 later")
    message(protection=Protection.SIGN).send()
    drain()
    kept = OutgoingMail.objects.get().wire
    due_again()
    drain()
    assert inbox.contents() == [kept]
    mail = email.message_from_bytes(kept)
    assert mail.get_content_type() == "multipart/signed"
    assert mail["Message-ID"] == OutgoingMail.objects.get().message_id


@pytest.mark.usefixtures("signing_service")
def test_protected_mail_to_an_unregistered_address_is_signed(inbox: Inbox) -> None:
    message(protection=Protection.PROTECT).send()
    drain()
    assert email.message_from_bytes(inbox.contents()[0]).get_content_type() == "multipart/signed"


@pytest.mark.usefixtures("signing_service")
def test_protected_mail_to_a_registered_address_is_encrypted(inbox: Inbox) -> None:
    register(authority().alice, "taro@example.jp")
    message(protection=Protection.PROTECT).send()
    drain()
    mail = email.message_from_bytes(inbox.contents()[0], policy=policy.default)
    assert mail.get_content_type() == "application/pkcs7-mime"
    assert mail["Message-ID"] == OutgoingMail.objects.get().message_id


def expired() -> None:
    register(authority().expired, "taro@example.jp")


def broken() -> None:
    register(authority().alice, "taro@example.jp")
    RegisteredCertificate.objects.update(certificate="-----BEGIN NOTHING-----")


@pytest.mark.usefixtures("signing_service")
@pytest.mark.parametrize("registered", [expired, broken])
def test_without_a_usable_certificate_a_signed_notice_leaves_and_never_the_content(
    inbox: Inbox, registered: Callable[[], None]
) -> None:
    registered()
    message(protection=Protection.PROTECT).send()
    drain()
    mail = email.message_from_bytes(inbox.contents()[0], policy=policy.default)
    notice = mail.get_body(("plain",))
    assert notice is not None
    assert "通知の内容は送信しておりません" in notice.get_content()
    assert configuration.SITE_URL in notice.get_content()
    assert "本文です" not in notice.get_content()
    assert mail["Subject"].startswith("通知の内容は暗号化できないため送信していません")
    assert (mail["To"], mail["From"]) == ("taro@example.jp", "InterFAX <send@fax.tc>")
    assert mail["Message-ID"] == OutgoingMail.objects.get().message_id
    assert mail.get_content_type() == "multipart/signed"


def test_while_a_mail_is_handed_over_its_row_is_locked(inbox: Inbox) -> None:
    free: list[int] = []

    def look() -> int:
        with transaction.atomic():
            rows = list(OutgoingMail.objects.select_for_update(skip_locked=True))
        connection.close()
        return len(rows)

    def on_data() -> None:
        with ThreadPoolExecutor(1) as pool:
            free.append(pool.submit(look).result())

    inbox.on_data = on_data
    message().send()
    drain()
    assert (free, look()) == ([0], 1)


def test_two_workers_share_the_work_and_every_mail_leaves_once(inbox: Inbox) -> None:
    for number in range(20):
        message(key=str(number)).send()

    def work() -> int:
        sent = 0
        while drain():
            sent += 1
        connection.close()
        return sent

    with ThreadPoolExecutor(2) as pool:
        counts = [done.result() for done in [pool.submit(work) for _ in range(2)]]
    assert sum(counts) == 20
    assert len(set(inbox.contents())) == len(inbox.contents()) == 20


@pytest.mark.usefixtures("signing_service")
def test_a_worker_killed_between_relay_and_note_leads_to_a_second_delivery_of_the_same_bytes(
    inbox: Inbox,
) -> None:
    message(protection=Protection.SIGN).send()
    workers: list[subprocess.Popen[bytes]] = []
    inbox.on_data = lambda: workers[0].kill()
    workers.append(drain_in_a_process_of_its_own(inbox.port))
    assert workers[0].wait(30) == -signal.SIGKILL
    inbox.on_data = lambda: None
    assert OutgoingMail.objects.get().state == MailState.WAITING
    due_again()
    assert drain() is True
    row = OutgoingMail.objects.get()
    assert (row.state, row.tries) == (MailState.SENT, 2)
    assert inbox.contents() == [row.wire, row.wire]
    assert row.message_id.encode() in row.wire


def drain_in_a_process_of_its_own(port: int) -> subprocess.Popen[bytes]:
    database = connection.settings_dict
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    program = "import django; django.setup(); from notifications.draining import drain; drain()"
    return subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=configuration.BASE_DIR)


def test_the_log_names_no_address_and_no_content(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    inbox.to_rcpt += ["451 4.3.0 taro@example.jp later", "550 5.1.1 taro@example.jp unknown"]
    for _ in range(3):
        message().send()
        drain()
    ours = " ".join(r.getMessage() for r in caplog.records if r.name.startswith("notifications"))
    assert all(event in ours for event in ("outgoing_sent", "outgoing_refused", "outgoing_delayed"))
    assert "taro" not in ours
    assert "本文" not in ours
