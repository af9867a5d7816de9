"""【1-1】 暗号化によるメール送信 (事前準備): from the login to the installed certificate, quoted from the user guide, chapter 14.

A real browser works on a running instance; the customer's certificate store knows nothing but the mail that came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from interfax_site.local.customer import Customer
from tests.e2e.browser import chromium, log_in, window
from tests.e2e.office import LETTER, Office, entity, now, parsed, plain

pytestmark = pytest.mark.browser

COLLEAGUE, PARTNER = "colleague@example.jp", "partner@example.net"


@pytest.fixture(scope="module")
def page(ours: Office) -> Iterator[Page]:
    """Logged in, on the first page; the account has at least two senders."""
    ours.meet(COLLEAGUE)
    with chromium() as browser, window(browser) as page:
        log_in(page, ours.world.instance.site, *ours.login())
        yield page


@pytest.fixture
def dialog(ours: Office, page: Page) -> Page:
    """The dialog, opened as in step 2."""
    page.goto(ours.world.instance.site)
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name="FAX送信").click()
    section = page.get_by_role("region", name="認証")
    expect(section.get_by_text("暗号メールのご利用")).to_be_visible()
    section.get_by_role("link", name="証明書の取得").click()
    return page


def test_a_customer_logs_in_with_user_id_and_password(page: Page) -> None:
    """1.「ユーザIDおよびパスワードで、InterFAXアカウント管理Webサイトへログインします。」"""
    expect(page.get_by_role("heading", name="送信履歴")).to_be_visible()
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def test_the_dialog_shows_the_authorized_senders(ours: Office, dialog: Page) -> None:
    """2.「アカウント管理Webの「プロパティ」- >「FAX送信」で「認証」セクションの「暗号メールのご利用」の「証明書の取得」をクリックします。」

    3.「「証明書(デジタルID)の送信」ダイアログが表示されます。」

    「送信先E-Mailアドレスにはデフォルトで、「FAX送信サービス利用可能者」に登録されているアドレスが表示されます。」
    """
    expect(dialog.get_by_role("dialog", name="証明書(デジタルID)の送信")).to_be_visible()
    field = dialog.get_by_role("dialog").get_by_label("送信先E-Mailアドレス")
    query = "SELECT address FROM accounts_authorizedsender ORDER BY lower(address)"
    confirmed = [address for (address,) in ours.world.ask(query)]
    assert {COLLEAGUE, "demo@example.jp"} <= set(confirmed)
    assert re.split(r",\s*", field.input_value()) == confirmed


def test_a_comma_of_full_width_is_told_at_the_field(ours: Office, dialog: Page) -> None:
    """3.「複数のアドレスを指定する場合は、必ず、半角カンマ「,」で区切ってください。」"""
    begin = now()
    typed = f"{COLLEAGUE}、{PARTNER}"
    dialog.get_by_role("dialog").get_by_label("送信先E-Mailアドレス").fill(typed)
    dialog.get_by_role("dialog").get_by_role("button", name="送信").click()
    field = dialog.get_by_role("dialog").get_by_label("送信先E-Mailアドレス")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("dialog").locator(".error")).to_contain_text("半角")
    expect(field).to_have_value(typed)
    assert ours.mails_to(COLLEAGUE, since=begin) == ours.mails_to(PARTNER, since=begin) == []


def test_addresses_are_removed_and_typed_in_and_each_gets_the_mail(ours: Office, dialog: Page) -> None:
    """3.「不要なアドレスは削除できます。また、表示されていないアドレスを入力することもできます。」

    4.「送信先アドレスを指定しましたら、[送信]ボタンをクリックします。これで、InterFAXの電子証明書が指定アドレスへメールで送信されます。到着まで数分お待ちください。」
    """
    begin = now()
    dialog.get_by_role("dialog").get_by_label("送信先E-Mailアドレス").fill(f"{COLLEAGUE},{PARTNER}")
    dialog.get_by_role("dialog").get_by_role("button", name="送信").click()
    expect(dialog.get_by_role("status")).to_contain_text("到着まで数分お待ちください")
    for address in (COLLEAGUE, PARTNER):
        mail = ours.next_mail_to(address, since=begin)
        assert (parsed(mail)["To"], parsed(mail)["From"].addresses[0].addr_spec) == (address, "send@fax.tc")
    assert ours.mails_to("demo@example.jp", since=begin) == []


def received_by(ours: Office, address: str) -> bytes:
    """The mail of step 4 as it came."""
    return next(mail for mail in ours.mails_to(address) if b"secure-interfax.cer" in mail)


@pytest.fixture
def store(ours: Office, tmp_path: Path) -> Customer:
    """A client whose certificate store is fed from the received mail alone, by the openssl program.

    The root comes attached; a person compares its fingerprint with the site. The service's certificate is taken out
    of the signature, as mail clients do.
    """
    client = Customer(tmp_path, PARTNER)
    mail = received_by(ours, PARTNER)
    attached = {
        part.get_filename(): part.get_content() for part in parsed(mail).walk() if part.get_filename()
    }
    (tmp_path / "root.der").write_bytes(attached["interfax-root.cer"])
    client.openssl("x509", "-inform", "DER", "-in", "root.der", "-out", "root.crt")
    verify = ["cms", "-verify", "-purpose", "smimesign", "-CAfile", "root.crt", "-signer", "service.crt"]
    client.openssl(*verify, data=mail)
    return client


def test_the_certificate_is_the_one_of_the_service(store: Customer) -> None:
    """「発行先:secure interfax メールアドレス:send@fax.tc」「InterFAXの電子証明書は、暗号化送信をおこなう際の送信先(send@fax.tc)の証明書です。」"""
    told = store.openssl(
        "x509", "-in", "service.crt", "-noout", "-subject", "-email", "-nameopt", "multiline"
    )
    assert "secure interfax" in told.decode()
    assert told.decode().splitlines()[-1] == "send@fax.tc"


def test_the_mail_says_what_it_brings(ours: Office) -> None:
    """5.「InterFAXの電子証明書は次のような形で受信されます。」"""
    mail = parsed(received_by(ours, COLLEAGUE))
    assert mail.get_content_type() == "multipart/signed"
    body = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_content()
    assert "secure interfax" in body and "send@fax.tc" in body
    names = [part.get_filename() for part in mail.walk() if part.get_filename()]
    assert names == ["secure-interfax.cer", "secure-interfax.p7c", "interfax-root.cer", "smime.p7s"]


def test_outlook_express_finds_everything_in_the_signature(ours: Office, store: Customer) -> None:
    """6.「「Outlook Express」では、InterFAXが送信したメールを受信するだけで自動的に証明書がインストールされます。」

    It takes the certificate and the capabilities of the signer; without 3DES in them it would encrypt by RC2 with 40 bits.
    """
    structure = store.openssl("cms", "-cmsout", "-print", "-inform", "SMIME", data=received_by(ours, PARTNER))
    assert b"S/MIME Capabilities" in structure
    assert b"des-ede3-cbc" in structure


def test_beckys_steps_stand_in_the_mail(ours: Office) -> None:
    """6.「「Becky!+S/MIMEプラグイン」では、…「?署名者の証明書を証明書ストアに保存しますか?」と表示されますので「はい」をクリックします。」"""
    mail = parsed(received_by(ours, PARTNER))
    body = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_content()
    assert "S/MIME: 復号と検証" in body
    assert "はい" in body


def test_the_mail_says_which_clients_want_a_certificate_of_the_sender(ours: Office) -> None:
    """注意事項2)「次のメールソフトでは暗号化機能のみの場合でもお客様自身(送信者)の電子証明書が必要です。 Office Outlook 2000以降 Thunderbird 1.5.0.8 以上」"""
    mail = parsed(received_by(ours, PARTNER))
    body = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_content()
    for client in ("Outlook 2000以降", "Thunderbird 1.5.0.8以上"):
        assert f"{client}では、暗号化だけの場合でもお客様ご自身の電子証明書が必要です。" in body
    assert "お客様ご自身の電子証明書がなくても暗号化できますが、その場合、[送信済み]フォルダの" in body


def test_with_the_installed_certificate_encrypted_mail_is_faxed(ours: Office, store: Customer) -> None:
    """6.「電子証明書がご利用PCのOS(Windows)やご利用のメールソフト、またはご利用のシステムにインストールされましたら、暗号化送信の準備は完了です。」"""
    demo = Customer(store.directory, "demo@example.jp")
    certificate = store.directory / "service.crt"
    mail = demo.encrypt(entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=certificate)
    encrypted = ours.mail(mail)
    assert encrypted.status == "accepted"
    assert encrypted.faxed() == ours.mail(plain("/fax=03-1111-2222", entity(LETTER))).faxed()


def test_a_mail_for_another_certificate_is_refused(ours: Office) -> None:
    """「暗号化送信をおこなう場合は、事前に電子証明書(デジタルID)を入手する必要があります。」"""
    demo = ours.demo
    mail = demo.encrypt(entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=demo.certificate)
    assert ours.mail(mail).code == "cannot-decrypt"
