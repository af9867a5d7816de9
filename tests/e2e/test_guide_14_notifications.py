"""通知メールの暗号化について: who registers, who is encrypted to and who is not, quoted from the user guide, chapter 14."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from interfax_site.local.customer import Customer
from tests.e2e.office import (
    DIGITALID,
    LETTER,
    Office,
    blank_entity,
    entity,
    is_encrypted,
    now,
    opened_by,
    parsed,
    plain,
    text_of,
)


def to_digitalid(ours: Office, person: Customer, content: bytes, **headers: str) -> None:
    """A mail to digitalid@interfax.net with a blank subject, processed."""
    mail = plain("", content, sender=person.address, To=DIGITALID, **headers)
    assert ours.mail(mail, to=DIGITALID, sender=person.address).status == "accepted"


def register(ours: Office, person: Customer) -> bytes:
    """Sign a blank mail; the answer that comes back."""
    since = now()
    to_digitalid(ours, person, person.sign(blank_entity()))
    return ours.next_mail_to(person.address, since=since)


def unregister(ours: Office, person: Customer) -> None:
    to_digitalid(ours, person, blank_entity())


def is_registered(ours: Office, person: Customer) -> bool:
    query = "SELECT count(*) FROM certificates_registeredcertificate WHERE address = %s"
    return ours.world.ask(query, person.address) != [(0,)]


def told(ours: Office, person: Customer, **headers: str) -> bytes:
    """The notification of a fax that the person sends."""
    text = f"{LETTER}{uuid4()}"
    mail = plain("/fax=00999-9999-0000", entity(text), sender=person.address, **headers)
    return ours.mail(mail, sender=person.address).notification()


@pytest.fixture
def demo(ours: Office) -> Iterator[Customer]:
    """The first sender, without a registration before and after."""
    yield ours.demo
    if is_registered(ours, ours.demo):
        unregister(ours, ours.demo)


def test_the_notification_is_plain_and_signed_before_anybody_registers(ours: Office, demo: Customer) -> None:
    """「InterFAX送信サービスでは、送信後の結果をメールで受信できる通知メール機能がございます。」"""
    mail = told(ours, demo)
    assert not is_encrypted(mail)
    assert "送信が完了しました" in text_of(opened_by(demo, mail, ours.world))


def test_a_signed_mail_with_nothing_in_it_registers(ours: Office, demo: Customer) -> None:
    """a.「証明書をインストールしたメールクライアントソフトから電子署名付メールを digitalid@interfax.net へ送信します。この際、送信するメールは暗号化しないでください。メールの件名や本文はブランクで結構です。」"""
    answer = register(ours, demo)
    assert is_encrypted(answer)
    assert opened_by(demo, answer, ours.world).get_body(("plain",)) is not None


def test_from_then_on_notifications_are_encrypted(ours: Office, demo: Customer) -> None:
    """b.「digitalid@interfax.net へ電子署名付メールを送信しますと、以降そのメールアドレス宛の通知メールがS/MIMEにより暗号化されます。」

    「通知メール本文が暗号化できますので、情報の秘匿をより強固にすることが可能となります。」
    """
    register(ours, demo)
    mail = told(ours, demo)
    assert is_encrypted(mail)
    assert "00999-9999-0000" in text_of(opened_by(demo, mail, ours.world))


@pytest.mark.parametrize("field", ["From", "Reply-To"])
def test_the_signed_mail_comes_from_the_address_that_is_notified(ours: Office, field: str) -> None:
    """「電子署名付きメールは通知メールの受信アドレス、つまりFAX送信する際のメール送信元(FromまたはReply-to)アドレスから送信する必要があります。」"""
    receiver = ours.meet(f"{field.lower()}@example.jp", sender=field == "From")
    register(ours, receiver)
    others = {"Reply_To": receiver.address} if field == "Reply-To" else {}
    mail = told(ours, ours.demo if others else receiver, **others)
    assert parsed(mail)["To"] == receiver.address
    assert "00999-9999-0000" in text_of(opened_by(receiver, mail, ours.world))


def test_only_the_address_that_registered_is_encrypted_to(ours: Office, demo: Customer) -> None:
    """注意事項1)「暗号化される通知メールはあくまで上記手順で電子署名付きメールを送信したメールアドレスのみとなります。」

    「その全ての受信者が電子署名付きメールを事前に digitalid@interfax.net へ送信しておく必要があります。」
    """
    other = ours.meet("other@example.jp")
    register(ours, demo)
    assert is_encrypted(told(ours, demo))
    assert not is_encrypted(told(ours, other))
    register(ours, other)
    unregister(ours, demo)
    assert not is_encrypted(told(ours, demo))
    assert is_encrypted(told(ours, other))


def test_an_ordinary_mail_ends_the_encryption(ours: Office, demo: Customer) -> None:
    """注意事項3)「通知メールの暗号化を解除する場合は、そのメールアドレスから電子署名の無い、通常のメールを digitalid@interfax.net へ送信してください。以後、通知メールは暗号化されません。」"""
    register(ours, demo)
    assert is_encrypted(told(ours, demo))
    unregister(ours, demo)
    assert not is_encrypted(told(ours, demo))


@pytest.mark.parametrize("registered", [True, False])
def test_what_is_no_clear_word_changes_nothing(ours: Office, demo: Customer, registered: bool) -> None:
    """a.「この際、送信するメールは暗号化しないでください。」 Nor does a broken, a foreign or an automatic mail change anything."""
    if registered:
        register(ours, demo)
    thief = ours.meet("thief@example.net", sender=False)
    signed = demo.sign(b"Content-Type: text/plain\n\nregister me\n")
    encrypted = demo.openssl("cms", "-encrypt", "-aes-256-cbc", "service.crt", data=demo.sign(blank_entity()))
    for content in (encrypted, signed.replace(b"register me", b"register us"), thief.sign(blank_entity())):
        to_digitalid(ours, demo, content)
        assert is_registered(ours, demo) is registered
    to_digitalid(ours, demo, blank_entity() if registered else signed, Auto_Submitted="auto-replied")
    assert is_encrypted(told(ours, demo)) is registered


def test_mail_to_digitalid_comes_from_anybody_and_orders_do_not(ours: Office) -> None:
    """「…該当のメールアドレスから digitalid@interfax.net へ電子署名付メールを送信…」: also from addresses that may not fax."""
    code, _ = ours.world.send(b"Subject: x\r\n\r\nx\r\n", to=DIGITALID, sender="stranger@example.net")
    assert code == 250
    code, _ = ours.world.send(b"Subject: x\r\n\r\nx\r\n", sender="stranger@example.net")
    assert code == 550
