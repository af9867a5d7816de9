"""【1-2】 暗号化によるメール送信 (暗号化送信の方法): each promise of the user guide, chapter 14, quoted and held.

Mails are made by the openssl program and sent to a whole running instance.
"""

from __future__ import annotations

import smtplib
import ssl
from email.header import Header

import pytest

from interfax_site.local.customer import Customer
from tests.e2e.office import LETTER, Office, entity, opened_by, parsed, plain, text_of
from tests.gateway import any_certificate

TOKYO, OSAKA, NAGOYA = "0081311112222", "0081633334444", "0081525556666"


def hundred(count: int = 100) -> list[str]:
    return [f"03-{1000 + number}-5678" for number in range(count)]


@pytest.mark.parametrize(
    ("field", "way"),
    [
        ("To", "/fax=00999-9999-0000"),
        ("Cc", "/fax=00999-9999-0000"),
        ("Bcc", "/fax=body"),
        ("To", "/fax=body"),
    ],
)
def test_to_cc_and_bcc_are_the_same(ours: Office, field: str, way: str) -> None:
    """「TO、CC、BCCに send@fax.tc と送信先を指定します。」「暗号送信時の宛先は常に「send@fax.tc」です。」"""
    line = "!*00999-9999-0000*!\n" if way == "/fax=body" else ""
    mail = ours.encrypted(way, entity(f"{line}{LETTER}{field}"))
    head = {"To": "To: send@fax.tc", "Cc": "Cc: send@fax.tc", "Bcc": "To: somebody@example.jp"}[field]
    sent = ours.mail(mail.replace(b"To: send@fax.tc", head.encode(), 1))
    assert (sent.status, sent.numbers) == ("accepted", ["0099999990000"])


@pytest.mark.parametrize("way", ["subject", "body"])
def test_characters_of_full_width_are_not_taken_for_commands(ours: Office, way: str) -> None:
    """「(全て、半角英数字でご指定ください。)」"""
    number = "０３－１１１１－２２２２"
    if way == "subject":
        sent = ours.mail(plain(Header(f"/fax={number}", "utf-8").encode(), entity(LETTER)))
    else:
        sent = ours.send_encrypted("/fax=body", f"!*{number}*!\n{LETTER}")
    assert (sent.code, sent.numbers) == ("full-width", [])
    assert sent.bounce().startswith(b"Return-Path: <>")


@pytest.mark.parametrize("port", ["STARTTLS", "TLS"])
def test_an_order_over_either_port_is_faxed(ours: Office, port: str) -> None:
    """【3-1】「お客様ご利用のメールサーバがSTARTTLS(port25)またはTLS(port465)に対応されている場合は、InterFAXとのメールサーバ間の通信が暗号化されます。」"""
    context = any_certificate()
    if port == "TLS":
        client: smtplib.SMTP = smtplib.SMTP_SSL("127.0.0.1", ours.world.instance.smtps, context=context)
    else:
        client = smtplib.SMTP("127.0.0.1", ours.world.instance.smtp)
        client.starttls(context=context)
    mail = ours.encrypted("/fax=03-1111-2222", entity(LETTER + port)).replace(b"\n", b"\r\n")
    with client:
        assert isinstance(client.sock, ssl.SSLSocket)
        client.ehlo()
        client.mail("demo@example.jp")
        client.rcpt("send@fax.tc")
        code, answer = client.data(mail)
    assert code == 250
    assert len(ours.processed(answer.decode().rsplit(" ", 1)[-1]).faxed()) == 1


def test_the_number_stands_in_the_subject(ours: Office) -> None:
    """「例:送付先のFAX番号が03-1111-2222の場合はサブジェクト(件名)は次の通りとなります。 /fax=03-1111-2222」"""
    sent = ours.send_encrypted("/fax=03-1111-2222")
    assert sent.numbers == [TOKYO]
    [page] = sent.faxed()
    assert page.startswith(b"II*\0")


def test_several_numbers_are_separated_by_semicolons(ours: Office) -> None:
    """「/fax=送信先FAX番号1;送信先FAX番号2;送信先FAX番号3」"""
    sent = ours.send_encrypted("/fax=03-1111-2222;06-3333-4444;052-555-6666", LETTER + "1")
    assert sent.numbers == [TOKYO, OSAKA, NAGOYA]
    assert len(sent.faxed()) == 3


