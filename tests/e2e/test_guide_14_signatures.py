"""【2-1】 電子署名付加によるメール送信: who is believed, and what the others are told, quoted from the user guide, chapter 14."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from interfax_site.local.customer import EC
from tests.e2e.office import LETTER, SERVICE, Office, entity, parsed, plain, text_of
from tests.e2e.world import SENDER

SUBJECT = "/fax=03-1111-2222"
LINES = [
    "The Postfix program has encountered the following problem:",
    "*** Cannot authenticate - signature not found ***",
]


@contextmanager
def signature_required(ours: Office) -> Iterator[None]:
    """「S/MIMEによる電子署名をつける」 as the site leaves it."""
    switch = "UPDATE accounts_account SET signature_required = %s RETURNING id"
    ours.world.ask(switch, True)
    try:
        yield
    finally:
        ours.world.ask(switch, False)


def is_signed(ours: Office, token: str) -> bool:
    query = """SELECT s.signed FROM faxsend_submission s JOIN faxsend_inboundmessage m ON m.id = s.message_id
               WHERE m.token = %s"""
    [(signed,)] = ours.world.ask(query, token)
    return bool(signed)


@pytest.mark.parametrize("options", [(), ("-nodetach",)])
def test_a_signed_mail_is_addressed_as_ever(ours: Office, options: tuple[str, ...]) -> None:
    """「送信先アドレスやFAX番号の指定方法は、通常のInterFAXでの送信方法と変わりありません。」"""
    signed = ours.demo.sign(entity(LETTER + str(options)), *options)
    by_number = ours.mail(plain("お見積書", signed, To="0311112222@fax.tc"), to="0311112222@fax.tc")
    by_subject = ours.mail(plain(SUBJECT, signed))
    for sent in (by_number, by_subject):
        assert sent.numbers == ["0081311112222"]
        assert is_signed(ours, sent.token)


@pytest.mark.parametrize("subject", [SUBJECT, "/fax=body"])
@pytest.mark.parametrize("order", ["signed, then encrypted", "encrypted, then signed"])
def test_signature_and_encryption_go_together_in_both_orders(ours: Office, order: str, subject: str) -> None:
    """「電子署名を付けたりメールメッセージ(添付ファイルを含む)の暗号化をおこなうことができます。」

    「暗号化送信の場合は、送信方法(送信先アドレスやFAX番号の指定方法)が異なります。」
    """
    demo = ours.demo
    content = entity(("!*03-1111-2222*!\n" if subject == "/fax=body" else "") + LETTER + order)
    if order == "signed, then encrypted":
        mail = ours.encrypted(subject, demo.sign(content))
    else:
        envelope = demo.openssl("cms", "-encrypt", "-aes-256-cbc", "service.crt", data=content)
        mail = plain(subject, demo.sign(envelope))
    with signature_required(ours):
        sent = ours.mail(mail)
    assert (sent.code, sent.numbers) == ("", ["0081311112222"])
    assert is_signed(ours, sent.token)


def test_a_certificate_signs_for_its_own_address_alone(ours: Office) -> None:
    """「電子署名を利用するためには、事前にお客様のメールアドレス毎に電子証明書(デジタルID)を取得する必要があります。」"""
    colleague = ours.meet("colleague@example.jp")
    own = plain(SUBJECT, colleague.sign(entity()), sender=colleague.address)
    foreign = plain(SUBJECT, colleague.sign(entity(LETTER + "foreign")))
    with signature_required(ours):
        assert ours.mail(own, sender=colleague.address).status == "accepted"
        assert ours.mail(foreign).code == "signature-rejected"


def test_a_key_on_a_curve_signs_as_well(ours: Office) -> None:
    """「電子署名付きメールの送信方法は、S/MIMEに対応するメールソフトで、電子署名を付加する設定で新規メールを作成して、送信します。」"""
    person = ours.meet("curve@example.jp", key=EC)
    mail = plain(SUBJECT, person.sign(entity(), "-md", "sha256"), sender=person.address)
    with signature_required(ours):
        sent = ours.mail(mail, sender=person.address)
    assert sent.status == "accepted"
    assert is_signed(ours, sent.token)


def test_signing_is_possible_without_the_switch(ours: Office) -> None:
    """「尚、この設定をされなくても電子署名付きメールは送信できますが、本機能は、なりすましによる不正送信を防ぐ手段としてご利用いただけます。」"""
    assert is_signed(ours, ours.mail(plain(SUBJECT, ours.demo.sign(entity(LETTER + "2")))).token)
    assert not is_signed(ours, ours.mail(plain(SUBJECT, entity(LETTER + "3"))).token)


@pytest.mark.parametrize("way", ["plain", "encrypted", "by number"])
def test_with_the_switch_a_mail_without_signature_bounces_letter_by_letter(ours: Office, way: str) -> None:
    """「この設定をおこないますと、電子署名を付けないメールを送信するとInterFAXメールサーバで受信を拒絶し、送信者へ次のような内容のエラーメッセージを送信いたします。」

    「件名:Undelivered Mail Returned to Sender」「The Postfix program has encountered the following problem:」
    「*** Cannot authenticate - signature not found ***」
    """
    to = "0311112222@fax.tc" if way == "by number" else SERVICE
    content = entity(LETTER + way)
    mail = plain("お見積書" if way == "by number" else SUBJECT, content)
    with signature_required(ours):
        sent = ours.mail(ours.encrypted(SUBJECT, content) if way == "encrypted" else mail, to=to)
    assert (sent.status, sent.numbers) == ("rejected", [])
    bounce = sent.bounce().replace(b"\r\n", b"\n")
    assert bounce.startswith(b"Return-Path: <>\n")
    report = parsed(bounce)
    assert report["Subject"] == "Undelivered Mail Returned to Sender"
    assert report["To"] == SENDER
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    text, status, headers = report.iter_parts()
    assert text.get_content().splitlines()[:2] == LINES
    about_mail, about_recipient = status.iter_parts()
    assert about_mail["Reporting-MTA"] == "dns; fax.tc"
    assert about_recipient["Final-Recipient"] == f"rfc822; {to}"
    assert (about_recipient["Action"], about_recipient["Status"]) == ("failed", "5.7.1")
    assert headers.get_content_type() == "text/rfc822-headers"
    assert "お見積書をFAX" not in text.get_content()


def test_spoofed_mail_is_not_faxed(ours: Office) -> None:
    """「電子署名を付けることで、InterFAXサーバで受信したメールが間違いなくお客様からの送信メールであることを証明され、なりすましや改ざんを防ぐことができます。」(なりすまし)"""
    thief = ours.meet("thief@example.net", sender=False)
    with signature_required(ours):
        sent = ours.mail(plain(SUBJECT, thief.sign(entity())))
    assert sent.status == "rejected"
    assert "*** Cannot authenticate - " in text_of(parsed(sent.bounce()))


def test_tampered_mail_is_not_faxed_even_without_the_switch(ours: Office) -> None:
    """「…なりすましや改ざんを防ぐことができます。」(改ざん)"""
    signed = ours.demo.sign(b"Content-Type: text/plain\n\npay 100 yen\n")
    sent = ours.mail(plain(SUBJECT, signed.replace(b"100 yen", b"900 yen")))
    assert (sent.status, sent.code) == ("rejected", "signature-rejected")


def test_nobody_can_read_the_content_on_its_way(ours: Office) -> None:
    """「メールメッセージを暗号化することで、メールメッセージ(FAX内容)をインターネット上で盗み見されることを防ぐことができます。」"""
    mail = ours.encrypted(SUBJECT, b"Content-Type: text/plain\n\nvery-secret-words\n")
    assert b"very-secret-words" not in mail
    assert ours.mail(mail).status == "accepted"


def test_a_sending_system_of_the_customers_own_is_served(ours: Office) -> None:
    """「その他、S/MIME準拠のメール送信アプリケーションを開発いただくことで、システムからの自動FAX配信システム等でも電子署名や暗号化機能をご利用いただくことができます。」"""
    mail = ours.encrypted(SUBJECT, ours.demo.sign(entity(LETTER + "system")))
    sent = ours.mail(mail.replace(b"From: ", b"Auto-Submitted: auto-generated\nFrom: ", 1))
    assert len(sent.faxed()) == 1
