from __future__ import annotations

import email
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import policy
from threading import Barrier

import pytest
from django.core.mail import EmailMessage, send_mail
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import Account
from notifications.models import MailState, OutgoingMail, Protection
from notifications.outbox import OutboxBackend
from tests.notifications.factories import message

pytestmark = pytest.mark.django_db


def test_a_mail_becomes_a_waiting_row_and_nothing_is_sent() -> None:
    assert message(key="k", protection=Protection.PROTECT, envelope_sender="").send() == 1
    row = OutgoingMail.objects.get()
    assert (row.key, row.recipient, row.protection) == ("k", "taro@example.jp", Protection.PROTECT)
    assert (row.envelope_sender, row.state, row.tries, row.wire) == ("", MailState.WAITING, 0, b"")
    assert row.bounce_token is None


def test_every_recipient_gets_a_row_and_bcc_is_told_to_nobody() -> None:
    mail = EmailMessage("s", "b", "a@x.jp", ["To <to@x.jp>"], cc=["cc@x.jp"], bcc=["bcc@x.jp", "to@x.jp"])
    mail.send()
    rows = OutgoingMail.objects.order_by("pk")
    assert [row.recipient for row in rows] == ["to@x.jp", "cc@x.jp", "bcc@x.jp"]
    assert len({row.message_id for row in rows}) == len({row.key for row in rows}) == 3
    assert not any(b"bcc@x.jp" in row.content for row in rows)


def test_a_mail_without_options_is_plain_with_a_key_of_its_own_and_comes_back_to_an_address_of_its_own() -> (
    None
):
    for _ in range(2):
        send_mail("s", "b", "InterFAX <send@fax.tc>", ["taro@example.jp"])
    first, second = OutgoingMail.objects.all()
    assert first.key != second.key
    assert first.envelope_sender != second.envelope_sender
    assert first.bounce_token is not None
    assert first.envelope_sender == f"bounces+{first.bounce_token.hex}@fax.tc"
    assert (first.protection, first.account) == (Protection.PLAIN, None)


def test_a_mail_without_recipients_is_no_mail() -> None:
    mail = EmailMessage("s", "b", "a@x.jp")
    assert OutboxBackend().send_messages([mail]) == 0
    assert not OutgoingMail.objects.exists()


def test_options_may_be_of_a_class_of_another_app() -> None:
    @dataclass(frozen=True)
    class Mine:
        key: str = "certificate:1"
        protection: str = "sign"
        envelope_sender: str | None = None
        account: Account | None = None

    mail = message()
    mail.outbox = Mine()
    mail.send()
    assert OutgoingMail.objects.get(key="certificate:1").protection == Protection.SIGN


def test_the_message_id_is_ours_and_stands_in_the_content(settings: Settings) -> None:
    mail = message()
    mail.extra_headers = {"message-id": "<theirs@example.com>", "X-Kept": "yes"}
    mail.send()
    row = OutgoingMail.objects.get()
    content = email.message_from_bytes(row.content, policy=policy.default)
    assert content.get_all("Message-ID") == [row.message_id]
    assert row.message_id.endswith(f"@{settings.FAX_DOMAIN}>")
    assert content["Date"].datetime.tzinfo is not None
    assert content["X-Kept"] == "yes"
    assert mail.extra_headers["message-id"] == "<theirs@example.com>"


def test_content_is_seven_bit_with_crlf_and_reads_back() -> None:
    mail = message()
    mail.attach_alternative("<p>本文です。</p>", "text/html")
    mail.attach("見積.pdf", b"%PDF-\x00\xff", "application/pdf")
    mail.send()
    content = OutgoingMail.objects.get().content
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    read = email.message_from_bytes(content, policy=policy.default)
    body = read.get_body(("plain",))
    assert body is not None
    assert (read["Subject"], body.get_content().strip()) == ("件名", "本文です。")
    assert [part.get_content() for part in read.iter_attachments()] == [b"%PDF-\x00\xff"]


@pytest.mark.parametrize("length", [1, 8, 9, 10, 15, 16, 17, 40, 200])
def test_a_japanese_subject_of_any_length_is_folded_after_its_first_word(length: int) -> None:
    mail = message()
    mail.subject = "送" * length
    mail.send()
    content = OutgoingMail.objects.get().content
    assert b"\r\nSubject: =?utf-8?" in content
    assert max(len(line) for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 78
    assert email.message_from_bytes(content, policy=policy.default)["Subject"] == mail.subject


def test_content_is_sealed_in_the_database() -> None:
    message().send()
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM notifications_outgoingmail")
        assert b"Subject" not in bytes(cursor.fetchone()[0])


def test_the_same_key_again_changes_nothing_and_leaves_the_transaction_usable() -> None:
    with transaction.atomic():
        message(key="notify:1").send()
        before = OutgoingMail.objects.get().message_id
        message(key="notify:1", to="other@example.jp").send()
        assert OutgoingMail.objects.get().message_id == before


def test_a_rollback_takes_the_mail_with_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        message().send()
        raise ZeroDivisionError
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_transactions_with_one_key_at_the_same_time_make_one_row() -> None:
    both = Barrier(2)

    def one() -> None:
        with transaction.atomic():
            both.wait(5)
            message(key="notify:1").send()
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(one) for _ in range(2)]:
            done.result()
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_no_line_of_an_encoded_subject_is_longer_than_rfc_2047_allows(charset: str) -> None:
    mail = message()
    mail.subject, mail.encoding = "FAX送信結果のお知らせ" * 12, charset
    mail.send()
    content = OutgoingMail.objects.get().content
    lines = content.partition(b"\r\nFrom:")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert max(len(word) for word in b" ".join(lines).split()) <= 75
    assert email.message_from_bytes(content, policy=policy.default)["Subject"] == mail.subject
