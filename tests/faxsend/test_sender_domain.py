"""Who really sent it: orders with DKIM signatures, keys from a real name server, and accounts that demand them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from faxsend import intake
from faxsend.domain_proof import errors
from faxsend.models import Content, InboundMessage, InboundStatus, Submission
from faxsend.refused import refused_mails
from faxsend.sender_domain import in_words
from faxsend.txt_records import resolver_of
from tests.factories import AuthorizedSenderFactory, InboundMessageFactory, UserFactory
from tests.faxsend.domain_proof.signing import DOMAIN, MAIL, key_record, rsa_key, signed_by_hand
from tests.name_server import NameServer, failing, name_server

SENDER = f"fax@{DOMAIN}"
KEY = f"s1._domainkey.{DOMAIN}"
POLICY = f"_dmarc.{DOMAIN}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[NameServer]:
    """It has the key and the policy of ``DOMAIN``."""
    with name_server() as server:
        server.zone |= {KEY: [key_record(rsa_key())], POLICY: [b"v=DMARC1; p=reject"]}
        settings.DNS_RESOLVER = [server.address]
        yield server
        resolver_of.cache_clear()


@pytest.fixture
def account(server: NameServer) -> Account:
    """Demands a proof by the domain."""
    account = AuthorizedSenderFactory.create(address=SENDER).account
    account.alignment_required = True
    account.save()
    return account


def received(account: Account, raw: bytes, *to: str) -> InboundMessage:
    recipients = list(to) or ["send@fax.tc"]
    message = InboundMessage.objects.create(
        account=account, sender=SENDER, recipients=recipients, size=len(raw)
    )
    Content.objects.create(message=message, raw=raw)
    return message


def processed(account: Account, raw: bytes, *to: str) -> InboundMessage:
    message = received(account, raw, *to)
    assert intake.process_next()
    message.refresh_from_db()
    return message


def test_a_mail_that_its_domain_has_signed_becomes_a_fax(account: Account) -> None:
    message = processed(account, signed_by_hand())
    assert (message.status, message.dkim, message.dmarc) == (InboundStatus.ACCEPTED, DOMAIN, "pass")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "code", "detail"),
    [
        (MAIL, "sender-domain-not-proven", errors.NO_SIGNATURE),
        (signed_by_hand().replace(b"1111-2222", b"9999-9999"), "sender-domain-not-proven", errors.CHANGED),
        (signed_by_hand(tags=b"l=0; "), "sender-domain-not-proven", errors.IN_PART),
        (
            signed_by_hand(MAIL.replace(b"fax@sakura", b"boss@sakura")),
            "author-not-proven",
            "the address in From is not an authorized sender",
        ),
        (signed_by_hand(names=b"from:to"), "destination-not-proven", ""),
    ],
)
def test_a_mail_that_it_has_not_signed_is_answered_with_the_reason(
    account: Account, raw: bytes, code: str, detail: str
) -> None:
    message = processed(account, raw)
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, code)
    assert message.rejection_detail.decode() == detail


def test_another_domains_signature_does_not_prove_the_sender(account: Account, server: NameServer) -> None:
    server.zone["s1._domainkey.evil.example"] = [key_record(rsa_key())]
    message = processed(account, signed_by_hand(domain="evil.example"))
    assert (message.rejection_code, message.rejection_detail.decode()) == (
        "author-not-proven",
        errors.OTHER_DOMAIN,
    )
    assert (message.dkim, message.dmarc) == ("evil.example", "fail")


def test_the_author_may_be_another_authorized_sender_of_the_account(account: Account) -> None:
    AuthorizedSenderFactory.create(account=account, address=f"boss@{DOMAIN}")
    raw = signed_by_hand(MAIL.replace(b"fax@sakura", b"Boss@Sakura"))
    assert processed(account, raw).status == InboundStatus.ACCEPTED


def test_the_author_may_not_be_another_accounts_sender(account: Account) -> None:
    AuthorizedSenderFactory.create(address=f"boss@{DOMAIN}")
    raw = signed_by_hand(MAIL.replace(b"fax@sakura", b"boss@sakura"))
    assert processed(account, raw).rejection_code == "author-not-proven"


@pytest.mark.parametrize(
    ("to", "header", "status"),
    [
        ("0399999999@fax.tc", b"To: send@fax.tc", InboundStatus.REJECTED),
        ("03-9999-9999@fax.tc", b"To: 03-9999-9999@FAX.TC", InboundStatus.ACCEPTED),
    ],
)
def test_a_letter_to_somebody_is_no_order_for_another_number(
    account: Account, to: str, header: bytes, status: InboundStatus
) -> None:
    """Whoever got it could send it on; it has the same signature."""
    letter = MAIL.replace(b"Subject: /fax=03-1111-2222", b"Subject: ").replace(b"To: send@fax.tc", header)
    message = processed(account, signed_by_hand(letter), to)
    assert message.status == status
    assert message.rejection_code == ("destination-not-proven" if status == InboundStatus.REJECTED else "")


def test_a_captured_letter_to_one_number_is_no_order_for_one_more(account: Account) -> None:
    letter = MAIL.replace(b"Subject: /fax=03-1111-2222", b"Subject: ")
    letter = letter.replace(b"To: send@fax.tc", b"To: 03-9999-9999@fax.tc")
    message = processed(account, signed_by_hand(letter), "03-9999-9999@fax.tc", "03-8888-8888@fax.tc")
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, "destination-not-proven")
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("names", "status"), [(b"from:subject", InboundStatus.ACCEPTED), (b"from", InboundStatus.REJECTED)]
)
def test_destinations_in_the_text_need_a_signed_subject(
    account: Account, names: bytes, status: InboundStatus
) -> None:
    """Anybody could have written ``/fax=body`` over a letter."""
    raw = MAIL.replace(b"/fax=03-1111-2222   quote \t 24", b"/fax=body").replace(
        b"Dear  customer, \t", b"!*03-1111-2222*!"
    )
    message = processed(account, signed_by_hand(raw, names=names))
    assert (message.status, message.rejection_code) == (
        status,
        "destination-not-proven" if status == InboundStatus.REJECTED else "",
    )


def test_mail_waits_while_dns_does_not_answer_and_is_not_parked(account: Account, server: NameServer) -> None:
    server.zone[KEY] = failing
    message = processed(account, signed_by_hand())
    assert (message.status, message.tries) == (InboundStatus.RECEIVED, 0)
    assert message.next_try_at > timezone.now() + timedelta(seconds=1)
    server.zone[KEY] = [key_record(rsa_key())]
    resolver_of.cache_clear()
    InboundMessage.objects.update(next_try_at=timezone.now())
    assert intake.process_next()
    assert Submission.objects.count() == 1


def test_mail_that_has_waited_for_four_hours_is_answered(account: Account, server: NameServer) -> None:
    server.zone[KEY] = failing
    message = received(account, signed_by_hand())
    InboundMessage.objects.update(received_at=timezone.now() - timedelta(hours=4))
    assert intake.process_next()
    message.refresh_from_db()
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, "sender-domain-not-answering")


def test_where_nothing_is_demanded_it_is_only_noted(account: Account, server: NameServer) -> None:
    Account.objects.update(alignment_required=False)
    server.zone[KEY] = failing
    message = processed(account, signed_by_hand())
    assert (message.status, message.dkim, message.dmarc) == (InboundStatus.ACCEPTED, "", "temperror")


def test_a_mail_without_signature_asks_nobody(account: Account, server: NameServer) -> None:
    Account.objects.update(alignment_required=False)
    message = processed(account, MAIL)
    assert (message.status, message.dkim, message.dmarc) == (InboundStatus.ACCEPTED, "", "")
    assert not server.asked


@pytest.mark.parametrize(
    ("dkim", "dmarc", "words"),
    [
        (DOMAIN, "pass", f"DKIMで認証済み({DOMAIN})、DMARC: pass"),
        ("a.example b.example", "fail", "別のドメインによる署名(DKIM: a.example, b.example)、DMARC: fail"),
        (DOMAIN, "none", f"DKIM署名あり({DOMAIN})"),
        (DOMAIN, "", f"DKIM署名あり({DOMAIN})"),
        ("", "none", "DKIM署名が無効です"),
        ("", "fail", "DKIM署名が無効です"),
        ("", "temperror", "確認できませんでした(DNSの応答なし)"),
        ("", "", ""),
    ],
)
def test_what_was_found_in_words(dkim: str, dmarc: str, words: str) -> None:
    assert in_words(InboundMessage(dkim=dkim, dmarc=dmarc)) == words


def test_it_stands_on_the_page_of_the_order(account: Account, client: Client) -> None:
    client.force_login(UserFactory.create(account=account))
    processed(account, signed_by_hand())
    page = client.get(Submission.objects.get().get_absolute_url()).content.decode()
    assert f"<dt>送信元ドメインの認証</dt><dd>DKIMで認証済み({DOMAIN})、DMARC: pass</dd>" in page


def test_it_stands_beside_a_refused_mail(account: Account, client: Client) -> None:
    client.force_login(UserFactory.create(account=account))
    InboundMessageFactory.create(
        account=account, status=InboundStatus.REJECTED, rejection_code="wrong-password", dmarc="fail"
    )
    assert [mail.sender_domain for mail in refused_mails(account)[0]] == ["DKIM署名が無効です"]
    assert "送信元ドメインの認証: DKIM署名が無効です" in client.get("/history/refused/").content.decode()
