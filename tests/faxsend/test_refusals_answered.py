"""Every refusal there is, caused by a mail: its answer by mail in both languages, its row on the site, no secrets."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from html import escape
from unicodedata import normalize

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from accounts.models import Account
from faxsend.models import InboundMessage, InboundStatus
from faxsend.parked import give_up
from notifications.answer_limit import MOST_A_DAY
from notifications.models import OutgoingMail, Protection
from notifications.refusals import BadOption, Rejection
from tests.factories import AuthorizedSenderFactory, ContactFactory, ContactListFactory, UserFactory
from tests.faxsend.encrypting import order, processed, received
from tests.faxsend.refusing import CAUSES, LIST, SECRETS, Cause, publish_keys
from tests.name_server import NameServer, name_server
from tests.notifications.signing import ALICE, trusted_service

pytestmark = pytest.mark.django_db


def kinds(family: type[Rejection] = Rejection) -> Iterator[type[Rejection]]:
    """All classes that an order can be refused with."""
    for kind in family.__subclasses__():
        yield kind
        yield from kinds(kind)


KINDS = sorted(kinds(), key=lambda kind: kind.code)


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    with name_server() as server:
        publish_keys(server)
        yield server


@pytest.fixture
def account(settings: Settings, names: NameServer) -> Account:
    settings.DNS_RESOLVER = [names.address]
    trusted_service()
    account: Account = AuthorizedSenderFactory.create(address=ALICE).account
    members = ContactListFactory.create(account=account, name=LIST)
    ContactFactory.create(contact_list=members, number="0081398765432")
    return account


def refused(kind: type[Rejection], account: Account, *, encrypted: bool) -> InboundMessage:
    """The mail that causes it, after the intake has had it."""
    cause: Cause = CAUSES[kind]
    for name, value in cause.account.items():
        setattr(account, name, value)
    account.save()
    raw = cause.encrypted_mail() if encrypted else cause.mail()
    cause.before(account)
    if cause.given_up:
        message = received(raw, account, status=InboundStatus.PARKED)
        assert give_up(message)
        message.refresh_from_db()
    else:
        message = processed(raw, account, received_at=timezone.now() - cause.waited)
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, kind.code)
    return message


def answer_to(message: InboundMessage) -> EmailMessage:
    """What its sender gets, read back by the standard library."""
    row = OutgoingMail.objects.get(key__startswith="refuse:", key__endswith=f":{message.token}")
    assert (row.recipient, row.envelope_sender, row.protection) == (ALICE, "", Protection.PLAIN)
    mail = email.message_from_bytes(row.content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def groups(mail: EmailMessage) -> list[Message]:
    """The fields of message/delivery-status: about the mail, then about each recipient (RFC 3464)."""
    _, status, _ = mail.iter_parts()
    found = status.get_payload()
    assert isinstance(found, list)
    return [group for group in found if isinstance(group, Message)]


def explanation_of(mail: EmailMessage) -> str:
    text, _, _ = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    return str(text.get_content())


def in_japanese(kind: type[Rejection]) -> str:
    with translation.override("ja"):
        text = translation.gettext(kind.explanation)
    assert text != kind.explanation
    return text


def told(kind: type[Rejection], message: InboundMessage) -> str:
    """The sentence that goes over the wire."""
    return kind(detail=message.rejection_detail.decode()).diagnostic(encrypted=message.encrypted)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.code for kind in KINDS])
def test_a_refusal_is_answered_in_both_languages_and_listed_on_the_site(
    kind: type[Rejection], account: Account, client: Client
) -> None:
    message = refused(kind, account, encrypted=not CAUSES[kind].in_clear)
    mail = answer_to(message)
    assert_is_a_report(mail, kind, told(kind, message))
    text = explanation_of(mail)
    assert text.splitlines()[1] == told(kind, message)
    assert in_japanese(kind) in text and kind.explanation in text
    client.force_login(UserFactory.create(account=account))
    for language, words in (("ja", in_japanese(kind)), ("en", kind.explanation)):
        Account.objects.filter(pk=account.pk).update(language=language)
        page = client.get("/history/refused/").content.decode()
        assert escape(words) in page and escape(told(kind, message)) in page
        assert language == "en" or escape(kind.explanation) not in page


def assert_is_a_report(mail: EmailMessage, kind: type[Rejection], sentence: str) -> None:
    assert not mail.defects
    assert (mail.get_content_type(), mail.get_param("report-type")) == ("multipart/report", "delivery-status")
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    about_mail, about_recipient = groups(mail)
    assert about_mail["Reporting-MTA"] == "dns; fax.tc"
    assert about_recipient["Final-Recipient"] == "rfc822; send@fax.tc"
    assert (about_recipient["Action"], about_recipient["Status"]) == ("failed", kind.status)
    assert about_recipient["Diagnostic-Code"] == f"smtp; 550 {kind.status} {sentence}"
    assert re.fullmatch(r"5\.\d\.\d{1,3}", kind.status)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.code for kind in KINDS])
def test_an_explanation_says_in_japanese_that_nothing_was_sent_where_it_says_so_in_english(
    kind: type[Rejection],
) -> None:
    """The mail around it says it too."""
    assert ("FAXは送信されていません" in in_japanese(kind)) is ("Nothing has been" in kind.explanation)


def test_the_answer_to_an_encrypted_mail_does_not_say_which_option_was_bad(account: Account) -> None:
    raw = replace(CAUSES[BadOption], subject="/fax=03-1111-2222 /rt 9").encrypted_mail()
    mail = answer_to(processed(raw, account))
    said = explanation_of(mail)
    for explanation in (in_japanese(BadOption), BadOption.explanation):  # which name all of them
        said = said.replace(explanation, "")
    assert "/rt" not in said
    assert not any("/rt" in value for group in groups(mail) for value in group.values())


@pytest.mark.parametrize("kind", KINDS, ids=[kind.code for kind in KINDS])
def test_nothing_that_came_encrypted_is_answered_in_clear(kind: type[Rejection], account: Account) -> None:
    mail = answer_to(refused(kind, account, encrypted=True))
    found = [secret for secret in SECRETS if secret in readings(mail)]
    assert not found


def test_the_search_finds_what_a_mail_in_clear_is_answered_with(account: Account) -> None:
    """Else the test above could not fail."""
    for kind in KINDS:
        if kind.code == "invalid-number":
            assert "98765432" in readings(answer_to(refused(kind, account, encrypted=False)))


def readings(mail: EmailMessage) -> str:
    """Everything that anybody could read in it, whatever it is packed in: letters and digits, one after the other."""
    raw = mail.as_bytes()
    texts = [raw.decode("utf-8", "replace")]
    for part in email.message_from_bytes(raw).walk():
        texts += [str(make_header(decode_header(str(value)))) for value in part.values()]
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            texts.append(payload.decode("utf-8", "replace"))
    # The headers of the original are a text with headers of their own.
    for text in list(texts):
        texts += [str(make_header(decode_header(line))) for line in text.splitlines() if "=?" in line]
    return re.sub(r"\W", "", normalize("NFKC", "\n".join(texts))).lower()


def test_nobody_is_answered_where_no_sender_is_named(account: Account) -> None:
    message = processed(order(b"\r\nx"), account, sender="")
    assert message.status == InboundStatus.REJECTED
    assert not OutgoingMail.objects.exists()


def test_one_address_is_answered_so_many_times_a_day_and_all_refusals_are_listed(
    account: Account, client: Client
) -> None:
    for number in range(MOST_A_DAY + 2):
        message = processed(order(b"\r\nx", subject="x", message_id=f"<{number}@example.com>"), account)
        assert message.status == InboundStatus.REJECTED
    assert OutgoingMail.objects.filter(recipient=ALICE).count() == MOST_A_DAY
    client.force_login(UserFactory.create(account=account))
    page = client.get("/history/refused/").content.decode()
    assert page.count("No recipients found") == MOST_A_DAY + 2
