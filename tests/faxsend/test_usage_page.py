"""アカウント管理 → 利用明細(送信サービス): the page and the CSV file of a month."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from faxsend import delivery, holding
from faxsend.carriers import Outcome
from faxsend.models import AccountMonth, Fax, Submission
from faxsend.results import OK
from tests.factories import AccountFactory, TariffFactory, UserFactory
from tests.faxsend.factories import ordered

pytestmark = pytest.mark.django_db

USAGE = "/billing/"
TOKYO, ABROAD = "0081311112222", "0012125550100"
NEW_YEAR_IN_JAPAN = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Noon of December 10 in Japan."""
    with time_machine.travel(datetime(2026, 12, 10, 3, 0, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def account(clock: time_machine.Traveller) -> Account:
    TariffFactory.create(prefix="0081", yen_per_page=20)
    TariffFactory.create(prefix="", yen_per_page=Decimal("100.5"))
    account = AccountFactory.create(credit_limit=10_000)
    Account.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    account.refresh_from_db()
    return account


@pytest.fixture
def user(account: Account, client: Client) -> User:
    user = UserFactory.create(account=account)
    client.force_login(user)
    return user


def sent(order: Submission, *, pages: int) -> None:
    """All of it arrives at once."""
    for _ in range(order.faxes.count()):
        attempt = delivery.claim_next(1)
        assert attempt is not None and attempt.fax.submission_id == order.pk
        delivery.record(attempt, Outcome(code=OK, pages_confirmed=pages, duration=timedelta(seconds=30)))


def page(client: Client, language: str = "ja") -> str:
    return client.get(USAGE, headers={"accept-language": language}).content.decode()


def table(client: Client, month: str) -> list[list[str]]:
    """The lines of a month's CSV file below its head."""
    content = client.get(f"{USAGE}{month}.csv").getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    for path in (USAGE, f"{USAGE}2026-12.csv"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_the_page_says_what_may_be_spent_what_was_and_what_is_left(
    client: Client, user: User, account: Account
) -> None:
    """Product 8: 現在の状況 (与信額, 当月利用分, 現在の与信残)."""
    sent(ordered(account, TOKYO, ABROAD, pages=3), pages=3)
    ordered(account, TOKYO, pages=5)

    shown = page(client)

    assert "現在の状況" in shown
    for label, amount in [("与信額", "10,000円"), ("当月利用分", "461.50円"), ("現在の与信残", "9,538.50円")]:
        assert f"<dt>{label}</dt><dd>{amount}" in shown
    assert "うち処理中のFAXの分 100円" in shown


def test_an_account_without_a_limit_has_no_limit_anywhere(
    client: Client, user: User, account: Account
) -> None:
    Account.objects.update(credit_limit=None)

    shown = page(client)

    assert "<dt>与信額</dt><dd>制限なし</dd>" in shown
    assert "<dt>現在の与信残</dt><dd>制限なし</dd>" in shown


def test_a_limit_that_was_lowered_leaves_nothing_not_less(
    client: Client, user: User, account: Account
) -> None:
    ordered(account, TOKYO, pages=5)
    Account.objects.update(credit_limit=50)

    assert "<dt>現在の与信残</dt><dd>0円</dd>" in page(client)


def test_english_is_complete(client: Client, user: User, account: Account) -> None:
    Account.objects.update(language="en")
    ordered(account, TOKYO, pages=5)

    shown = page(client, "en")

    assert "<dt>Remaining credit</dt><dd>9,900 yen</dd>" in shown
    assert "December 2026" in shown


def test_the_menu_leads_to_it(client: Client, user: User) -> None:
    shown = page(client)

    assert "アカウント管理</p>" in shown
    assert shown.count('aria-current="page"') == 1
    assert 'aria-current="page">利用明細(送信サービス)</a>' in shown


def test_a_csv_has_one_line_a_fax(client: Client, user: User, account: Account) -> None:
    order = ordered(account, TOKYO, pages=3, subject="お見積書")
    Fax.objects.update(contact_name="佐藤", company="株式会社さくら")
    sent(order, pages=3)
    fax = order.faxes.get()

    answer = client.get(f"{USAGE}2026-12.csv")

    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="fax-usage-2026-12.csv"'
    assert "no-store" in answer["Cache-Control"]
    head, line = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline=""))
    assert dict(zip(head, line, strict=True)) == {
        "送信日時(日本時間)": "2026/12/10 12:00:00",
        "完了日時(日本時間)": "2026/12/10 12:00:00",
        "件名": "お見積書",
        "FAX番号": "03-1111-2222",
        "担当者": "佐藤",
        "会社名": "株式会社さくら",
        "送信ページ数": "3",
        "単価(円/ページ)": "20",
        "金額(円)": "60",
        "ステータス": "OK",
        "送信結果": "",
        "トランザクションID": str(fax.pk),
    }


def test_a_subject_is_no_formula(client: Client, user: User, account: Account) -> None:
    ordered(account, TOKYO, subject="=HYPERLINK(1)")

    assert table(client, "2026-12")[0][2] == "'=HYPERLINK(1)"


def test_a_month_is_that_of_japan_whatever_the_zone_of_the_account(
    client: Client, user: User, account: Account, clock: time_machine.Traveller
) -> None:
    Account.objects.update(time_zone="America/New_York")
    clock.move_to(NEW_YEAR_IN_JAPAN - A_SECOND)
    ordered(account, TOKYO, subject="old")
    clock.move_to(NEW_YEAR_IN_JAPAN)
    ordered(account, TOKYO, subject="new")
    client.force_login(user)

    assert [(line[0], line[2]) for line in table(client, "2026-12")] == [("2026/12/31 23:59:59", "old")]
    assert [(line[0], line[2]) for line in table(client, "2027-01")] == [("2027/01/01 00:00:00", "new")]


def test_what_was_on_hold_over_midnight_stands_in_the_month_that_pays_and_the_sums_agree(
    client: Client, user: User, account: Account, clock: time_machine.Traveller
) -> None:
    clock.move_to(NEW_YEAR_IN_JAPAN - A_SECOND)
    sent(ordered(account, TOKYO, subject="december"), pages=1)
    client.force_login(user)
    Account.objects.update(credit_limit=40)
    order = ordered(account, TOKYO, pages=2, subject="january")
    assert [line[2:3] + line[8:11] for line in table(client, "2026-12")] == [
        ["december", "20", "OK", ""],
        ["january", "0", "保留中", "'-22-与信限度額に達したため保留中です"],
    ]

    clock.move_to(NEW_YEAR_IN_JAPAN)
    holding.look()
    sent(order, pages=2)

    for month, charged in [("2026-12", 20), ("2027-01", 40)]:
        lines = table(client, month)
        assert sum(Decimal(line[8]) for line in lines) == charged
        assert AccountMonth.objects.get(month=date.fromisoformat(f"{month}-01")).charged == charged


def test_an_order_that_found_no_credit_stays_in_the_month_of_its_order(
    client: Client, user: User, account: Account, clock: time_machine.Traveller
) -> None:
    Account.objects.update(credit_limit=0)
    ordered(account, TOKYO)
    clock.shift(timedelta(hours=25))
    holding.look()
    client.force_login(user)

    (line,) = table(client, "2026-12")
    assert line[8:11] == ["0", "エラー", "205000-与信限度額を超えています"]


def test_of_a_month_whose_details_are_gone_the_total_stays(
    client: Client, user: User, account: Account
) -> None:
    AccountMonth.objects.create(account=account, month=date(2026, 10, 1), charged=1234)
    AccountMonth.objects.create(account=account, month=date(2026, 11, 1), charged=55)

    shown = page(client)

    assert [month in shown for month in ("2026年12月", "2026年11月", "2026年10月")] == [True] * 3
    assert "1,234円" in shown
    assert f'href="{USAGE}2026-11.csv"' in shown and f'href="{USAGE}2026-10.csv"' not in shown
    assert "保存期間が過ぎたため" in shown
    assert table(client, "2026-11") == []
    assert table(client, "2026-10") == [["この月の明細は削除されました。合計: 1,234円"]]


@pytest.mark.parametrize("month", ["2026-10", "2027-01", "2026-13", "2026-0", "99999-1"])
def test_there_is_no_file_of_a_month_in_which_nothing_was(client: Client, user: User, month: str) -> None:
    assert client.get(f"{USAGE}{month}.csv").status_code == 404


def test_nothing_of_another_account_is_shown(client: Client, user: User, account: Account) -> None:
    other = AccountFactory.create(credit_limit=77_777)
    sent(ordered(other, TOKYO, pages=7, subject="secret"), pages=7)
    AccountMonth.objects.create(account=other, month=date(2026, 1, 1), charged=333)
    Account.objects.filter(pk=other.pk).update(credit_limit=1)
    ordered(other, TOKYO)

    shown = page(client)

    for foreign in ("77,777", "140円", "333円", "2026年1月", "保留中"):
        assert foreign not in shown
    assert table(client, "2026-12") == []
    assert client.get(f"{USAGE}2026-01.csv").status_code == 404


def test_a_long_month_takes_as_many_queries_as_a_short_one_and_reads_no_sealed_bytes(
    client: Client, user: User, account: Account
) -> None:
    ordered(account, *[f"00813{number:08}" for number in range(300)])

    with CaptureQueriesContext(connection) as queries:
        assert len(table(client, "2026-12")) == 300

    assert len(queries) < 10
    assert not any("tiff" in query["sql"] for query in queries)


def test_an_order_on_hold_says_why_and_how_it_goes_on(client: Client, user: User, account: Account) -> None:
    Account.objects.update(credit_limit=10)
    order = ordered(account, TOKYO)

    for path in (order.get_absolute_url(), USAGE, "/history/sent/"):
        shown = client.get(path).content.decode()
        assert "与信限度額" in shown and "保留中" in shown
        assert "24時間" in shown
    assert f'href="{USAGE}"' in client.get(order.get_absolute_url()).content.decode()


def test_an_order_that_goes_says_nothing_of_credit(client: Client, user: User, account: Account) -> None:
    order = ordered(account, TOKYO)

    for path in (order.get_absolute_url(), "/history/sent/"):
        assert "与信限度額" not in client.get(path).content.decode()
