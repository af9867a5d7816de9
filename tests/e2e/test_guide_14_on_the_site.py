"""What the user guide, chapter 14, has a customer do on アカウント管理Web, in Chromium, and what mail does from then on."""

from __future__ import annotations

from collections.abc import Iterator
from email.header import Header
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import chromium, log_in, window
from tests.e2e.office import (
    DIGITALID,
    LETTER,
    Office,
    blank_entity,
    entity,
    is_encrypted,
    parsed,
    plain,
    text_of,
)
from tests.e2e.world import wait_for

pytestmark = pytest.mark.browser

TOKYO, OSAKA, NAGOYA = "0081311112222", "0081633334444", "0081525556666"


@pytest.fixture(scope="module")
def page(ours: Office) -> Iterator[Page]:
    with chromium() as browser, window(browser) as page:
        log_in(page, ours.world.instance.site, *ours.login())
        yield page


def go(page: Page, ours: Office, place: str) -> None:
    """By the menu, as a person does; a dialog that is still open goes with its page."""
    if not page.url.startswith(ours.world.instance.site) or page.get_by_role("dialog").count():
        page.goto(ours.world.instance.site)
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name=place, exact=True).click()


@pytest.fixture(scope="module")
def lists(ours: Office, page: Page, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The list ``members`` typed in, the list ``branches`` imported from a spreadsheet."""
    for name in ("members", "branches"):
        go(page, ours, "リスト一覧")
        page.get_by_role("link", name="リストの作成").click()
        page.get_by_role("dialog").get_by_label("リスト名").fill(name)
        page.get_by_role("dialog").get_by_role("button", name="作成").click()
        expect(page.get_by_role("status")).to_contain_text(name)
        go(page, ours, "リスト一覧")
        page.get_by_role("link", name=name, exact=True).click()
        if name == "members":
            page.get_by_label("FAX番号").fill("03-1111-2222")
            page.get_by_label("担当者").fill("鈴木一郎")
            page.get_by_role("button", name="追加").click()
            expect(page.get_by_text("鈴木一郎")).to_be_visible()
        else:
            file = tmp_path_factory.mktemp("list") / "branches.csv"
            file.write_bytes(
                "FAX番号,担当者\n06-3333-4444,佐藤\n03-1111-2222,鈴木\n3-1111,誤り\n".encode("cp932")
            )
            import_file(page, file)


def import_file(page: Page, file: Path) -> None:
    page.get_by_role("link", name="CSV").first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.locator("#import-file button").click()
    expect(page.get_by_role("row").filter(has_text="誤り")).to_be_visible()
    page.get_by_role("button", name="2件を取り込む").click()
    expect(page.get_by_role("status")).to_contain_text("2件")


@pytest.fixture
def password(ours: Office, page: Page) -> Iterator[str]:
    """A mail password, set on プロパティ → FAX送信, gone afterwards."""
    go(page, ours, "FAX送信")
    page.locator("#authentication").get_by_label("パスワード").first.fill("password123")
    page.locator("#authentication").get_by_role("button", name="更新").click()
    expect(page.get_by_role("status")).to_be_visible()
    yield "password123"
    ours.world.ask("UPDATE accounts_account SET mail_password = '' RETURNING id")


@pytest.mark.usefixtures("lists")
def test_a_list_is_named_in_the_body(ours: Office) -> None:
    """【3-2】例1「送付先のリスト名がmembersの場合はメール本文の1行目は次の通りとなります。 !*list=members*!」

    「また、この方法でリスト送信もおこなうことができます。」
    """
    assert ours.send_encrypted("/fax=body", "!*list=members*!\n" + LETTER).numbers == [TOKYO]


@pytest.mark.usefixtures("lists")
def test_lists_and_numbers_go_together_and_each_number_is_faxed_once(ours: Office) -> None:
    """「複数のリストや個別宛先も含めて送信する場合には、次のように指定します。 !*list=リスト名1*!;!*list=リスト名2*!;!*送信先FAX番号1*!」"""
    line = "!*list=members*!;!*list=branches*!;!*052-555-6666*!"
    sent = ours.send_encrypted("/fax=body", f"{line}\n{LETTER}")
    assert sent.numbers == [TOKYO, OSAKA, NAGOYA]
    subject = str(parsed(sent.notification())["Subject"])
    assert subject == "リスト送信が完了しました -> 成功3件 失敗0件"


@pytest.mark.usefixtures("lists")
def test_a_list_counts_as_one_of_the_hundred(ours: Office) -> None:
    """「一度のメール送信では最大100件までの送信先を指定することができます。」"""
    line = ";".join(["!*list=branches*!", *(f"!*03-{number}-5678*!" for number in range(2000, 2099))])
    assert len(ours.send_encrypted("/fax=body", f"{line}\n{LETTER}").numbers) == 101


def test_an_unknown_list_is_refused(ours: Office) -> None:
    """「!*list=リスト名*! (全て、半角英数字でご指定ください。)」"""
    assert ours.send_encrypted("/fax=body", f"!*list=nobody*!\n{LETTER}").code == "unknown-list"


@pytest.mark.usefixtures("lists")
def test_the_password_stands_before_the_destinations(ours: Office, password: str) -> None:
    """例2「パスワードが、password123、送付先のFAX番号が03-1111-2222の場合はメール本文の1〜2行目は次の通りとなります。」

    「パスワードを本文中に設定される場合は、パスワードを1行目、FAX番号を2行目に記述します。」
    """
    by_number = ours.send_encrypted("/fax=body", f"!#{password}\n!*03-1111-2222*!\n{LETTER}")
    by_list = ours.send_encrypted("/fax=body", f"!#{password}\n!*list=members*!\n{LETTER}")
    assert by_number.numbers == by_list.numbers == [TOKYO]
    in_every_mail = ours.mail(plain("/fax=03-1111-2222", entity(f"!#{password}\n{LETTER}")))
    # No command line is on the page: all three are the same page.
    assert by_number.faxed() == by_list.faxed() == in_every_mail.faxed()
    wrong = ours.send_encrypted("/fax=body", f"!#password124\n!*03-1111-2222*!\n{LETTER}")
    missing = ours.send_encrypted("/fax=body", f"!*03-1111-2222*!\n{LETTER}")
    assert (wrong.code, missing.code) == ("wrong-password", "password-not-found")
    assert password not in "\n".join(ours.world.log)


def test_a_password_that_nobody_asked_for_is_taken_away(ours: Office) -> None:
    """「パスワードを本文中に設定される場合は…」: where the account needs none, the line is not drawn either."""
    with_line = ours.send_encrypted("/fax=body", f"!#password123\n!*03-1111-2222*!\n{LETTER}")
    without = ours.send_encrypted("/fax=03-1111-2222", LETTER)
    assert with_line.faxed() == without.faxed()


def test_the_switch_makes_every_mail_need_a_signature(ours: Office, page: Page) -> None:
    """【2-1】「「認証」セクションの「S/MIMEによる電子署名をつける」をチェック(オン)にして「更新」しておきますと、以後、全てのメール送信において電子署名を付加することが必要となります。」"""
    go(page, ours, "FAX送信")
    box = page.get_by_role("region", name="認証").get_by_label("S/MIMEによる電子署名をつける")
    expect(box).not_to_be_checked()
    box.check()
    page.locator("#authentication").get_by_role("button", name="更新").click()
    expect(page.get_by_label("S/MIMEによる電子署名をつける")).to_be_checked()
    try:
        assert ours.mail(plain("/fax=03-1111-2222")).code == "signature-not-found"
        assert ours.send_encrypted("/fax=03-1111-2222").code == "signature-not-found"
        assert ours.mail(plain("/fax=03-1111-2222", ours.demo.sign(entity()))).status == "accepted"
    finally:
        page.get_by_label("S/MIMEによる電子署名をつける").uncheck()
        page.locator("#authentication").get_by_role("button", name="更新").click()
    expect(page.get_by_label("S/MIMEによる電子署名をつける")).not_to_be_checked()
    assert ours.mail(plain("/fax=03-1111-2222", entity(LETTER + "off"))).status == "accepted"


def to_digitalid(ours: Office, address: str, *, signed: bool = True) -> None:
    person = ours.meet(address, sender=False)
    mail = plain("", person.sign(blank_entity()) if signed else blank_entity(), sender=address, To=DIGITALID)
    ours.mail(mail, to=DIGITALID, sender=address)


def told(ours: Office) -> bytes:
    """The notification of a fax of the demo sender."""
    return ours.mail(plain("/fax=00999-9999-0000", entity(f"{LETTER}{uuid4()}"))).notification()


def test_the_default_address_has_to_register_for_itself(ours: Office, page: Page) -> None:
    """注意事項2)「アカウント管理Webのプロパティで、「通知メールデフォルト送信先:」を設定されている場合は、そのメールアドレスから電子署名付きメールを digitalid@interfax.net へ送信していただく必要があります。」"""
    go(page, ours, "FAX送信")
    page.get_by_label("通知メールデフォルト送信先").fill("office@example.jp")
    page.locator("#notification").get_by_role("button", name="更新").click()
    expect(page.get_by_label("通知メールデフォルト送信先")).to_have_value("office@example.jp")
    to_digitalid(ours, "demo@example.jp")
    mail = told(ours)
    assert (parsed(mail)["To"], is_encrypted(mail)) == ("office@example.jp", False)
    to_digitalid(ours, "office@example.jp")
    assert is_encrypted(told(ours))
    go(page, ours, "FAX送信")
    page.get_by_label("通知メールデフォルト送信先").fill("")
    page.locator("#notification").get_by_role("button", name="更新").click()
    expect(page.get_by_role("status")).to_be_visible()
    to_digitalid(ours, "demo@example.jp", signed=False)


def test_a_forwarding_address_is_encrypted_to_as_well_until_it_is_switched_off(
    ours: Office, page: Page
) -> None:
    """注意事項4)「同じメールアドレスで受信FAXの転送先メールアドレスとして登録されているときには、送信サービスの通知メールだけではなく、受信FAX転送メールも暗号化の設定が自動的におこなわれます。」

    「受信FAX転送メールとして登録されている該当メールアドレスの「セキュリィティ設定」をクリックして、「電子署名」や「受信メールの暗号化」の各チェックボックスのチェックを外して[更新]をおこない設定します。」
    """
    go(page, ours, "FAX受信")
    page.locator("#forwarding-addresses input[name=address]").fill("demo@example.jp")
    page.locator("#forwarding-addresses").get_by_role("button", name="追加").click()
    assert boxes(ours, page) == (False, False)
    to_digitalid(ours, "demo@example.jp")
    assert boxes(ours, page) == (True, True)
    dialog = page.get_by_role("dialog", name="セキュリティ設定")
    dialog.get_by_label("電子署名").uncheck()
    dialog.get_by_label("受信メールの暗号化").uncheck()
    dialog.get_by_role("button", name="更新").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert boxes(ours, page) == (False, False)
    assert is_encrypted(told(ours))
    to_digitalid(ours, "demo@example.jp")
    assert boxes(ours, page) == (True, True)
    to_digitalid(ours, "demo@example.jp", signed=False)
    assert boxes(ours, page) == (True, True)


def boxes(ours: Office, page: Page) -> tuple[bool, bool]:
    """Open 「セキュリティ設定」 of the address and read both boxes; the dialog stays open."""
    go(page, ours, "FAX受信")
    page.get_by_role("row").filter(has_text="demo@example.jp").get_by_role(
        "link", name="セキュリティ設定"
    ).click()
    dialog = page.get_by_role("dialog", name="セキュリティ設定")
    return (
        dialog.get_by_label("電子署名").is_checked(),
        dialog.get_by_label("受信メールの暗号化").is_checked(),
    )


def test_encrypted_and_ordinary_faxes_stand_in_one_history(ours: Office, page: Page) -> None:
    """注意事項4)「FAX送信結果の確認方法(送信履歴と通知メール)は、暗号化しない場合と共通です。」"""
    word = f"ご連絡{uuid4().hex[:6]}"
    subject = Header(f"{word} /fax=03-1111-2222", "utf-8").encode()
    encrypted = ours.encrypted("SUBJECT", entity(LETTER + word)).replace(b"SUBJECT", subject.encode())
    for mail in (encrypted, plain(subject, entity(LETTER))):
        ours.mail(mail).faxed()
    go(page, ours, "送信履歴")
    rows = page.get_by_role("row").filter(has_text=word)
    expect(rows).to_have_count(2)
    for row in rows.all():
        expect(row).to_contain_text("OK")
        expect(row).to_contain_text("03-1111-2222")


@pytest.fixture
def failed(ours: Office) -> str:
    """A list send of which three faxes fail; its subject. Its one notification has left."""
    subject = f"ご案内{uuid4().hex[:6]}"
    numbers = ["00999-9999-3912", "00999-9999-6017", "00999-9999-3224", "00999-9999-0000"]
    written = Header(f"{subject} /fax={';'.join(numbers)}", "utf-8").encode(linesep="\n")
    sent = ours.mail(plain(written))
    assert str(parsed(sent.notification())["Subject"]) == "リスト送信が完了しました -> 成功1件 失敗3件"
    return subject


def new_subjects(ours: Office, before: list[bytes], count: int) -> list[str]:
    """Subjects of the notifications that have come since, once there are as many and nothing more is under way."""
    under_way = """SELECT (SELECT count(*) FROM faxsend_submission WHERE open > 0)
                   + (SELECT count(*) FROM notifications_outgoingmail WHERE state = 'waiting')"""

    def look() -> list[bytes] | None:
        new = [mail for mail in ours.mails_to("demo@example.jp") if mail not in before]
        return new if len(new) >= count and ours.world.ask(under_way) == [(0,)] else None

    mails = wait_for(look, "the notifications")
    return sorted(str(parsed(mail)["Subject"]) for mail in mails)


FAILED = [f"FAX送信が失敗しました -> 00999-9999-{code}" for code in ("3224", "3912", "6017")]


def open_list(page: Page, ours: Office, subject: str) -> None:
    """①「アカウント管理Webの「送信履歴」ページから「リスト送信」をクリックし、個々の送信履歴を表示させ」"""
    go(page, ours, "送信履歴")
    page.get_by_role("row").filter(has_text=subject).last.get_by_role("link", name="リスト送信").click()
    expect(page.get_by_role("row").filter(has_text="00999-9999-3912")).to_contain_text("エラー")


def test_one_failed_fax_is_resent_from_its_list(ours: Office, page: Page, failed: str) -> None:
    """注意事項5)①「「送信履歴」ページから「リスト送信」をクリックし、個々の送信履歴を表示させ送信失敗分を「再送信」したり」

    「送信結果の通知メールは、通常送付(ひとつの宛先への送信)をおこなった場合と同じ通知メールの件名(「FAX送信が成功しました...」等)となります。」
    """
    before = ours.mails_to("demo@example.jp")
    open_list(page, ours, failed)
    page.get_by_role("row").filter(has_text="00999-9999-3912").get_by_role("link", name="再送信").click()
    page.get_by_role("dialog").get_by_role("button", name="再送信").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert new_subjects(ours, before, 1) == [FAILED[1]]


def test_the_failed_faxes_of_a_list_are_resent_one_by_one(ours: Office, page: Page, failed: str) -> None:
    """注意事項5) 「エラーFAXのみを」: 「送信結果の通知メールは、通常送付…と同じ通知メールの件名…となります。」"""
    assert choose(ours, page, failed, "エラーFAXのみを", mails=3) == FAILED


def test_all_faxes_of_a_list_are_resent_as_a_list(ours: Office, page: Page, failed: str) -> None:
    """「複数FAXの再送信(全てのFAX)」: a new list send with one summary."""
    expected = ["リスト送信が完了しました -> 成功1件 失敗3件"]
    assert choose(ours, page, failed, "複数FAXの再送信(全てのFAX)", mails=1) == expected


def choose(ours: Office, page: Page, subject: str, choice: str, *, mails: int) -> list[str]:
    before = ours.mails_to("demo@example.jp")
    go(page, ours, "送信履歴")
    page.get_by_role("row").filter(has_text=subject).last.get_by_role("link", name="再送信").click()
    page.get_by_role("dialog").get_by_label(choice).check()
    page.get_by_role("dialog").get_by_role("button", name="再送信").click()
    expect(page.get_by_role("status")).to_be_visible()
    return new_subjects(ours, before, mails)


def test_failed_faxes_are_found_and_resent_from_the_search(ours: Office, page: Page, failed: str) -> None:
    """注意事項5)②「「送信履歴の検索」ページからFAXステータスを「エラー」にして検索した際に表示される送信失敗分を「再送信」したりした場合」"""
    before = ours.mails_to("demo@example.jp")
    go(page, ours, "送信履歴の検索")
    page.get_by_label("件名").fill(failed)
    page.get_by_label("FAXステータス").select_option(label="エラー")
    page.get_by_role("button", name="検索", exact=True).click()
    rows = page.get_by_role("row").filter(has_text=failed)
    expect(rows).to_have_count(3)
    rows.filter(has_text="00999-9999-6017").get_by_role("link", name="再送信").click()
    page.get_by_role("dialog").get_by_role("button", name="再送信").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert new_subjects(ours, before, 1) == [FAILED[2]]


def test_a_new_sender_counts_once_its_owner_has_confirmed(ours: Office, page: Page) -> None:
    """「「FAX送信サービス利用可能者」に登録されているアドレス」: an address is registered on the site and by its owner."""
    go(page, ours, "FAX送信")
    page.locator("#authorized-senders input[name=address]").fill("new@example.jp")
    page.locator("#authorized-senders").get_by_role("button", name="追加").click()
    mail = plain("/fax=03-1111-2222", sender="new@example.jp").replace(b"\n", b"\r\n")
    assert ours.world.send(mail, sender="new@example.jp")[0] == 550
    letter = wait_for(lambda: next(iter(ours.mails_to("new@example.jp")), None), "the confirmation mail")
    link = next(word for word in text_of(parsed(letter)).split() if "/senders/confirm/" in word)
    page.goto(link)
    page.locator("main button").click()
    assert ours.world.send(mail, sender="new@example.jp")[0] == 250
