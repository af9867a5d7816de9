"""digitalid@interfax.net, by real mails of the openssl program: what changes, what does not, who is told."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from accounts.models import Account
from certificates import registration
from certificates.identity import fingerprint
from certificates.models import RegisteredCertificate
from certificates.protection import protect
from notifications.answer_limit import MOST_A_DAY
from notifications.models import OutgoingMail, Protection
from tests.factories import (
    AuthorizedSenderFactory,
    ForwardingAddressFactory,
    NotificationPreferenceFactory,
    OutgoingMailFactory,
    UserFactory,
)
from tests.notifications.signing import (
    ALICE,
    BLANK,
    answers,
    decrypted,
    encrypted,
    handle,
    mail,
    signed,
    trusted_service,
    workplace,
)
from tests.pki import Person, Usage, authority

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]


@pytest.fixture
def service() -> None:
    trusted_service()


@pytest.fixture
def account() -> Account:
    """Alice's company."""
    return AuthorizedSenderFactory.create(address=ALICE).account


def registered(person: Person, address: str = ALICE) -> None:
    registration.register(person.certificate, address=address)


def fingerprints(address: str = ALICE) -> set[str]:
    rows = RegisteredCertificate.objects.filter(address=address)
    return set(rows.values_list("fingerprint", flat=True))


def parsed(raw: bytes) -> EmailMessage:
    read = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def text_of(outgoing: OutgoingMail) -> str:
    part = parsed(outgoing.content).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_signed_mail_registers_its_certificate() -> None:
    handle(mail(signed(authority().alice)))
    row = RegisteredCertificate.objects.get()
    assert (row.address, row.fingerprint) == (ALICE, fingerprint(authority().alice.certificate))
    assert "2.16.840.1.101.3.4.1.42" in row.capabilities  # aes256-CBC, as the openssl program writes it


def test_an_elliptic_certificate_registers_if_keys_may_be_agreed_on_with_it() -> None:
    usage = Usage(frozenset({"digital_signature", "key_agreement"}))
    person = authority().issue(ALICE, private_key=ec.generate_private_key(ec.SECP256R1()), usage=usage)
    handle(mail(signed(person)))
    [answer] = answers()
    assert fingerprints() == {fingerprint(person.certificate)}
    assert decrypted(protect(answer.content, answer.recipient), person)


def test_an_opaque_signature_registers_too() -> None:
    handle(mail(signed(authority().alice, options=("-nodetach",))))
    assert fingerprints() == {fingerprint(authority().alice.certificate)}


def test_the_answer_to_a_registration_can_be_read_with_the_registered_key_only() -> None:
    handle(mail(signed(authority().alice)))
    [answer] = answers()
    wire = protect(answer.content, answer.recipient)
    assert answer.protection == Protection.PROTECT
    entity = decrypted(wire, authority().alice)
    content = workplace().verify(entity, root=workplace().root, signer="send@fax.tc")
    assert fingerprint(authority().alice.certificate) in str(parsed(content).get_content())


def test_an_answer_is_automatic_and_comes_from_nobody(account: Account) -> None:
    handle(mail(signed(authority().alice)))
    [answer] = answers()
    sent = parsed(answer.content)
    assert (answer.recipient, answer.envelope_sender) == (ALICE, "")
    assert (sent["Auto-Submitted"], sent["In-Reply-To"]) == ("auto-replied", "<1@example.com>")
    assert sent["Subject"] == "InterFAX: 証明書を登録しました"
    assert "Thank you" not in text_of(answer)


def test_an_address_without_an_account_is_answered_in_both_languages() -> None:
    handle(mail(signed(authority().alice)))
    [answer] = answers()
    assert "このメールアドレスの証明書を登録しました" in text_of(answer)
    assert "The certificate of this address has been registered" in text_of(answer)


def test_an_english_account_is_answered_in_english(account: Account) -> None:
    account.language = "en"
    account.save()
    handle(mail(signed(authority().alice)))
    assert parsed(answers()[0].content)["Subject"] == "InterFAX: Your certificate has been registered"


def test_registering_switches_the_forwarding_of_that_address_on_and_of_no_other() -> None:
    own = ForwardingAddressFactory.create(address="Alice@Example.com")
    other = ForwardingAddressFactory.create(address="bob@example.com", account=own.account)
    for each in (
        "first",
        "again",
    ):  # switched off by hand meanwhile: registering again switches them on again
        entity = f"Content-Type: text/plain\r\n\r\n{each}\r\n".encode()
        handle(mail(signed(authority().alice, entity=entity)), key=each)
        own.refresh_from_db()
        other.refresh_from_db()
        assert (own.sign, own.encrypt, other.sign, other.encrypt) == (True, True, False, False)
        own.sign = own.encrypt = False
        own.save()
    assert "セキュリティ設定" in text_of(answers()[0])


