"""「テキスト−日本語(ISO-2022-JP)」: what every Japanese mail program can show, RFC 1468."""

from __future__ import annotations

import email
import unicodedata
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from certificates.identity import keep, pem
from certificates.issuing import Authority, create_authority, issue_service_certificate
from certificates.protection import protect
from certificates.registration import register
from interfax_site.local.customer import Customer
from notifications.formats import FORMATS
from notifications.formats.columns import COLUMNS, fold, width
from notifications.formats.iso_2022_jp import narrowed
from notifications.mailing import notify
from notifications.models import NotificationPreference, OutgoingMail
from notifications.reports import SubmissionReport
from tests.notifications.factories import account, fax_line, report

ADDRESS = "fax@sakura.example.jp"
OUT_OF_REACH = "①㈱髙﨑 ﾌｧｯｸｽ ～ 🎉 Zoë"
IN_REACH = "(1)(株)高崎 ファックス 〜 〓 Zoe"
FINISHED = report(fax_line(contact_name=f"{OUT_OF_REACH} 様"), subject=f"見積書 {OUT_OF_REACH} " + "件" * 60)


def text_ja(finished: SubmissionReport) -> str:
    return FORMATS["text-ja"].compose(finished).text


def queued(finished: SubmissionReport) -> bytes:
    customer = account()
    NotificationPreference.objects.create(account=customer, format="text-ja")
    notify(finished, account=customer, recipient=ADDRESS)
    return OutgoingMail.objects.get().content


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (OUT_OF_REACH, IN_REACH),
        ("御見積書 No.5 [至急] ~\\|", "御見積書 No.5 [至急] ~\\|"),
        ("2①", "2(1)"),
        ("ﾊﾞｯﾊﾟ ｳﾞ", "バッパ ヴ"),
        (unicodedata.normalize("NFD", "がぱ"), "がぱ"),
        ("－ – — − ― ‑", "− − ― − ― ‐"),
        ("～ 〜 ∼", "〜 〜 〜"),
        ("¥1,000 ‾ € ©", "￥1,000 ￣ EUR (C)"),
        ("½ ㎡ ㍻ Ⅲ ℡ ㌔", "1/2 m2 平成 III TEL キロ"),
        ("神 塚 葛\U000e0100城", "神 塚 葛城"),
        ("𠮷野 栁瀨 鷗外 德川", "吉野 柳瀬 鴎外 徳川"),
        ("\U0002a6d6 한", "〓 〓"),
        ("é ñ Å ß", "e n \u212b 〓"),
        ("\x1b$B\x0e\x00", "〓$B〓〓"),
    ],
)
def test_what_the_charset_lacks_is_written_in_the_nearest_way(written: str, said: str) -> None:
    assert narrowed(written) == said


@given(st.text())
def test_any_text_can_be_said(text: str) -> None:
    said = narrowed(text)
    said.encode("iso2022_jp")
    assert narrowed(said) == said
    assert said.replace("\n", "").isprintable()


@given(st.text(alphabet=st.characters(codec="iso2022_jp", exclude_categories=["C"], exclude_characters="¥‾")))
def test_what_can_be_said_stays_as_it_is(text: str) -> None:
    assert narrowed(text) == text


@given(st.text(alphabet=st.characters(exclude_characters="\n")))
def test_folding_loses_nothing_and_keeps_to_the_columns(text: str) -> None:
    folded = fold(text)
    assert "".join(folded.split()) == "".join(text.split())
    assert all(width(line) <= COLUMNS for line in folded.split("\n"))


def test_a_folded_line_does_not_begin_with_a_closing_mark_and_leaves_numbers_whole() -> None:
    lines = fold("件" * 37 + "、次" + "件" * 29 + "03-1111-2222").split("\n")
    assert [line.strip()[0] for line in lines] == ["件", "件", "0"]


def test_the_mail_has_one_part_in_the_charset_and_is_seven_bit(db: None) -> None:
    content = queued(FINISHED)
    mail = read(content)
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "iso-2022-jp")
    assert mail["Content-Transfer-Encoding"] == "7bit"
    assert content.isascii() and b"utf-8" not in content.lower()
    assert f"担当者: {IN_REACH} 様\n" in mail.get_content().replace("\r\n", "\n")


def test_every_line_begins_and_ends_in_ascii(db: None) -> None:
    """RFC 1468: the text must end in ASCII, and a reader that loses its place finds it at the next line."""
    body = queued(FINISHED).partition(b"\r\n\r\n")[2]
    for line in body.split(b"\r\n"):
        assert line.rfind(b"\x1b(B") >= line.rfind(b"\x1b$B")


@pytest.mark.parametrize("count", [1, 40, 200])
def test_the_subject_is_in_the_charset_too_and_folded(db: None, count: int) -> None:
    content = queued(report(fax_line("0" * 12 + "①髙" * count)))
    head = content.partition(b"\r\n\r\n")[0]
    assert b"\r\nSubject: =?iso-2022-jp?b?" in head
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    assert read(content)["Subject"] == "FAX送信が成功しました -> " + "0" * 12 + "(1)高" * count


def test_no_line_is_wider_than_a_window_of_eighty_columns() -> None:
    contact = "株式会社日本総合技術開発研究所 東京第一営業本部 ご担当 髙﨑 様"
    faxes = [fax_line(contact_name=contact[:length], sent=length % 2 == 0) for length in range(len(contact))]
    for finished in (FINISHED, report(*faxes), replace(FINISHED, subject="x" * 1000)):
        assert max(width(line) for line in text_ja(finished).split("\n")) <= COLUMNS


def test_it_says_the_same_as_the_text_beside_html() -> None:
    finished = report(fax_line(sent=False), fax_line(contact_name="山田 太郎"))
    assert text_ja(finished) == FORMATS["html-ja"].compose(finished).text


@pytest.fixture(scope="module")
def authority() -> Authority:
    return create_authority("test root", at=timezone.now())


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Customer:
    return Customer.create(tmp_path_factory.mktemp("customer"), ADDRESS)


@pytest.mark.parametrize("registered", [False, True])
def test_the_openssl_program_opens_it_and_finds_every_byte(
    db: None, authority: Authority, customer: Customer, registered: bool
) -> None:
    """通知メールの暗号化 (user guide, chapter 14): the reader's program verifies what was composed."""
    now = timezone.now()
    keep(issue_service_certificate(authority, common_name="secure interfax", address="send@fax.tc", at=now))
    root: Path = customer.directory / "service-root.crt"
    root.write_text(pem(authority.certificate))
    if registered:
        own = x509.load_pem_x509_certificate(customer.certificate.read_bytes())
        register(own, address=ADDRESS)
    content = queued(FINISHED)
    wire = protect(content, ADDRESS)
    assert wire.isascii() and (b"enveloped-data" in wire) == registered
    signed = customer.decrypt(wire) if registered else wire
    opened = customer.verify(signed, root=root, signer="send@fax.tc")
    assert opened.partition(b"\r\n\r\n")[2] == content.partition(b"\r\n\r\n")[2]
    assert read(opened).get_content_charset() == "iso-2022-jp"
    assert "送信結果: OK" in read(opened).get_content()
    assert read(wire)["Subject"] == "FAX送信が成功しました -> 03-1111-2222"
