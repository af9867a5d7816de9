"""プロパティ → FAX送信: four sections, each saved by its own [更新]."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.mail_password import matches
from accounts.models import Account, AuthorizedSender
from certificates.models import CertificateRequest
from faxsend.models import SendingProperties
from faxsend.properties import sending_properties_of
from notifications.models import NotificationPreference, OutgoingMail, When
from tests.factories import (
    AccountFactory,
    AuthorizedSenderFactory,
    NotificationPreferenceFactory,
    UserFactory,
    hashed_password,
)

pytestmark = pytest.mark.django_db

PAGE = "/properties/fax-sending/"
SENDERS = PAGE + "senders/"
SENDING = {
    "resolution": "standard",
    "font_size": "10",
    "page_header": "{From} → {To}",
    "max_attempts": "6",
    "retry_interval": "30",
}
NOTIFICATION = {"when": "failure", "format": "text-ja", "default_address": "kanri@example.co.jp"}


@pytest.fixture
def account(client: Client) -> Account:
    """The account of somebody who is logged in."""
    user = UserFactory.create()
    client.force_login(user)
    assert user.account is not None
    return user.account


def page_after(client: Client, path: str, data: dict[str, Any]) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def with_mail_password(account: Account) -> None:
    """Hashed once for all tests."""
    account.mail_password = hashed_password()
    account.save()


def field(page: str, name: str) -> str:
    """The control of this name, as it is written in the page."""
    found = re.search(rf'<(?:input|select)[^>]*name="{name}"[^>]*>', page)
    assert found
    return found[0]


def form(page: str, identifier: str) -> str:
    found = re.search(rf'<form id="{identifier}".*?</form>', page, re.DOTALL)
    assert found
    return found[0]


def test_the_page_shows_what_is_stored(client: Client, account: Account) -> None:
    account.signature_required = True
    account.save()
    SendingProperties.objects.create(account=account, max_attempts=2, retry_interval=7)
    NotificationPreferenceFactory.create(account=account, default_address="kanri@example.co.jp")

    page = client.get(PAGE).content.decode()

    assert " checked" in field(form(page, "authentication"), "signature_required")
    assert 'value="2"' in field(form(page, "sending"), "max_attempts")
    assert 'value="7"' in field(form(page, "sending"), "retry_interval")
    assert 'value="kanri@example.co.jp"' in field(form(page, "notification"), "default_address")


def test_an_account_that_never_chose_sees_the_defaults(client: Client, account: Account) -> None:
    page = client.get(PAGE).content.decode()

    assert " checked" not in field(page, "signature_required")
    assert 'value="4"' in field(page, "max_attempts")
    assert 'value="3"' in field(page, "retry_interval")
    assert '<option value="always" selected>常時</option>' in page
    assert '<option value="html-ja" selected>HTML−日本語</option>' in page


@pytest.mark.parametrize("word", ["認証", "FAX送信サービス利用可能者", "送信プロパティ", "通知メール"])
def test_every_section_has_its_heading_of_the_guide(client: Client, account: Account, word: str) -> None:
    assert re.search(rf"<h2[^>]*>{word}</h2>", client.get(PAGE).content.decode())


def test_the_signature_is_demanded_and_no_longer(client: Client, account: Account) -> None:
    """「S/MIMEによる電子署名をつける」をチェック(オン)にして「更新」しておきますと、以後、全てのメール送信において電子署名を付加することが必要となります。"""
    page_after(client, PAGE + "authentication/", {"signature_required": "on"})
    account.refresh_from_db()
    assert account.signature_required is True

    page_after(client, PAGE + "authentication/", {})
    account.refresh_from_db()
    assert account.signature_required is False


def test_proof_of_encrypted_orders_is_demanded_and_no_longer(client: Client, account: Account) -> None:
    assert " checked" not in field(client.get(PAGE).content.decode(), "encrypted_proof_required")

    page = page_after(client, PAGE + "authentication/", {"encrypted_proof_required": "on"})
    account.refresh_from_db()
    assert (account.encrypted_proof_required, account.signature_required) == (True, False)
    assert " checked" in field(page, "encrypted_proof_required")

    page_after(client, PAGE + "authentication/", {})
    account.refresh_from_db()
    assert account.encrypted_proof_required is False


def test_what_an_unproven_order_allows_is_said_beside_its_switch(client: Client, account: Account) -> None:
    page = client.get(PAGE).content.decode()

    hint = re.search(r'id="id_encrypted_proof_required_helptext">([^<]*)<', page)
    assert hint
    assert hint[1].startswith("オンにすることをお勧めします。")


@pytest.mark.parametrize("password", ["abc!#1", "~" * 64])
def test_a_mail_password_is_set_and_never_shown(client: Client, account: Account, password: str) -> None:
    page = page_after(client, PAGE + "authentication/", {"mail_password": password})

    account.refresh_from_db()
    assert matches(account, password)
    assert "メールパスワードが設定されています" in page
    assert password not in page
    assert account.mail_password not in page


@pytest.mark.parametrize(
    "password", ["abc12", "a" * 65, "abc 123", " abc123", "abc123\n", "パスワード一", "\uff41bc123"]
)
def test_a_bad_mail_password_is_said_at_its_field_and_not_echoed(
    client: Client, account: Account, password: str
) -> None:
    page = page_after(
        client, PAGE + "authentication/", {"mail_password": password, "signature_required": "on"}
    )

    account.refresh_from_db()
    assert (account.mail_password, account.signature_required) == ("", False)
    assert 'aria-invalid="true"' in field(page, "mail_password")
    assert "6文字以上64文字以内で入力してください" in page
    assert password not in page
    assert " checked" in field(page, "signature_required")


def test_an_empty_password_leaves_the_one_there_is(client: Client, account: Account) -> None:
    with_mail_password(account)

    page_after(client, PAGE + "authentication/", {"signature_required": "on", "mail_password": ""})

    account.refresh_from_db()
    assert account.mail_password == hashed_password()


def test_the_mail_password_is_removed(client: Client, account: Account) -> None:
    with_mail_password(account)

    page = page_after(client, PAGE + "authentication/", {"remove_mail_password": "on"})

    account.refresh_from_db()
    assert account.mail_password == ""
    assert "メールパスワードは設定されていません" in page


def test_a_new_password_and_its_removal_together_do_neither(client: Client, account: Account) -> None:
    with_mail_password(account)

    page = page_after(
        client, PAGE + "authentication/", {"mail_password": "another1", "remove_mail_password": "on"}
    )

    account.refresh_from_db()
    assert account.mail_password == hashed_password()
    assert "どちらか一方のみ指定してください" in page


def test_the_certificate_can_be_had_from_here(client: Client, account: Account) -> None:
    """「認証」セクションの「暗号メールのご利用」の「証明書の取得」."""
    page = client.get(PAGE).content.decode()

    assert "暗号メールのご利用" in page
    assert re.search(r'<a [^>]*data-dialog href="/certificates/request/">証明書の取得</a>', page)


def test_what_became_of_requested_certificates_is_shown(client: Client, account: Account) -> None:
    CertificateRequest.objects.create(account=account, address="taro@example.jp")
    CertificateRequest.objects.create(account=AccountFactory.create(), address="strange@example.jp")

    page = client.get(PAGE).content.decode()

    assert "taro@example.jp" in page
    assert "strange@example.jp" not in page


def test_sending_properties_are_saved(client: Client, account: Account) -> None:
    page = page_after(client, PAGE + "sending/", SENDING)

    chosen = account.sending_properties
    assert (chosen.max_attempts, chosen.retry_interval, chosen.resolution) == (6, 30, "standard")
    assert (chosen.font_size, chosen.page_header) == (10, "{From} → {To}")
    assert "変更を保存しました。" in page


@pytest.mark.parametrize("ticked", [True, False])
def test_the_text_beside_attachments_is_a_choice(client: Client, account: Account, ticked: bool) -> None:
    choice = {"body_with_attachments": "on"} if ticked else {}

    page = page_after(client, PAGE + "sending/", SENDING | choice)

    assert account.sending_properties.body_with_attachments is ticked
    assert (" checked" in field(page, "body_with_attachments")) is ticked


@pytest.mark.parametrize("ticked", [True, False])
def test_keeping_page_images_is_a_choice(client: Client, account: Account, ticked: bool) -> None:
    page = page_after(client, PAGE + "sending/", SENDING | ({"keep_pages": "on"} if ticked else {}))

    account.refresh_from_db()
    assert account.keep_pages is ticked
    assert (" checked" in field(page, "keep_pages")) is ticked


def test_pages_have_no_header_line_until_one_is_typed(client: Client, account: Account) -> None:
    page = client.get(PAGE).content.decode()

    assert " value=" not in field(page, "page_header")
    assert sending_properties_of(account).page_header == ""


def test_the_page_header_explains_its_placeholders(client: Client, account: Account) -> None:
    page = client.get(PAGE).content.decode()

    hint = re.search(r'id="id_page_header_helptext">([^<]*)<', page)
    assert hint
    assert all(word in hint[1] for word in ("{To}", "{From}", "{TotalPages}"))


@pytest.mark.parametrize("written", ["a\nb", "a\x1bb", "a\u2028b", "あ" * 201])
def test_a_page_header_that_is_not_one_line_is_said_at_its_field_and_kept(
    client: Client, account: Account, written: str
) -> None:
    page = page_after(client, PAGE + "sending/", SENDING | {"page_header": written})

    assert not SendingProperties.objects.exists()
    assert 'aria-invalid="true"' in field(page, "page_header")
    assert f'value="{written}"' in field(page, "page_header")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_attempts", "0"),
        ("max_attempts", "7"),
        ("max_attempts", "x"),
        ("retry_interval", "0"),
        ("retry_interval", "31"),
        ("retry_interval", "9" * 30),
        ("retry_interval", ""),
        ("resolution", "coarse"),
        ("font_size", "3"),
        ("font_size", "73"),
        ("font_size", ""),
    ],
)
def test_a_value_out_of_range_is_said_at_its_field(
    client: Client, account: Account, name: str, value: str
) -> None:
    page = page_after(client, PAGE + "sending/", SENDING | {name: value})

    assert not SendingProperties.objects.exists()
    assert page.count('aria-invalid="true"') == 1
    assert 'aria-invalid="true"' in field(page, name)


def test_the_browser_goes_to_the_field_that_has_to_be_mended(client: Client, account: Account) -> None:
    page = page_after(client, PAGE + "sending/", SENDING | {"retry_interval": "31"})

    assert re.findall(r'<input[^>]*name="(\w+)"[^>]* autofocus', page) == ["retry_interval"]


def test_a_section_with_an_error_leaves_the_others_as_they_are_stored(
    client: Client, account: Account
) -> None:
    NotificationPreferenceFactory.create(account=account, when=When.NEVER)

    page = page_after(client, PAGE + "sending/", SENDING | {"max_attempts": "9", "when": "always"})

    assert '<option value="never" selected>送付しない</option>' in page
    assert 'value="9"' in field(page, "max_attempts")


def test_the_notification_is_saved_and_nothing_beside_it(client: Client, account: Account) -> None:
    NotificationPreferenceFactory.create(account=account, removal_by_mail=False)

    page_after(client, PAGE + "notification/", NOTIFICATION)

    chosen = NotificationPreference.objects.get(account=account)
    assert (chosen.when, chosen.format, chosen.default_address) == tuple(NOTIFICATION.values())
    assert chosen.removal_by_mail is False


@pytest.mark.parametrize("ticked", [True, False])
def test_the_number_in_the_subject_is_a_choice(client: Client, account: Account, ticked: bool) -> None:
    page_after(client, PAGE + "notification/", NOTIFICATION | ({"number_in_subject": "on"} if ticked else {}))

    assert NotificationPreference.objects.get(account=account).number_in_subject is ticked


def test_the_default_address_may_be_empty(client: Client, account: Account) -> None:
    NotificationPreferenceFactory.create(account=account, default_address="kanri@example.co.jp")

    page_after(client, PAGE + "notification/", NOTIFICATION | {"default_address": ""})

    assert NotificationPreference.objects.get(account=account).default_address == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("default_address", "kanri"), ("default_address", "a@b.jp,c@d.jp"), ("format", "fax"), ("when", "x")],
)
def test_a_bad_notification_is_said_at_its_field(
    client: Client, account: Account, name: str, value: str
) -> None:
    page = page_after(client, PAGE + "notification/", NOTIFICATION | {name: value})

    assert not NotificationPreference.objects.exists()
    assert 'aria-invalid="true"' in field(page, name)
    assert name != "default_address" or f'value="{value}"' in field(page, name)


@pytest.mark.parametrize("address", ["taro@example.co.jp", "a..b.@example.ne.jp", " taro@example.jp "])
def test_a_sender_is_added_and_asked(client: Client, account: Account, address: str) -> None:
    page = page_after(client, SENDERS, {"address": address})

    assert account.senders.get().address == address.strip()
    assert OutgoingMail.objects.get().recipient == address.strip()
    assert "確認待ち" in page
    assert f"{address.strip()} に確認メールを送信しました。" in page


def test_without_confirmation_a_sender_counts_at_once(
    client: Client, account: Account, settings: Settings
) -> None:
    settings.SENDER_CONFIRMATION = False

    page = page_after(client, SENDERS, {"address": "taro@example.jp"})

    assert "確認済み" in page
    assert "確認メールをお送りします" not in page


@pytest.mark.parametrize(
    "address",
    [
        "",
        "taro",
        "taro@",
        "@example.jp",
        "taro@example",
        "taro\uff20example.jp",
        "山田@example.jp",
        "a@b.jp\nc@d.jp",
        "a@b.jp,c@d.jp",
        "Taro <taro@example.jp>",
        "a" * 250 + "@b.jp",
        "a\0@b.jp",
    ],
)
def test_a_bad_address_is_said_at_its_field_and_kept(client: Client, account: Account, address: str) -> None:
    page = page_after(client, SENDERS, {"address": address})

    assert not AuthorizedSender.objects.exists()
    assert 'aria-invalid="true"' in field(page, "address")


def test_what_was_typed_stays_in_the_field(client: Client, account: Account) -> None:
    AuthorizedSenderFactory.create(account=account, address="taro@example.jp")

    page = page_after(client, SENDERS, {"address": "TARO@example.jp"})

    assert 'value="TARO@example.jp"' in field(page, "address")
    assert "このメールアドレスはすでに登録されています。" in page


def test_a_sender_is_deleted(client: Client, account: Account) -> None:
    sender = AuthorizedSenderFactory.create(account=account, address="taro@example.jp")

    page = page_after(client, f"{SENDERS}{sender.pk}/delete/", {})

    assert not AuthorizedSender.objects.exists()
    assert "taro@example.jp を削除しました。" in page


def test_the_confirmation_mail_is_sent_again(client: Client, account: Account) -> None:
    sender = AuthorizedSenderFactory.create(account=account, verified_at=None)

    page = page_after(client, f"{SENDERS}{sender.pk}/ask/", {})

    assert OutgoingMail.objects.get().recipient == sender.address
    assert f"{sender.address} に確認メールを送信しました。" in page


def test_a_mail_that_is_asked_for_too_soon_is_said_in_its_row(client: Client, account: Account) -> None:
    page_after(client, SENDERS, {"address": "taro@example.jp"})

    page = page_after(client, f"{SENDERS}{account.senders.get().pk}/ask/", {})

    assert OutgoingMail.objects.count() == 1
    assert re.search(r"taro@example\.jp<div class=\"error\" role=\"alert\"><p>[^<]*10分以内", page)


def test_a_confirmed_sender_has_no_button_to_ask_again(client: Client, account: Account) -> None:
    AuthorizedSenderFactory.create(account=account, verified_at=timezone.now())

    page = client.get(PAGE).content.decode()

    assert "確認済み" in page
    assert "確認メールを再送信" not in page


@pytest.mark.parametrize("act", ["ask", "delete"])
def test_another_accounts_sender_is_not_found(client: Client, account: Account, act: str) -> None:
    strange = AuthorizedSenderFactory.create(verified_at=None)

    for pk in [strange.pk, 10**30]:
        assert client.post(f"{SENDERS}{pk}/{act}/").status_code == 404
    assert AuthorizedSender.objects.filter(pk=strange.pk).exists()
    assert strange.address not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "path",
    ["authentication/", "sending/", "notification/", "senders/", "senders/1/ask/", "senders/1/delete/"],
)
def test_a_reload_after_an_error_comes_back_to_the_page(client: Client, account: Account, path: str) -> None:
    assert client.get(PAGE + path)["Location"] == PAGE


def test_the_menu_leads_here(client: Client, account: Account) -> None:
    page = client.get("/history/sent/").content.decode()

    assert f'<a href="{PAGE}">FAX送信</a>' in page
    assert f'<a href="{PAGE}" aria-current="page">FAX送信</a>' in client.get(PAGE).content.decode()


def test_proof_by_the_senders_domain_is_demanded_and_no_longer(client: Client, account: Account) -> None:
    assert " checked" not in field(client.get(PAGE).content.decode(), "alignment_required")

    page = page_after(client, PAGE + "authentication/", {"alignment_required": "on"})
    account.refresh_from_db()
    assert (account.alignment_required, account.signature_required) == (True, False)
    assert " checked" in field(page, "alignment_required")

    page_after(client, PAGE + "authentication/", {})
    account.refresh_from_db()
    assert account.alignment_required is False


def test_a_stronger_proof_than_the_address_is_recommended(client: Client, account: Account) -> None:
    page = client.get(PAGE).content.decode()

    badge = re.search(r'<div class="warning" id="proof-recommended" role="note">.*?</ul>', page, re.DOTALL)
    assert badge
    assert "現在、送信元アドレスだけで" in badge[0]
    assert re.findall(r'href="#id_(\w+)"', badge[0]) == [
        "signature_required",
        "alignment_required",
        "mail_password",
    ]


@pytest.mark.parametrize("switch", ["signature_required", "alignment_required", "mail_password"])
def test_the_recommendation_goes_with_the_first_proof(client: Client, account: Account, switch: str) -> None:
    setattr(account, switch, hashed_password() if switch == "mail_password" else True)
    account.save()

    assert "proof-recommended" not in client.get(PAGE).content.decode()


def test_the_proof_of_encrypted_orders_is_none_for_the_others(client: Client, account: Account) -> None:
    account.encrypted_proof_required = True
    account.save()

    assert "proof-recommended" in client.get(PAGE).content.decode()