def test_a_second_certificate_counts_and_the_people_of_the_account_hear_of_it(account: Account) -> None:
    user = UserFactory.create(account=account, email="office@example.com")
    UserFactory.create(account=account, email="")
    registered(authority().issue(ALICE))
    handle(mail(signed(authority().alice)))
    newest = registration.newest(ALICE)
    assert newest is not None
    assert newest.fingerprint == fingerprint(authority().alice.certificate)
    news = OutgoingMail.objects.get(key__startswith="digitalid-news:")
    assert (news.recipient, news.protection) == (user.email, Protection.PROTECT)
    assert newest.fingerprint in text_of(news)


def test_registering_the_same_certificate_again_is_no_news(account: Account) -> None:
    UserFactory.create(account=account, email="office@example.com")
    registered(authority().alice)
    handle(mail(signed(authority().alice)))
    assert not OutgoingMail.objects.filter(key__startswith="digitalid-news:").exists()


def test_an_ordinary_mail_removes_the_certificates_of_its_address_only(account: Account) -> None:
    UserFactory.create(account=account, email="office@example.com")
    box = ForwardingAddressFactory.create(account=account, address=ALICE, sign=True, encrypt=True)
    registered(authority().alice)
    registered(authority().issue(ALICE))
    registered(authority().bob, "bob@example.com")
    handle(mail(sender="Alice@EXAMPLE.com"))
    box.refresh_from_db()
    assert (fingerprints(), len(fingerprints("bob@example.com"))) == (set(), 1)
    assert (box.sign, box.encrypt) == (True, True)
    [answer] = answers()
    assert answer.protection == Protection.SIGN
    assert "登録を\n解除しました" in text_of(answer)
    assert "内容を含まないお知らせ" in text_of(answer)
    assert OutgoingMail.objects.get(key__startswith="digitalid-news:").recipient == "office@example.com"


def test_a_removal_that_the_account_forbids_changes_nothing_and_is_answered_encrypted(
    account: Account,
) -> None:
    NotificationPreferenceFactory.create(account=account, removal_by_mail=False)
    registered(authority().alice)
    handle(mail())
    [answer] = answers()
    assert fingerprints()
    assert answer.protection == Protection.PROTECT
    assert "メールによる登録の\n解除が許可されていない" in text_of(answer)


def test_an_account_that_only_names_an_address_of_another_cannot_forbid_its_removal(account: Account) -> None:
    NotificationPreferenceFactory.create(default_address=ALICE, removal_by_mail=False)
    registered(authority().alice)
    handle(mail())
    assert not fingerprints()


def test_naming_the_address_too_does_not_lift_the_ban_of_another_account() -> None:
    NotificationPreferenceFactory.create(default_address=ALICE, removal_by_mail=False)
    ForwardingAddressFactory.create(address=ALICE.upper())
    registered(authority().alice)
    handle(mail())
    assert fingerprints()


def test_a_removal_is_told_however_many_mails_changed_nothing_before(account: Account) -> None:
    registered(authority().alice)
    for number in range(MOST_A_DAY + 1):
        handle(mail(broken()), key=f"noise{number}")
    handle(mail(), key="removal")
    assert not fingerprints()
    assert any(each.key.endswith(":removal") for each in answers())


def test_an_ordinary_mail_from_an_address_that_never_registered_gets_no_answer(account: Account) -> None:
    UserFactory.create(account=account, email="office@example.com")
    handle(mail())
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("kind", ["decryptable", "not decryptable"])
def test_an_encrypted_mail_changes_nothing_and_is_answered_alike_whether_we_can_read_it(kind: str) -> None:
    registered(authority().alice)
    if kind == "decryptable":
        content = encrypted(signed(authority().issue(ALICE)))
    else:
        authority().bob.write_pem(workplace().directory, "bob")
        content = workplace().openssl("cms", "-encrypt", "-aes-256-cbc", "bob.crt", data=BLANK)
    handle(mail(content))
    [answer] = answers()
    assert fingerprints() == {fingerprint(authority().alice.certificate)}
    assert "のメールが暗号化されていたため" in text_of(answer)


def broken() -> bytes:
    entity = b"Content-Type: text/plain\r\n\r\nregister me\r\n"
    return signed(authority().alice, entity=entity).replace(b"register me", b"register us")


def on_a_curve() -> bytes:
    return signed(authority().issue(ALICE, private_key=ec.generate_private_key(ec.SECP256R1())))


def for_signing_only() -> bytes:
    return signed(authority().issue(ALICE, usage=Usage(frozenset({"digital_signature"}))))


def with_a_footer() -> bytes:
    """As a mailing list or a virus scanner leaves it: the signed part is not the whole mail any more."""
    footer = b"--x\nContent-Type: text/plain\n\nScanned.\n--x--\n"
    return b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n' + signed(authority().alice) + footer


