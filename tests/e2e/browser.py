"""Debian's Chromium, as the tests start it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from accounts.models import User

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the length of a ``with`` block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS + QUIET)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, *, script: bool = True) -> Iterator[Page]:
    """A window of its own, Japanese, as wide as a desk's, that is told when something in it goes wrong.

    At the end nothing may have: no script error, no breach of the content policy.
    """
    context = browser.new_context(locale="ja-JP", viewport=DESK, java_script_enabled=script)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def log_in(page: Page, site: str, user_id: str, password: str) -> None:
    page.goto(site)
    page.get_by_label("ユーザID").fill(user_id)
    page.get_by_label("パスワード").fill(password)
    page.get_by_role("button", name="ログイン").click()


def enter(page: Page, site: str, user: User) -> None:
    """Be logged in without the login page, where that is not what is tested: hashing passwords takes its time."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