@pytest.mark.parametrize(
    ("count", "outcome"), [(100, ("accepted", "")), (101, ("rejected", "too-many-recipients"))]
)
def test_the_subject_takes_a_hundred_numbers(ours: Office, count: int, outcome: tuple[str, str]) -> None:
    """「一度のメール送信では最大100件までの送信先を指定することができます。」(件名)"""
    sent = ours.send_encrypted("/fax=" + ";".join(hundred(count)))
    assert (sent.status, sent.code) == outcome
    assert len(sent.numbers) == (count if count <= 100 else 0)


@pytest.mark.parametrize(
    ("count", "outcome"), [(100, ("accepted", "")), (101, ("rejected", "too-many-recipients"))]
)
def test_the_body_takes_a_hundred_numbers(ours: Office, count: int, outcome: tuple[str, str]) -> None:
    """「一度のメール送信では最大100件までの送信先を指定することができます。」(本文)"""
    line = ";".join(f"!*{number}*!" for number in hundred(count))
    sent = ours.send_encrypted("/fax=body", f"{line}\n{LETTER}")
    assert (sent.status, sent.code) == outcome
    assert len(sent.numbers) == (count if count <= 100 else 0)


def test_abroad_is_reached_with_00_and_without_the_zero_of_the_area_code(ours: Office) -> None:
    """「海外への送信の場合は、00+国番号+市外局番+番号を指定します。市外局番が"0"(ゼロ)から始まる場合は、"0"は省略します。」

    A zero that was left in is left out by the service.
    """
    written = ["001-212-555-0100", "0049-30-123456", "0049-030-654321"]
    dialled = ["0012125550100", "004930123456", "004930654321"]
    assert ours.send_encrypted(f"/fax={';'.join(written)}", LETTER + "abroad").numbers == dialled
    line = ";".join(f"!*{number}*!" for number in written)
    assert ours.send_encrypted("/fax=body", f"{line}\n{LETTER}").numbers == dialled


def test_a_number_in_the_body_is_faxed_as_one_in_the_subject(ours: Office) -> None:
    """「例1: 送付先のFAX番号が03-1111-2222の場合はメール本文の1行目は次の通りとなります。 !*03-1111-2222*!」

    「本文は暗号化されますので、送信先FAX番号も同様に暗号化されますので、送信先FAX番号も秘匿することができます。」
    """
    mail = ours.encrypted("/fax=body", entity("!*03-1111-2222*!\n" + LETTER))
    assert b"1111" not in mail.partition(b"\n\n")[0]
    assert parsed(mail)["Subject"] == "/fax=body"
    by_body = ours.mail(mail)
    assert by_body.numbers == [TOKYO]
    assert by_body.faxed() == ours.send_encrypted("/fax=03-1111-2222", LETTER).faxed()


def test_an_answer_in_clear_repeats_nothing_that_came_encrypted(ours: Office) -> None:
    """「本文は暗号化されますので、送信先FAX番号も同様に暗号化されますので、送信先FAX番号も秘匿することができます。」"""
    sent = ours.send_encrypted("/fax=body", "!*03-1111-2222*!;!*03-9876*!\nvery-secret-words\n")
    assert sent.code == "invalid-number"
    answer = sent.bounce()
    text = text_of(parsed(answer))
    assert "2番目の宛先" in text
    for secret in ("9876", "1111", "very-secret-words"):
        assert secret not in text
        assert secret.encode() not in answer


def test_several_numbers_in_the_body(ours: Office) -> None:
    """「!*送信先FAX番号1*!;!*送信先FAX番号2*!;!*送信先FAX番号3*!」"""
    line = "!*03-1111-2222*!;!*06-3333-4444*!;!*052-555-6666*!"
    assert ours.send_encrypted("/fax=body", f"{line}\n{LETTER}").numbers == [TOKYO, OSAKA, NAGOYA]


def test_a_list_can_be_named_in_the_body_only(ours: Office) -> None:
    """「リストの宛先へ送信することもできます。詳細は次項「InterFAXによるメール暗号化送信の方法(2)」をご参照ください。」"""
    assert ours.send_encrypted("/fax=list=members").code == "list-in-subject"


