"""送信履歴の検索: which faxes are found, and what finding them costs; the same as CSV."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from faxsend.models import Fax, Submission
from faxsend.partial_numbers import read_partial_number
from faxsend.search_export import csv_lines
from faxsend.searching import FOUND_A_PAGE, MEANS, Question, Searched, search
from faxsend.states import FaxStatus
from tests.factories import AccountFactory, FaxFactory, submission_with

pytestmark = pytest.mark.django_db

QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED = FaxStatus
TOKYO = "0081311112222"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def found(account: Account, **asked: Any) -> list[Fax]:
    return list(search(account, Question(**asked)).faxes)


def fax_to(number: str, account: Account, **facts: Any) -> Fax:
    return FaxFactory.create(submission=submission_with(account=account, open=1), number=number, **facts)


def records(account: Account, **options: Any) -> list[list[str]]:
    text = "".join(csv_lines(account, Question(), **options))
    return list(csv.reader(text.removeprefix("\ufeff").splitlines()))


def test_single_faxes_are_found_the_newest_first(account: Account) -> None:
    faxes = [*submission_with(SENT, FAILED, account=account).faxes.order_by("pk")]
    faxes += submission_with(QUEUED, account=account).faxes.all()

    assert found(account) == faxes[::-1]


def test_another_accounts_faxes_are_never_found(account: Account) -> None:
    submission_with(SENT, FAILED)

    assert found(account) == []
    assert len(records(account)) == 1


@pytest.mark.parametrize("typed", ["見積", "お見積書", "MAIL", "2026"])
def test_a_subject_is_found_by_a_part_of_it_whatever_the_case(account: Account, typed: str) -> None:
    submission_with(SENT, account=account, subject="お見積書 2026 by mail")
    submission_with(SENT, account=account, subject="ご請求書")

    assert [fax.submission.subject for fax in found(account, subject=typed)] == ["お見積書 2026 by mail"]


@pytest.mark.parametrize("character", ["%", "_", "\\", "'", "*"])
def test_a_wildcard_in_a_subject_is_an_ordinary_character(account: Account, character: str) -> None:
    submission_with(SENT, account=account, subject="100")
    submission_with(SENT, account=account, subject=f"10{character}0")

    assert [fax.submission.subject for fax in found(account, subject=character)] == [f"10{character}0"]


@pytest.mark.parametrize("typed", ["03-1111", "0081-3", "+81 3-1111", "1111-2222", "０３−１１１１"])
def test_a_number_is_found_as_it_is_typed(account: Account, typed: str) -> None:
    wanted = fax_to(TOKYO, account)
    fax_to("0081663335555", account)

    assert found(account, number=read_partial_number(typed)) == [wanted]


def test_an_order_is_found_by_its_reply_address(account: Account) -> None:
    named = submission_with(SENT, account=account, reply_to="Reply@example.jp", from_address="a@example.jp")
    unnamed = submission_with(SENT, account=account, from_address="reply@example.jp")
    submission_with(SENT, account=account, reply_to="other@example.jp", from_address="reply@example.jp")

    assert {fax.submission_id for fax in found(account, reply_to="reply@example.jp")} == {
        named.pk,
        unnamed.pk,
    }


@pytest.mark.parametrize(
    ("searched", "statuses"),
    [
        (None, {QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED}),
        (Searched.OK, {SENT}),
        (Searched.ERROR, {FAILED, CANCELED}),
        (Searched.IN_PROCESS, {QUEUED, SENDING, UNCERTAIN}),
        (Searched.ON_HOLD, {HELD}),
    ],
)
def test_faxes_are_found_by_the_word_that_is_shown_for_them(
    account: Account, searched: Searched | None, statuses: set[FaxStatus]
) -> None:
    submission_with(*FaxStatus, account=account)

    assert {FaxStatus(fax.status) for fax in found(account, status=searched)} == statuses


def test_no_state_is_left_out_of_the_search() -> None:
    assert set(MEANS) == set(Searched)


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (date(2026, 1, 15), date(2026, 1, 15), ["begins", "ends"]),
        (date(2026, 1, 15), None, ["begins", "ends", "after"]),
        (date(2026, 1, 16), None, ["after"]),
        (None, date(2026, 1, 14), ["before"]),
        (None, None, ["before", "begins", "ends", "after"]),
    ],
)
def test_days_are_those_of_the_account_and_both_count(
    account: Account, first: date | None, last: date | None, wanted: list[str]
) -> None:
    """The 15th of January in Tokyo is 14th 15:00 to 15th 15:00 in UTC."""
    moments = {
        "before": datetime(2026, 1, 14, 14, 59, 59, tzinfo=UTC),
        "begins": datetime(2026, 1, 14, 15, 0, tzinfo=UTC),
        "ends": datetime(2026, 1, 15, 14, 59, 59, tzinfo=UTC),
        "after": datetime(2026, 1, 15, 15, 0, tzinfo=UTC),
    }
    for subject, moment in moments.items():
        submission_with(SENT, account=account, subject=subject, created_at=moment)

    assert [fax.submission.subject for fax in found(account, first=first, last=last)] == wanted[::-1]


def test_all_that_is_asked_must_fit(account: Account) -> None:
    submission_with(SENT, FAILED, account=account, subject="見積")
    submission_with(FAILED, account=account, subject="請求")

    (fax,) = found(account, subject="見積", status=Searched.ERROR)

    assert (fax.submission.subject, fax.status) == ("見積", FAILED)


def test_paging_meets_every_fax_once(account: Account) -> None:
    order = submission_with(*[SENT] * (2 * FOUND_A_PAGE + 3), account=account)
    seen: list[int] = []
    before = None
    while True:
        part = search(account, Question(), before=before)
        seen += [fax.pk for fax in part.faxes]
        before = part.older
        if before is None:
            break

    assert seen == sorted((fax.pk for fax in order.faxes.all()), reverse=True)


def test_a_full_last_page_has_nothing_older(account: Account) -> None:
    submission_with(*[SENT] * FOUND_A_PAGE, account=account)

    assert search(account, Question()).older is None


def test_a_page_of_the_result_is_one_query(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        submission_with(SENT, FAILED, account=account)

    with django_assert_num_queries(1):
        assert [fax.submission.pages.count for fax in found(account, subject="見積")] == [1] * 8


def test_no_sealed_bytes_are_read(account: Account) -> None:
    submission_with(SENT, account=account)

    with CaptureQueriesContext(connection) as queries:
        found(account)
        records(account)

    assert len(queries) == 2
    assert not [query["sql"] for query in queries if '"tiff"' in query["sql"]]


def test_the_csv_holds_every_fax_and_what_became_of_it(account: Account) -> None:
    moment = datetime(2026, 1, 15, 3, 4, 5, tzinfo=UTC)
    order = submission_with(
        FAILED, account=account, subject="見積", created_at=moment, reply_to="r@example.jp"
    )
    order.faxes.update(number=TOKYO, contact_name="山田", company="山田商事", completed_at=moment)

    head, row = records(account)

    assert dict(zip(head, row, strict=True)) == {
        "トランザクションID": str(order.faxes.get().pk),
        "ステータス": "エラー",
        "件名": "見積",
        "FAX番号": "03-1111-2222",
        "担当者": "山田",
        "会社名": "山田商事",
        "リプライアドレス": "r@example.jp",
        "送信日時": "2026/01/15 12:04:05",
        "完了日時": "2026/01/15 12:04:05",
        "送信ページ数": "0",
        "送信時間(秒)": "65",
        "送信結果": "3912-FAX番号が使用不可です",
        "相手先ID": "",
    }


def test_the_csv_holds_more_than_a_page(account: Account) -> None:
    submission_with(*[SENT] * (FOUND_A_PAGE + 5), account=account)

    assert len(records(account)) == 1 + FOUND_A_PAGE + 5


@pytest.mark.parametrize("subject", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1+1"])
def test_no_cell_of_the_csv_is_worked_out_by_a_spreadsheet(account: Account, subject: str) -> None:
    submission_with(SENT, account=account, subject=subject)

    cell = records(account)[1][2]

    assert cell == "'" + subject.strip()


def test_a_csv_that_is_cut_off_says_so(account: Account) -> None:
    submission_with(SENT, SENT, SENT, account=account)

    rows = records(account, most=2)

    assert len(rows) == 4
    assert rows[-1] == ["新しい順に2件までを出力しました。"]
    assert len(records(account, most=3)) == 4
    assert len(records(account, most=3)[-1]) == len(rows[0])


def test_the_csv_speaks_the_accounts_language_whoever_reads_on() -> None:
    account = AccountFactory.create(language="en")
    submission_with(FAILED, account=account)

    with translation.override("ja"):
        head, row = records(account)
        assert translation.get_language() == "ja"

    assert (head[1], row[1]) == ("Status", "Error")


def test_a_search_reads_only_the_rows_it_shows(account: Account) -> None:
    submission_with(*[SENT] * 5, account=account)
    Submission.objects.update(subject="x" * 1000)

    with CaptureQueriesContext(connection) as queries:
        found(account)

    assert f"LIMIT {FOUND_A_PAGE + 1}" in queries[0]["sql"]
