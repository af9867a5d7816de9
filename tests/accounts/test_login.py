"""Login, logout and passwords through HTTP, with the real cache behind them."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notifications.models import OutgoingMail
from tests.factories import PASSWORD, OperatorFactory, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
LOCKED = "1時間"


@pytest.fixture(autouse=True)
def _no_earlier_tries(settings: Any) -> None:
    cache.clear()
    # Dozens of passwords are tried here, and the house's way to hash them is slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture
def user() -> User:
    return UserFactory.create(username="tanaka", password=make_password(PASSWORD))


def log_in(client: Client, user_id: str, password: str, *, address: str = "192.0.2.1") -> str:
    """What the answer says; empty for the redirect of a login that worked."""
    answer = client.post(LOGIN, {"login": user_id, "password": password}, REMOTE_ADDR=address)
    return "" if answer.status_code == 302 else answer.content.decode()


def fail(user_id: str, times: int, *, address: str = "192.0.2.1") -> str:
    """What the last of so many wrong passwords is answered with."""
    return [log_in(Client(), user_id, "wrong", address=address) for _ in range(times)][-1]


def test_the_right_password_leads_to_the_history(client: Client, user: User) -> None:
    answer = client.post(LOGIN, {"login": "tanaka", "password": PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == "/history/sent/"
    assert answer.status_code == 200


def test_a_login_leads_back_to_the_page_that_was_wanted(client: Client, user: User) -> None:
    answer = client.post(
        f"{LOGIN}?next=/accounts/password/change/", {"login": "tanaka", "password": PASSWORD}
    )

    assert answer["Location"] == "/accounts/password/change/"


def test_a_login_leads_to_no_other_site(client: Client, user: User) -> None:
    answer = client.post(f"{LOGIN}?next=https://evil.example/", {"login": "tanaka", "password": PASSWORD})

    assert answer["Location"] == "/"


def test_the_user_id_may_be_written_in_capitals(client: Client, user: User) -> None:
    assert log_in(client, "TANAKA", PASSWORD) == ""


def test_the_form_has_the_names_that_others_rely_on(client: Client) -> None:
    page = client.get(LOGIN).content.decode()

    assert re.search(r'<form id="login"', page)
    assert re.search(r'name="login"', page) and re.search(r'name="password"', page)


def test_a_wrong_password_and_an_unknown_user_id_are_answered_alike(client: Client, user: User) -> None:
    sentence = "ユーザIDまたはパスワードが正しくありません。"

    assert sentence in log_in(client, "tanaka", "wrong")
    assert sentence in log_in(client, "nobody", "wrong")


def test_two_wrong_passwords_lock_nothing(client: Client, user: User) -> None:
    fail("tanaka", 2)

    assert log_in(client, "tanaka", PASSWORD) == ""


def test_three_wrong_passwords_lock_the_user_id(client: Client, user: User) -> None:
    fail("tanaka", 3)

    assert LOCKED in log_in(client, "tanaka", PASSWORD)


def test_the_case_of_the_user_id_makes_no_new_tries(client: Client, user: User) -> None:
    for user_id in ["tanaka", "Tanaka", "TANAKA"]:
        fail(user_id, 1)

    assert LOCKED in log_in(client, "tanaka", PASSWORD)


def test_a_lock_counts_for_one_client_address(client: Client, user: User) -> None:
    fail("tanaka", 3)

    assert log_in(client, "tanaka", PASSWORD, address="192.0.2.2") == ""


def test_a_lock_counts_for_one_user_id(client: Client, user: User) -> None:
    fail("nobody", 3)

    assert log_in(client, "tanaka", PASSWORD) == ""


def test_thirty_wrong_passwords_from_anywhere_lock_the_user_id_for_every_address(
    client: Client, user: User
) -> None:
    for number in range(10):
        fail("tanaka", 3, address=f"192.0.2.{number}")

    assert LOCKED in log_in(client, "tanaka", PASSWORD, address="198.51.100.1")


def test_a_successful_login_gives_back_its_own_tries_only(client: Client, user: User) -> None:
    for number in range(9):
        fail("tanaka", 3, address=f"192.0.2.{number}")
    log_in(client, "tanaka", PASSWORD, address="198.51.100.1")

    fail("tanaka", 3, address="198.51.100.2")

    assert LOCKED in log_in(Client(), "tanaka", PASSWORD, address="198.51.100.1")


def test_a_successful_login_starts_the_count_of_its_address_anew(client: Client, user: User) -> None:
    fail("tanaka", 2)
    log_in(Client(), "tanaka", PASSWORD)
    fail("tanaka", 2)

    assert log_in(client, "tanaka", PASSWORD) == ""


def test_a_lock_ends_after_one_hour_whatever_is_tried_meanwhile(user: User) -> None:
    fail("tanaka", 3)
    server = redis.Redis.from_url(settings.REDIS_URL)
    locks = list(server.scan_iter("*login-tries*"))
    before = {key: server.pexpiretime(key) for key in locks}

    fail("tanaka", 5)

    assert len(locks) == 2
    assert {key: server.pexpiretime(key) for key in locks} == before
    assert all(3590 < server.ttl(key) <= 3600 for key in locks)


def test_the_admin_counts_wrong_passwords_too(client: Client) -> None:
    OperatorFactory.create(username="operator")
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(LOGIN)
    assert client.post("/admin/login/", {"username": "operator", "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" not in client.session


def test_an_operator_who_logs_in_for_the_admin_gets_there(client: Client) -> None:
    OperatorFactory.create(username="operator")
    wanted = client.get("/admin/faxsend/fax/", follow=True).redirect_chain[-1][0]

    answer = client.post(wanted, {"login": "operator", "password": PASSWORD})

    assert answer["Location"] == "/admin/faxsend/fax/"


def test_the_admin_is_closed_to_people_of_accounts(client: Client, user: User) -> None:
    client.force_login(user)

    assert client.get("/admin/", follow=True).status_code == 403


def test_an_operator_is_told_to_use_the_operations_pages(client: Client) -> None:
    client.force_login(OperatorFactory.create())

    answer = client.get("/", follow=True)

    assert answer.status_code == 403
    assert 'href="/admin/"' in answer.content.decode()


def test_somebody_out_of_use_is_told_so(client: Client) -> None:
    UserFactory.create(username="left", is_active=False)

    answer = client.post(LOGIN, {"login": "left", "password": PASSWORD}, follow=True)

    assert "利用を停止" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_logging_out_takes_a_post(client: Client, user: User) -> None:
    client.force_login(user)

    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session

    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_nobody_can_sign_up(client: Client) -> None:
    client.post("/accounts/signup/", {"username": "new", "password1": PASSWORD, "password2": PASSWORD})

    assert not User.objects.exists()
    assert "契約" in client.get("/accounts/signup/").content.decode()


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "password/set/", "login/code/confirm/"])
def test_pages_of_the_login_library_that_this_site_does_not_use_do_not_exist(
    client: Client, path: str
) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_a_password_is_changed_by_who_knows_the_old_one(client: Client, user: User) -> None:
    client.force_login(user)
    new = "another fine sentence"

    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
        follow=True,
    )

    user.refresh_from_db()
    assert user.check_password(new)
    assert "新しいパスワードを保存しました。" in answer.content.decode()


def test_a_forgotten_password_is_replaced_by_way_of_a_mail(client: Client, user: User) -> None:
    client.post("/accounts/password/reset/", {"email": "tanaka@example.com"})
    mail = OutgoingMail.objects.get(recipient="tanaka@example.com")
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+)", _text(mail))
    assert link is not None
    page = client.get(link[1], follow=True)
    new = "another fine sentence"

    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})

    user.refresh_from_db()
    assert user.check_password(new)


def test_a_reset_for_an_unknown_address_looks_the_same(client: Client, user: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": "tanaka@example.com"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_inactive",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
    ],
)
def test_every_page_before_login_is_one_of_ours(client: Client, name: str) -> None:
    page = client.get(reverse(name)).content.decode()

    assert "/static/site.css" in page
    assert '<html lang="ja">' in page


def test_a_spent_link_says_so(client: Client) -> None:
    page = client.get("/accounts/password/reset/key/1-set-password/").content.decode()

    assert "このリンクは無効です" in page


def test_a_strict_policy_is_sent_with_every_page(client: Client) -> None:
    sent = client.get(LOGIN)["Content-Security-Policy"]

    assert "default-src 'self'" in sent
    assert "unsafe-inline" not in sent


def test_a_visitor_reads_the_language_of_the_browser(client: Client) -> None:
    page = client.get(LOGIN, headers={"accept-language": "en"}).content.decode()

    assert "Log in" in page and '<html lang="en">' in page


@pytest.mark.parametrize(("language", "heading"), [("ja", "送信履歴"), ("en", "Sent faxes")])
def test_the_account_decides_the_language_of_its_people(client: Client, language: str, heading: str) -> None:
    other = {"ja": "en", "en": "ja"}[language]
    client.force_login(UserFactory.create(account__language=language))

    answer = client.get("/history/sent/", headers={"accept-language": other})

    assert f"<h1>{heading}</h1>" in answer.content.decode()
    assert answer["Content-Language"] == language


def test_the_language_of_one_request_does_not_reach_the_next(client: Client) -> None:
    client.force_login(UserFactory.create(account__language="en"))
    client.get("/history/sent/")

    assert "ログイン" in Client().get(LOGIN).content.decode()


def _text(mail: OutgoingMail) -> str:
    parsed = message_from_bytes(mail.content, policy=policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
