"""A customer reads in a real browser what became of the faxes, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from faxsend.states import FaxStatus
from tests.e2e.browser import PHONE, chromium, enter, log_in, window
from tests.factories import PASSWORD, OperatorFactory, UserFactory, submission_with

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for this file alone: the event loop that drives it must not outlive it.

    Django takes a test beside that loop for an asynchronous caller, with database connections of its own.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with chromium() as browser:
            yield browser
        connections.close_all()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window as wide as a desk's."""
    with window(browser) as page:
        yield page


def test_a_customer_logs_in_and_sees_a_fax_as_it_was_sent(page: Page, live_server: LiveServer) -> None:
    user = UserFactory.create()
    submission_with(FaxStatus.SENT, account=user.account, subject="お見積書", encrypted=True)
    log_in(page, live_server.url, user.username, PASSWORD)

    expect(page.get_by_role("heading", name="送信履歴")).to_be_visible()
    page.get_by_role("link", name="お見積書", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="OK").first).to_be_visible()
    picture = page.get_by_role("img", name="1ページ")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 440)

    page.get_by_role("button", name="ログアウト").click()
    expect(page.get_by_role("button", name="ログイン")).to_be_visible()


@pytest.mark.parametrize("path", ["/history/sent/", None])
def test_nothing_is_wider_than_a_phone(page: Page, live_server: LiveServer, path: str | None) -> None:
    user = UserFactory.create()
    long = "とても長い件名" * 12 + "x" * 80
    submission = submission_with(
        *[FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.QUEUED], account=user.account, subject=long
    )
    page.set_viewport_size(PHONE)
    enter(page, live_server.url, user)

    page.goto(live_server.url + (path or submission.get_absolute_url()))

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_an_operator_works_under_the_strict_policy(page: Page, live_server: LiveServer) -> None:
    operator = OperatorFactory.create()
    submission_with(FaxStatus.FAILED)
    log_in(page, live_server.url + "/admin/", operator.username, PASSWORD)

    expect(page.get_by_role("heading", name="管理メニュー")).to_be_visible()
    page.goto(live_server.url + "/admin/faxsend/fax/")
    expect(page.get_by_text("3912-FAX番号が使用不可です")).to_be_visible()
    page.goto(live_server.url + "/admin/accounts/account/add/")
    page.get_by_role("button", name="FAX送信サービス利用可能者").click()
    expect(page.locator("#id_senders-0-address")).to_be_visible()
