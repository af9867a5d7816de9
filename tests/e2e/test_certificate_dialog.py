"""A customer asks for the certificate in a real browser: with mouse, with the keyboard alone, without script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, User
from certificates.identity import keep
from certificates.models import CertificateRequest
from certificates.smime import Identity
from tests.e2e.browser import DESK, chromium, enter, window
from tests.factories import AuthorizedSenderFactory, UserFactory
from tests.pki import authority

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIELD, LINK, TITLE = "送信先E-Mailアドレス", "証明書の取得", "証明書(デジタルID)の送信"
WAIT = "到着まで数分お待ちください"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for this file alone, as in the tests of the whole site."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with chromium() as browser:
            yield browser
        connections.close_all()


@pytest.fixture
def account(db: None) -> Account:
    """With two confirmed senders; the service has a certificate."""
    person = authority().service
    keep(Identity(person.certificate, person.private_key, person.chain))
    user = UserFactory.create(username="taro")
    assert user.account is not None
    for address in ("a@example.com", "b@example.com"):
        AuthorizedSenderFactory.create(account=user.account, address=address)
    return user.account


@pytest.fixture
def page(browser: Browser, account: Account, live_server: LiveServer) -> Iterator[Page]:
    """プロパティ → FAX送信, in a window that complains of every script error."""
    with window(browser) as page:
        at_properties(page, live_server)
        yield page


def at_properties(page: Page, live_server: LiveServer) -> None:
    enter(page, live_server.url, User.objects.get(username="taro"))
    page.goto(live_server.url + "/properties/fax-sending/")


def opened(page: Page) -> Locator:
    page.get_by_role("link", name=LINK).click()
    dialog = page.get_by_role("dialog", name=TITLE)
    expect(dialog).to_be_visible()
    return dialog


def press_send(dialog: Locator) -> None:
    dialog.get_by_role("button", name="送信", exact=True).click()


def asked() -> list[str]:
    return list(CertificateRequest.objects.order_by("pk").values_list("address", flat=True))


def test_one_address_is_removed_another_typed_and_the_page_asks_for_patience(page: Page) -> None:
    dialog = opened(page)
    field = dialog.get_by_label(FIELD)
    expect(field).to_have_value("a@example.com,b@example.com")
    expect(field).to_be_focused()
    field.fill("b@example.com,guest@example.com")
    press_send(dialog)

    told = page.get_by_role("status")
    expect(told).to_contain_text(WAIT)
    expect(told).to_be_focused()
    expect(dialog).to_be_hidden()
    assert asked() == ["b@example.com", "guest@example.com"]
    rows = page.get_by_role("row").filter(has_text="送信待ち")
    expect(rows).to_have_count(2)


def test_each_mistake_is_told_at_the_field_and_what_was_typed_stays(page: Page) -> None:
    dialog = opened(page)
    too_many = ",".join(f"guest{number}@example.com" for number in range(21))
    for typed, told in [
        ("a@example.com\u3001b@example.com", "「\u3001」は使用できません"),
        ("a@example.com\uff0cb@example.com", "「\uff0c」は使用できません"),
        ("a@example.com,nobody", "正しくありません: nobody"),
        ("a@example.com,A@example.com", "重複しています: a@example.com"),
        ("", "1件以上入力してください"),
        (too_many, "20件まで"),
    ]:
        dialog.get_by_label(FIELD).fill(typed)
        press_send(dialog)
        field = dialog.get_by_role("textbox", name=FIELD)
        expect(dialog.locator(".error")).to_contain_text(told)
        expect(field).to_have_value(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(re.escape(told)))
        expect(field).to_be_focused()
    assert asked() == []


def test_the_keyboard_is_enough_and_the_focus_returns_to_the_link(page: Page) -> None:
    link = page.get_by_role("link", name=LINK)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=TITLE)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_focused()

    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=TITLE)
    expect(dialog.get_by_label(FIELD)).to_be_focused()
    send = dialog.get_by_role("button", name="送信", exact=True)
    for _ in range(5):
        page.keyboard.press("Tab")
        if send.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(WAIT)
    assert asked() == ["a@example.com", "b@example.com"]


def test_a_connection_that_fails_loses_nothing_typed(
    browser: Browser, account: Account, live_server: LiveServer
) -> None:
    context = browser.new_context(locale="ja-JP", viewport=DESK)
    page = context.new_page()
    at_properties(page, live_server)
    dialog = opened(page)
    dialog.get_by_label(FIELD).fill("guest@example.com")
    context.set_offline(True)
    press_send(dialog)
    expect(dialog.get_by_role("alert")).to_contain_text("送信できませんでした")
    expect(dialog.get_by_label(FIELD)).to_have_value("guest@example.com")

    context.set_offline(False)
    press_send(dialog)
    expect(page.get_by_role("status")).to_contain_text(WAIT)
    context.close()
    assert asked() == ["guest@example.com"]


def test_without_script_the_link_leads_to_a_page_that_does_the_same(
    browser: Browser, account: Account, live_server: LiveServer
) -> None:
    with window(browser, script=False) as page:
        at_properties(page, live_server)
        page.get_by_role("link", name=LINK).click()
        expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
        page.get_by_label(FIELD).fill("nobody")
        press_send(page.locator("main"))
        expect(page.locator(".error")).to_contain_text("正しくありません: nobody")
        page.get_by_label(FIELD).fill("guest@example.com")
        press_send(page.locator("main"))
        expect(page.get_by_role("status")).to_contain_text(WAIT)
    assert asked() == ["guest@example.com"]
