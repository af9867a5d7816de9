"""The page 送信履歴の検索, as a browser asks for it."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faxsend.searching import FOUND_A_PAGE
from faxsend.states import FaxStatus
from tests.factories import UserFactory, submission_with

pytestmark = pytest.mark.django_db

SEARCH = "/history/sent/search/"
SENT, FAILED, UNCERTAIN, HELD = FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.UNCERTAIN, FaxStatus.HELD


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


def page(client: Client, **asked: str) -> str:
    return client.get(SEARCH, asked).content.decode()


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    assert client.get(SEARCH)["Location"] == f"/accounts/login/?next={SEARCH}"


def test_before_anything_is_asked_there_is_only_the_form(client: Client, user: User) -> None:
    submission_with(SENT, account=user.account, subject="お見積書")

    shown = page(client)

    assert '<form class="panel searching" id="search" method="get"' in shown
    assert "お見積書" not in shown
    for label in ["期間", "以降", "期間を使用しない", "全て", "OK", "エラー", "処理中", "保留中"]:
        assert f"{label}</" in shown


def test_the_menu_marks_the_search_alone(client: Client, user: User) -> None:
    for path, label in [(SEARCH, "送信履歴の検索"), ("/history/sent/", "送信履歴")]:
        shown = client.get(path).content.decode()
        assert shown.count('aria-current="page"') == 1
        assert f'aria-current="page">{label}</a>' in shown


def test_failed_faxes_are_found_and_can_be_sent_again(client: Client, user: User) -> None:
    """Guide 14, note 5: 「FAXステータスを「エラー」にして検索した際に表示される送信失敗分を「再送信」」."""
    order = submission_with(SENT, FAILED, account=user.account, subject="お見積書")
    failed = order.faxes.get(status=FAILED)

    shown = page(client, status="error")

    assert shown.count("お見積書") == 1
    assert f'href="/history/sent/{order.token}/faxes/{failed.pk}/resend/"' in shown
    assert "3912-FAX番号が使用不可です" in shown


def test_a_fax_that_was_received_is_not_offered_again(client: Client, user: User) -> None:
    submission_with(SENT, account=user.account)

    assert "/resend/" not in page(client, status="ok")


def test_what_is_being_checked_is_found_as_in_process(client: Client, user: User) -> None:
    submission_with(UNCERTAIN, account=user.account, subject="確かめる")
    submission_with(HELD, account=user.account, subject="待つ")

    assert "確かめる" in page(client, status="in-process")
    assert "待つ" not in page(client, status="in-process")
    assert "待つ" in page(client, status="on-hold")


def test_nothing_found_is_said(client: Client, user: User) -> None:
    assert "条件に合うFAXはありません。" in page(client, subject="nowhere")


def test_what_is_found_is_text_and_not_markup(client: Client, user: User) -> None:
    order = submission_with(FAILED, account=user.account, subject="<b>x</b>")
    order.faxes.update(contact_name="<i>y</i>", company="<u>z</u>")

    shown = page(client, subject="<b>")

    assert "&lt;b&gt;x" in shown and "&lt;i&gt;y" in shown and "&lt;u&gt;z" in shown
    assert not [tag for tag in ["<b>", "<i>", "<u>"] if tag in shown]


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        (
            {"since": "2026-13-01", "until": "2026-01-01"},
            "since",
            "日付を「2026/01/31」のように入力してください。",
        ),
        (
            {"since": "0001-01-01", "until": "2026-01-01"},
            "since",
            "2000年から2099年までの日付を入力してください。",
        ),
        (
            {"since": "2026-01-01", "until": "9999-12-31"},
            "until",
            "2000年から2099年までの日付を入力してください。",
        ),
        ({"since": "", "until": "2026-01-01"}, "since", "開始日を入力してください。"),
        ({"since": "2026-01-01", "until": ""}, "until", "終了日を入力してください。"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "until", "終了日が開始日より前になっています。"),
    ],
)
def test_a_bad_date_is_told_at_its_field_and_the_rest_is_kept(
    client: Client, user: User, asked: dict[str, str], field: str, message: str
) -> None:
    submission_with(SENT, account=user.account, subject="お見積書")

    shown = page(client, subject="見積", number="03-11", status="ok", period="between", **asked)

    assert f'id="id_{field}_error"><p>{message}</p>' in shown
    for typed in ["見積", "03-11", *filter(None, asked.values())]:
        assert f'value="{typed}"' in shown
    assert '<option value="ok" selected>' in shown
    assert "お見積書" not in shown


@pytest.mark.parametrize("number", ["abc", "%", "1" * 30])
def test_what_is_no_number_is_told_at_its_field(client: Client, user: User, number: str) -> None:
    shown = page(client, number=number)

    assert 'id="id_number_error"><p>FAX番号またはその一部を' in shown
    assert f'value="{number}"' in shown


def test_one_day_is_a_period(client: Client, user: User) -> None:
    submission_with(SENT, account=user.account, subject="今日")
    answer = client.get(SEARCH, {"period": "since", "since": "2020/01/01"})

    assert "今日" in answer.content.decode()
    assert "今日" not in page(client, period="between", since="2020-01-01", until="2020-01-01")
    assert "今日" in page(client, period="any", since="2020-01-01", until="2020-01-01")


@pytest.mark.parametrize(
    "asked", [{"status": "x"}, {"period": "x"}, {"subject": "\x00"}, {"subject": "x" * 300}]
)
def test_made_up_conditions_find_nothing_and_break_nothing(
    client: Client, user: User, asked: dict[str, str]
) -> None:
    submission_with(SENT, account=user.account, subject="お見積書")
    answer = client.get(SEARCH, asked)

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "お見積書" not in answer.content.decode()


def test_older_faxes_are_one_link_away_and_the_conditions_are_kept(client: Client, user: User) -> None:
    submission_with(*[SENT] * (FOUND_A_PAGE + 1), account=user.account, subject="お見積書")
    first = client.get(SEARCH, {"subject": "見積", "status": "ok"})
    query = first.content.decode().split('rel="next" href="?')[1].split('"')[0].replace("&amp;", "&")

    asked = {name: values[0] for name, values in parse_qs(query).items()}
    second = client.get(SEARCH, asked)

    assert asked == {"subject": "見積", "status": "ok", "before": str(first.context["older"])}
    assert len(second.context["rows"]) == 1
    assert 'value="見積"' in second.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "", "9" * 30, "１"])
def test_a_made_up_place_in_the_result_is_not_found(client: Client, user: User, before: str) -> None:
    assert client.get(SEARCH, {"status": "all", "before": before}).status_code == 404


def test_a_page_takes_as_many_queries_whatever_is_found(
    client: Client, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The session, the user, the account, the faxes."""
    for _ in range(3):
        submission_with(SENT, FAILED, account=user.account)

    for asked in [{"subject": "nowhere"}, {"status": "all"}]:
        with django_assert_num_queries(4):
            client.get(SEARCH, asked)


def test_the_result_can_be_saved_as_csv(client: Client, user: User) -> None:
    submission_with(SENT, account=user.account, subject="お見積書")
    submission_with(FAILED, account=user.account, subject="ご請求書")

    answer = client.get(SEARCH, {"status": "error", "output": "csv"})

    assert answer.streaming
    content = answer.getvalue()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="sent-faxes.csv"'
    assert "no-store" in answer["Cache-Control"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert "ご請求書" in content.decode() and "お見積書" not in content.decode()


def test_a_csv_is_not_made_of_conditions_that_are_wrong(client: Client, user: User) -> None:
    answer = client.get(SEARCH, {"number": "abc", "output": "csv"})

    assert "id_number_error" in answer.content.decode()