NOT_ACCEPTED = {
    "署名がメールの内容と一致しません": broken,
    "certificate is not trusted": lambda: signed(authority().stranger),
    "certificate has expired": lambda: signed(authority().expired),
    "certificate belongs to another address": lambda: signed(authority().bob),
    "certificate is not meant for signing mail": lambda: signed(authority().wrong_purpose),
    "この証明書は暗号化に使用できません": on_a_curve,
    "暗号化に使用できるRSA": for_signing_only,
    "電子署名がメール全体を対象としていません": with_a_footer,
}


@pytest.mark.parametrize("reason", NOT_ACCEPTED)
def test_a_signature_that_does_not_hold_changes_nothing_and_is_answered_with_the_reason(reason: str) -> None:
    previous = authority().alice if reason != "この証明書は暗号化に使用できません" else authority().bob
    registered(previous)
    handle(mail(NOT_ACCEPTED[reason]()))
    [answer] = answers()
    assert fingerprints() == {fingerprint(previous.certificate)}
    assert (answer.recipient, answer.protection) == (ALICE, Protection.SIGN)
    assert reason in text_of(answer)


AUTOMATIC = [
    "Auto-Submitted: auto-replied\r\n",
    "Auto-Submitted: auto-generated (vacation); x=y\r\n",
    "Precedence: Bulk\r\n",
    "Precedence: list\r\n",
    "X-Autoreply: yes\r\n",
    "Return-Path: <>\r\n",
    "Subject: =?ISO-2022-JP?B?GyRCSVQ6XxsoQg==?=\r\n",
    "Subject: Automatic reply: Hello\r\n",
]


@pytest.mark.parametrize("headers", AUTOMATIC)
@pytest.mark.parametrize("with_signature", [False, True])
def test_automatic_mail_changes_nothing_and_gets_no_answer(headers: str, with_signature: bool) -> None:
    registered(authority().bob)
    handle(mail(signed(authority().alice) if with_signature else BLANK, headers=headers))
    assert fingerprints() == {fingerprint(authority().bob.certificate)}
    assert not OutgoingMail.objects.exists()


def test_a_bounce_changes_nothing_and_gets_no_answer() -> None:
    registered(authority().alice)
    handle(mail(), sender="")
    report = b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n--x--\r\n'
    handle(mail(report), key="m2")
    assert fingerprints()
    assert not OutgoingMail.objects.exists()


def test_a_mail_that_says_it_is_not_automatic_counts() -> None:
    handle(mail(signed(authority().alice), headers="Auto-Submitted: no\r\nPrecedence: normal\r\n"))
    assert fingerprints()


@pytest.mark.parametrize(
    "sender",
    [
        f"{ALICE}, bob@example.com",
        f"{ALICE}\r\nFrom: bob@example.com",
        "nobody",
        f"{'a' * 300}@example.com",
        "ålice@example.com",
    ],
)
def test_without_a_single_from_address_nothing_changes_and_nobody_is_answered(sender: str) -> None:
    registered(authority().alice)
    handle(mail(sender=sender))
    handle(mail(signed(authority().alice), sender=sender), key="m2")
    assert len(fingerprints()) == RegisteredCertificate.objects.count() == 1
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\x00\xff" * 50, b"From: alice@example.com", b":\r\n\r\n"])
def test_what_is_no_mail_does_no_harm(raw: bytes) -> None:
    registered(authority().bob, "bob@example.com")
    handle(raw)
    assert not OutgoingMail.objects.exists()


def test_the_content_of_a_mail_is_not_repeated() -> None:
    entity = b"Content-Type: text/plain\r\n\r\nconfidential words\r\n"
    handle(mail(signed(authority().stranger, entity=entity), headers="Subject: secret subject\r\n"))
    [answer] = answers()
    assert b"secret subject" not in answer.content
    assert "confidential words" not in text_of(answer)


def test_two_addresses_of_one_account_are_independent(account: Account) -> None:
    AuthorizedSenderFactory.create(account=account, address="bob@example.com")
    handle(mail(signed(authority().alice)))
    handle(mail(signed(authority().bob), sender="bob@example.com"), key="m2")
    handle(mail(), key="m3")
    assert not fingerprints()
    assert fingerprints("bob@example.com")


def test_one_message_is_answered_once_and_one_address_not_without_end() -> None:
    content = mail(broken())
    handle(content)
    handle(content)
    [answer] = answers()
    for number in range(MOST_A_DAY - 2):
        OutgoingMailFactory.create(key=f"{answer.key}{number}")
    handle(content, key="the last one")
    handle(content, key="one too many")
    assert len(answers()) == MOST_A_DAY


def test_a_certificate_is_judged_at_the_time_the_mail_arrived() -> None:
    handle(mail(signed(authority().expired)), at=timezone.now() - timedelta(days=20))
    assert fingerprints() == {fingerprint(authority().expired.certificate)}
