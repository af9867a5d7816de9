"""The list of sent faxes: what it says about an order, how it pages, what it reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from faxsend import history
from faxsend.history import SHOWN_AS, Shown
from faxsend.models import Submission
from faxsend.states import FINAL, FaxStatus
from tests.factories import AccountFactory, FaxFactory, submission_with

pytestmark = pytest.mark.django_db

QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED = FaxStatus


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ([QUEUED], Shown.IN_PROCESS),
        ([SENDING], Shown.IN_PROCESS),
        ([HELD], Shown.ON_HOLD),
        ([UNCERTAIN], Shown.CHECKING),
        ([SENT], Shown.OK),
        ([FAILED], Shown.ERROR),
        ([CANCELED], Shown.ERROR),
        ([SENT, SENT], Shown.OK),
        ([SENT, FAILED], Shown.ERROR),
        ([SENT, QUEUED], Shown.IN_PROCESS),
        ([FAILED, SENDING], Shown.IN_PROCESS),
        ([HELD, QUEUED], Shown.IN_PROCESS),
        ([HELD, UNCERTAIN, SENT], Shown.ON_HOLD),
        ([UNCERTAIN, SENT, FAILED], Shown.CHECKING),
    ],
)
def test_an_order_is_shown_by_what_its_faxes_are_doing(
    account: Account, statuses: list[FaxStatus], wanted: Shown
) -> None:
    submission = submission_with(*statuses, account=account)

    assert history.sent_faxes(account).rows[0].shown == wanted
    assert history.shown(history.one_submission(account, submission.token)) == wanted


def test_every_state_of_a_fax_has_a_word() -> None:
    assert set(SHOWN_AS) == set(FaxStatus)


def test_only_finished_states_read_as_a_result() -> None:
    assert {status for status, shown in SHOWN_AS.items() if shown in {Shown.OK, Shown.ERROR}} == FINAL


def test_a_single_send_shows_its_number_and_how_long_it_took(account: Account) -> None:
    submission = submission_with(account=account, open=1)
    FaxFactory.create(submission=submission, number="0081311112222", duration=timedelta(seconds=65))

    row = history.sent_faxes(account).rows[0]

    assert (row.number, row.duration) == ("03-1111-2222", timedelta(seconds=65))


def test_a_list_send_shows_no_number(account: Account) -> None:
    submission_with(SENT, SENT, account=account)

    assert history.sent_faxes(account).rows[0].number is None


def test_a_list_send_takes_as_long_as_its_faxes_together(account: Account) -> None:
    submission_with(SENT, FAILED, QUEUED, account=account)

    assert history.sent_faxes(account).rows[0].duration == timedelta(seconds=130)


def test_what_has_no_result_yet_has_taken_no_time(account: Account) -> None:
    submission_with(QUEUED, QUEUED, account=account)

    assert history.sent_faxes(account).rows[0].duration is None


def test_a_single_send_names_its_contact_and_a_list_nobody(account: Account) -> None:
    for statuses in [[SENT, SENT], [SENT]]:
        submission_with(*statuses, account=account).faxes.update(contact_name="山田太郎")

    assert [row.contact_name for row in history.sent_faxes(account).rows] == ["山田太郎", ""]


def test_an_order_names_its_newest_resends_and_counts_the_others(account: Account) -> None:
    order = submission_with(FAILED, account=account)
    resends = [submission_with(SENT, account=account, resent_from=order) for _ in range(7)]
    submission_with(SENT, account=account)

    named = history.resends_of(order)

    assert [one.submission for one in named.newest] == resends[:1:-1]
    assert named.others == 2


def test_a_resend_is_named_by_its_number_unless_it_is_a_list(account: Account) -> None:
    order = submission_with(FAILED, FAILED, account=account)
    single = submission_with(SENT, account=account, resent_from=order)
    single.faxes.update(number="0081311112222")
    submission_with(SENT, SENT, account=account, resent_from=order)

    assert [one.number for one in history.resends_of(order).newest] == [None, "03-1111-2222"]


def test_the_newest_comes_first(account: Account) -> None:
    now = timezone.now()
    tokens = [
        submission_with(SENT, account=account, created_at=now - timedelta(minutes=minutes)).token
        for minutes in [2, 0, 1]
    ]

    found = [row.submission.token for row in history.sent_faxes(account).rows]

    assert found == [tokens[1], tokens[2], tokens[0]]


@pytest.mark.parametrize("same_moment", [True, False])
def test_paging_meets_every_order_once(account: Account, same_moment: bool) -> None:
    now = timezone.now()
    ages = [0 if same_moment else number for number in range(120)]
    made = {submission_with(account=account, created_at=now - timedelta(seconds=age)).token for age in ages}

    seen, before = [], None
    while True:
        page = history.sent_faxes(account, before=before)
        seen += [row.submission.token for row in page.rows]
        before = page.older
        if before is None:
            break

    assert len(seen) == 120
    assert set(seen) == made


def test_a_full_last_page_has_nothing_older(account: Account) -> None:
    for _ in range(history.SUBMISSIONS_A_PAGE):
        submission_with(account=account)

    assert history.sent_faxes(account).older is None


def test_paging_is_a_row_comparison_that_the_index_answers(account: Account) -> None:
    submission = submission_with(account=account)

    with CaptureQueriesContext(connection) as queries:
        history.sent_faxes(account, before=submission.token)

    assert '("faxsend_submission"."created_at", "faxsend_submission"."id") < (' in queries[1]["sql"]


def test_another_accounts_orders_are_not_listed(account: Account) -> None:
    submission_with(SENT)

    assert history.sent_faxes(account).rows == ()


def test_another_accounts_order_is_no_place_to_go_on_from(account: Account) -> None:
    with pytest.raises(Submission.DoesNotExist):
        history.sent_faxes(account, before=submission_with(SENT).token)


def test_the_list_takes_two_queries_however_long_it_is(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for statuses in [[SENT], [QUEUED, HELD], [FAILED], [UNCERTAIN], [SENT, SENT, FAILED]] * 4:
        submission_with(*statuses, account=account)

    with django_assert_num_queries(2):
        rows = history.sent_faxes(account).rows
        assert [row.submission.pages.count for row in rows] == [1] * 20


def test_the_list_reads_no_sealed_bytes(account: Account) -> None:
    submission_with(SENT, account=account)

    with CaptureQueriesContext(connection) as queries:
        history.sent_faxes(account)

    assert queries
    assert not [query["sql"] for query in queries if '"tiff"' in query["sql"]]


def test_the_faxes_of_a_list_are_read_in_parts(account: Account) -> None:
    submission = submission_with(*[SENT] * (history.FAXES_A_PAGE + 3), account=account)

    first, following = history.faxes_of(submission)
    assert following is not None
    rest, nothing = history.faxes_of(submission, after=following)

    assert [fax.pk for fax in first + rest] == sorted(fax.pk for fax in submission.faxes.all())
    assert (len(rest), nothing) == (3, None)


def test_the_faxes_of_a_list_are_read_without_their_calls(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    submission = submission_with(SENT, SENT, FAILED, account=account)

    with django_assert_num_queries(1):
        assert len(history.faxes_of(submission)[0]) == 3