@pytest.mark.parametrize(
    ("subject", "first_ends_at", "code"),
    [
        ("x" * 42 + " /fax=03-1111-2222", 60, ""),
        ("x" * 43 + " /fax=03-1111-2222", 61, "no-recipients"),
        ("見積書" * 14 + " /fax=03-1111-2222", 60, ""),
        ("見積書" * 14 + "x /fax=03-1111-2222", 61, "no-recipients"),
    ],
)
def test_the_first_number_lies_within_sixty_characters(
    ours: Office, subject: str, first_ends_at: int, code: str
) -> None:
    """注意事項6)「InterFAXが認識する件名の長さは60文字までとなりますので、ご注意ください。」

    「その場合は、「No recipients found」等でエラーメールが返され、FAX送信が処理されません。」
    """
    assert len(subject) == first_ends_at
    encoded = Header(subject, "utf-8").encode(linesep="\n")
    sent = ours.mail(plain(encoded, entity(LETTER + subject)))
    assert sent.code == code
    if code:
        assert "No recipients found" in text_of(parsed(sent.bounce()))
        assert sent.numbers == []
    else:
        assert sent.numbers == [TOKYO]


def test_subject_and_headers_stay_readable(ours: Office) -> None:
    """注意事項1)「S/MIMEによる暗号化メールで暗号化されるのは、メール本文および添付ファイルとなります。件名等のヘッダ情報は暗号化されません」"""
    mail = ours.encrypted("/fax=03-1111-2222", entity())
    assert parsed(mail)["Subject"] == "/fax=03-1111-2222"
    assert "お見積書".encode() not in mail
    sent = ours.mail(mail.replace(b"/fax=03-1111-2222", b"/fax=06-3333-4444", 1))
    # Whoever stands on the way can read it, and change it: the service goes by what stands outside.
    assert sent.numbers == [OSAKA]


def test_a_customer_without_any_certificate_is_faxed(ours: Office) -> None:
    """注意事項3)「お客様自身(送信者)の電子証明書が無くとも暗号化メールを送信することが可能でございます」

    「暗号化のみの場合は、電子証明書の取得は必要ありません。」
    """
    keyless = ours.world.data_dir / "keyless"
    keyless.mkdir()
    somebody = Customer(keyless, "demo@example.jp")
    certificate = ours.demo.directory / "service.crt"
    mail = somebody.encrypt(entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=certificate)
    sent = ours.mail(mail)
    assert sent.status == "accepted"
    assert len(sent.faxed()) == 1


def test_attachments_are_encrypted_and_faxed(ours: Office) -> None:
    """「電子署名を付けたりメールメッセージ(添付ファイルを含む)の暗号化をおこなうことができます。」"""
    parts = (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee attachment\n"
        "--b\nContent-Type: text/plain; name=a.txt; charset=utf-8\n"
        "Content-Disposition: attachment; filename=a.txt\n\n" + LETTER + "\n--b--\n"
    )
    attached = ours.mail(ours.encrypted("/fax=03-1111-2222", parts.encode()))
    assert attached.faxed() == ours.send_encrypted("/fax=03-1111-2222", LETTER).faxed()


@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-aes-128-cbc", "-des3"])
def test_every_cipher_of_the_chapters_clients_is_read(ours: Office, cipher: str) -> None:
    """「現在、S/MIMEに対応しているメールクライアントソフトは次の通りです。 Microsoft Office Outlook 2000以降 …」"""
    assert ours.send_encrypted("/fax=03-1111-2222", LETTER + cipher, cipher).status == "accepted"


def test_the_result_is_told_as_for_an_ordinary_mail(ours: Office) -> None:
    """注意事項4)「暗号化送信をおこなった場合でもFAX送信結果の確認方法(送信履歴と通知メール)は、暗号化しない場合と共通です。」"""
    encrypted = ours.send_encrypted("/fax=03-1111-2222", LETTER + "4")
    ordinary = ours.mail(plain("/fax=03-1111-2222", entity(LETTER + "5")))
    mails = [sent.notification() for sent in (encrypted, ordinary)]
    assert [parsed(mail)["Subject"] for mail in mails] == ["FAX送信が成功しました -> 03-1111-2222"] * 2
    first, second = (
        [line.partition(":")[0] for line in text_of(opened_by(ours.demo, mail, ours.world)).splitlines()]
        for mail in mails
    )
    assert first == second
