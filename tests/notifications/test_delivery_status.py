from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from notifications.answer_limit import MOST_A_DAY
from notifications.delivery_status import explain, refuse
from notifications.models import OutgoingMail, Protection
from notifications.refusals import (
    InvalidNumber,
    Rejection,
    SignatureNotFound,
    SignatureRejected,
    UnsupportedDocument,
)

pytestmark = pytest.mark.django_db

ORIGINAL = (
    b"From: taro@example.jp\r\nTo: send@fax.tc\r\nSubject: /fax=03-1111-2222\r\n"
    b"Message-ID: <order-1@example.jp>\r\n\r\n!#password123\r\nSecret body\r\n"
)
ARRIVED = datetime(2024, 11, 25, 0, 30, tzinfo=UTC)


def told(rejection: Rejection, **facts: Any) -> EmailMessage:
    """What the sender gets, read back by the standard library."""
    refuse_order(rejection, **facts)
    mail = email.message_from_bytes(OutgoingMail.objects.latest("pk").content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def refuse_order(rejection: Rejection, **facts: Any) -> None:
    defaults: dict[str, Any] = {
        "key": "m1",
        "to": "taro@example.jp",
        "original": ORIGINAL,
        "recipients": ["send@fax.tc"],
        "encrypted": False,
        "language": "en",
        "arrived_at": ARRIVED,
    }
    refuse(rejection, **(defaults | facts))


def parts_of(mail: EmailMessage) -> tuple[EmailMessage, EmailMessage, EmailMessage]:
    text, status, headers = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(status, EmailMessage)
    assert isinstance(headers, EmailMessage)
    return text, status, headers


def content_of(part: EmailMessage) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def text_of(mail: EmailMessage) -> str:
    return content_of(parts_of(mail)[0])


def field_groups(mail: EmailMessage) -> list[EmailMessage]:
    """Of message/delivery-status: about the mail, then about each recipient."""
    groups = parts_of(mail)[1].get_payload()
    assert isinstance(groups, list)
    return [group for group in groups if isinstance(group, EmailMessage)]


@pytest.fixture
def japanese(settings: Settings, tmp_path: Path) -> None:
    """A compiled catalog as the installation has one, with the sentences this file looks for."""
    catalog = Catalog(locale="ja")
    catalog.add("Your fax was not sent.", "FAXは送信されませんでした。")
    catalog.add("Destination no. %(number)d", "%(number)d番目の宛先")
    catalog.add(InvalidNumber.explanation, "FAX番号として正しくない宛先があります。")
    directory = tmp_path / "ja" / "LC_MESSAGES"
    directory.mkdir(parents=True)
    with (directory / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    settings.LOCALE_PATHS = [tmp_path]


def test_the_guides_subject_and_first_two_lines_letter_by_letter() -> None:
    """件名:Undelivered Mail Returned to Sender (user guide, chapter 14, 2-1)."""
    mail = told(SignatureNotFound())
    assert mail["Subject"] == "Undelivered Mail Returned to Sender"
    assert text_of(mail).splitlines()[:2] == [
        "The Postfix program has encountered the following problem:",
        "*** Cannot authenticate - signature not found ***",
    ]


def test_the_two_lines_can_be_found_without_decoding() -> None:
    refuse_order(SignatureNotFound(), original="Subject: 見積\r\n\r\n".encode(), language="ja")
    content = OutgoingMail.objects.get().content
    assert (
        b"encountered the following problem:\r\n*** Cannot authenticate - signature not found ***\r\n"
        in content
    )


def test_it_is_an_automatic_answer_from_the_mail_system_with_the_null_sender() -> None:
    mail = told(SignatureNotFound())
    assert mail["From"] == "Mail Delivery System <MAILER-DAEMON@fax.tc>"
    assert mail["To"] == "taro@example.jp"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert (mail["In-Reply-To"], mail["References"]) == ("<order-1@example.jp>", "<order-1@example.jp>")
    row = OutgoingMail.objects.get()
    assert (row.envelope_sender, row.protection, row.message_id) == ("", Protection.PLAIN, mail["Message-ID"])


def test_it_is_a_delivery_status_report_with_a_group_of_fields_per_recipient() -> None:
    mail = told(
        SignatureRejected(detail="certificate has expired"), recipients=["send@fax.tc", "0311112222@fax.tc"]
    )
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    about_mail, first, second = field_groups(mail)
    assert about_mail["Reporting-MTA"] == "dns; fax.tc"
    assert about_mail["Arrival-Date"] == "Mon, 25 Nov 2024 00:30:00 +0000"
    assert first["Final-Recipient"] == "rfc822; send@fax.tc"
    assert second["Final-Recipient"] == "rfc822; 0311112222@fax.tc"
    assert (first["Action"], first["Status"]) == ("failed", "5.7.1")
    assert first["Diagnostic-Code"] == "smtp; 550 5.7.1 *** Cannot authenticate - certificate has expired ***"


def test_the_headers_of_the_original_come_back_and_nothing_of_its_body() -> None:
    mail = told(SignatureNotFound())
    headers = parts_of(mail)[2]
    assert headers.get_content_type() == "text/rfc822-headers"
    assert "Subject: /fax=03-1111-2222\n" in content_of(headers)
    assert b"Secret body" not in OutgoingMail.objects.get().content
    assert b"password123" not in OutgoingMail.objects.get().content


def test_the_detail_of_an_order_in_clear_is_told() -> None:
    text = text_of(told(InvalidNumber(position=2, detail="03-ABC 見積")))
    assert "Place: Destination no. 2\nDetail: 03-ABC 見積\n" in text


def test_the_detail_of_an_encrypted_order_is_not() -> None:
    mail = told(InvalidNumber(position=2, detail="03-ABC"), encrypted=True)
    assert "Place: Destination no. 2\n" in text_of(mail)
    assert "03-ABC" not in mail.as_string()


def test_a_document_is_counted_as_an_attachment() -> None:
    assert "Place: Attachment no. 3\n" in text_of(told(UnsupportedDocument(position=3)))


def test_without_a_position_no_place_is_named() -> None:
    assert "Place:" not in text_of(told(SignatureNotFound()))


@pytest.mark.usefixtures("japanese")
def test_the_accounts_language_comes_first_and_english_follows() -> None:
    text = text_of(told(InvalidNumber(position=2), language="ja"))
    ours, english = text.split("-" * 70)
    assert "FAXは送信されませんでした。" in ours
    assert "FAX番号として正しくない宛先があります。" in ours
    assert "2番目の宛先" in ours
    assert "Your fax was not sent." in english
    assert InvalidNumber.explanation in english
    assert "Destination no. 2" in english


def test_an_english_account_reads_the_explanation_once() -> None:
    assert explain(SignatureNotFound(), encrypted=False, language="en").count("Your fax was not sent.") == 1


@pytest.mark.parametrize(
    "original",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: \x83\x5c\x82\xe8\x00\r\nMessage-ID: <\x00@x>\r\n\r\n",
        b"Subject: " + b"A" * 3_000_000 + b"\r\n\r\n",
        b"X: " + b"a" * 9_000 + b"\r\n\r\n",
        b"Message-ID: <a@b>\r\n Bcc: victim@example.com\r\n\r\n",
        b"Subject: =?utf-8?b?gICA?= =?x-none?q?=00?=\r\n\x0b bad fold\r\n\r\n",
        b"X: a\r\n--===============\r\nX-Y: b\r\n\r\n",
    ],
)
def test_a_hostile_original_gives_a_valid_report(original: bytes) -> None:
    mail = told(SignatureNotFound(), original=original)
    content = OutgoingMail.objects.get().content
    assert content.isascii()
    assert len(content) < 40_000
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert not mail["Bcc"]
    assert not mail.defects


def test_hostile_recipients_and_details_stay_in_their_fields() -> None:
    mail = told(
        SignatureRejected(detail="x\r\nAction: delivered\x00"),
        recipients=["a@x.jp\r\nStatus: 2.0.0", "見積@fax.tc"],
    )
    first, second = field_groups(mail)[1:]
    assert (first.get_all("Action"), first.get_all("Status")) == (["failed"], ["5.7.1"])
    assert second["Final-Recipient"] == "rfc822; ??@fax.tc"
    assert text_of(mail).splitlines()[1] == "*** Cannot authenticate - x Action: delivered? ***"


@pytest.mark.parametrize(
    "to", ["", "<>", "no-at", "a@x.jp\r\nBcc: b@x.jp", "a b@x.jp", "見積@x.jp", "a" * 260 + "@x.jp"]
)
def test_nothing_goes_to_what_is_no_address(to: str) -> None:
    refuse_order(SignatureNotFound(), to=to)
    assert not OutgoingMail.objects.exists()


def test_the_same_order_is_answered_once() -> None:
    for _ in range(2):
        refuse_order(SignatureNotFound(), key="m1")
    assert OutgoingMail.objects.count() == 1


def test_one_address_is_answered_at_most_twenty_times_a_day_whatever_its_case() -> None:
    for number in range(MOST_A_DAY + 3):
        refuse_order(
            SignatureNotFound(), key=f"m{number}", to=["taro@example.jp", "Taro@Example.JP"][number % 2]
        )
    assert OutgoingMail.objects.count() == MOST_A_DAY
    refuse_order(SignatureNotFound(), key="m0", to="hanako@example.jp")
    assert OutgoingMail.objects.count() == MOST_A_DAY + 1


def test_the_next_day_answers_go_out_again() -> None:
    for number in range(MOST_A_DAY):
        refuse_order(SignatureNotFound(), key=f"m{number}")
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=1))
    refuse_order(SignatureNotFound(), key="next")
    assert OutgoingMail.objects.count() == MOST_A_DAY + 1


def test_the_count_is_answered_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = OutgoingMail.objects.filter(key__startswith="refuse:abc:").explain()
    assert "Index" in plan
    assert "Index Cond" in plan
