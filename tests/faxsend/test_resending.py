"""What a resend (再送信) makes of an order."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from faxsend import resending
from faxsend.models import Fax, Submission
from faxsend.resending import NothingToResend, PagesNotStored, What
from faxsend.states import FaxStatus
from tests.factories import AccountFactory, SendingPropertiesFactory, submission_with
from tests.faxsend.factories import failed_list

pytestmark = pytest.mark.django_db

QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED = FaxStatus
ONCE = "a-form-that-was-shown-once"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def resend(order: Submission, what: What, once: str = ONCE) -> tuple[Submission, ...]:
    return resending.resend(order.account, order.token, what, once=once)


def test_only_the_failed_faxes_are_sent_again_each_as_a_single_send(account: Account) -> None:
    order = failed_list(account, "0081311112222", "0081311113333", sent=1)

    made = resend(order, What.FAILED)

    assert [(one.open, one.ok, one.failed, one.completed_at) for one in made] == [(1, 0, 0, None)] * 2
    assert [one.faxes.get().number for one in made] == ["0081311112222", "0081311113333"]


def test_all_faxes_are_sent_again_as_one_list_send(account: Account) -> None:
    order = failed_list(account, "0081311112222", "0081311113333", sent=1)

    (made,) = resend(order, What.ALL)

    assert (made.open, made.ok, made.failed, made.completed_at) == (3, 0, 0, None)
    numbers = set(order.faxes.values_list("number", flat=True))
    assert set(made.faxes.values_list("number", flat=True)) == numbers


def test_one_fax_of_a_list_is_sent_again_as_a_single_send(account: Account) -> None:
    order = failed_list(account, "0081311112222", "0081311113333")
    fax = order.faxes.earliest("pk")

    (made,) = resending.resend_fax(account, order.token, fax.pk, once=ONCE)

    assert (made.open, made.faxes.get().number) == (1, "0081311112222")


def test_a_resend_points_to_the_same_pages_and_to_the_order_it_repeats(account: Account) -> None:
    order = failed_list(
        account,
        "0081311112222",
        sender="sender@example.com",
        from_address="from@example.com",
        reply_to="reply@example.com",
        subject="お見積書",
        encrypted=True,
        signed=True,
    )

    (made,) = resend(order, What.FAILED)

    made.refresh_from_db()
    same = ["account_id", "pages_id", "sender", "from_address", "reply_to", "subject", "encrypted", "signed"]
    assert [getattr(made, name) for name in same] == [getattr(order, name) for name in same]
    assert made.resent_from_id == order.pk
    assert made.token != order.token


@pytest.mark.parametrize("what", What)
def test_a_resent_fax_keeps_its_contact_and_begins_anew(account: Account, what: What) -> None:
    order = failed_list(account, "0081311112222", "0081311113333")

    faxes = Fax.objects.filter(submission__in=resend(order, what)).order_by("number")

    assert [(fax.contact_name, fax.company) for fax in faxes] == [("担当0", "会社0"), ("担当1", "会社1")]
    assert {(fax.status, fax.result_code, fax.attempts_made) for fax in faxes} == {(QUEUED, None, 0)}
    assert {fax.account_id for fax in faxes} == {account.pk}


@pytest.mark.parametrize("what", What)
def test_it_is_sent_as_the_order_was_whatever_the_account_has_chosen_since(
    account: Account, what: What
) -> None:
    order = failed_list(
        account, "0081311112222", max_attempts=2, retry_interval=7, page_header="{From} → {To}"
    )
    SendingPropertiesFactory.create(
        account=account, max_attempts=6, retry_interval=10, page_header="経理部", resolution="standard"
    )

    (made,) = resend(order, what)

    assert (made.max_attempts, made.retry_interval, made.page_header) == (2, 7, "{From} → {To}")
    assert made.pages.resolution == "fine"


@pytest.mark.parametrize("what", What)
def test_what_was_sent_later_is_sent_again_at_once(account: Account, what: What) -> None:
    order = failed_list(account, "0081311112222", send_at=timezone.now() + timedelta(days=3))

    (made,) = resend(order, what)

    assert made.send_at is None
    assert made.faxes.get().next_attempt_at <= timezone.now()


def test_a_canceled_fax_counts_as_an_error(account: Account) -> None:
    order = submission_with(CANCELED, SENT, account=account)

    (made,) = resend(order, What.FAILED)

    assert made.faxes.get().number == order.faxes.get(status=CANCELED).number


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ([SENT], [What.ALL]),
        ([FAILED], [What.FAILED, What.ALL]),
        ([SENT, SENT], [What.ALL]),
        ([SENT, CANCELED], [What.FAILED, What.ALL]),
        ([FAILED, QUEUED], [What.FAILED]),
        ([FAILED, UNCERTAIN], [What.FAILED]),
        ([SENT, SENDING], []),
        ([HELD], []),
        ([], []),
    ],
)
def test_what_is_offered_follows_from_what_has_ended(
    account: Account, statuses: list[FaxStatus], wanted: list[What]
) -> None:
    assert list(resending.offered(submission_with(*statuses, account=account))) == wanted


@pytest.mark.parametrize(
    ("statuses", "what"), [([FAILED, QUEUED], What.ALL), ([SENT, SENT], What.FAILED), ([QUEUED], What.FAILED)]
)
def test_what_is_not_offered_is_not_sent(account: Account, statuses: list[FaxStatus], what: What) -> None:
    order = submission_with(*statuses, account=account)

    with pytest.raises(NothingToResend):
        resend(order, what)

    assert Submission.objects.count() == 1


def test_of_an_order_in_process_only_the_failed_faxes_go_again(account: Account) -> None:
    order = submission_with(FAILED, QUEUED, UNCERTAIN, account=account)

    (made,) = resend(order, What.FAILED)

    assert made.faxes.get().number == order.faxes.get(status=FAILED).number


@pytest.mark.parametrize("what", What)
def test_an_order_of_which_retention_has_taken_faxes_is_not_sent_again_in_part(
    account: Account, what: What
) -> None:
    original = submission_with(FAILED, FAILED, SENT, account=account)
    original.faxes.filter(status=FAILED).order_by("pk")[0].delete()
    with pytest.raises(PagesNotStored):
        resending.resend(account, original.token, what, once="a")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("status", [QUEUED, HELD, SENDING, UNCERTAIN, SENT])
def test_a_fax_that_has_not_failed_is_not_sent_again_alone(account: Account, status: FaxStatus) -> None:
    order = submission_with(status, FAILED, account=account)
    fax = order.faxes.get(status=status)

    with pytest.raises(NothingToResend):
        resending.resend_fax(account, order.token, fax.pk, once=ONCE)


@pytest.mark.parametrize("what", What)
def test_the_same_form_sent_twice_is_one_resend(account: Account, what: What) -> None:
    order = failed_list(account, "0081311112222", "0081311113333")

    first, second = resend(order, what), resend(order, what)

    assert [one.pk for one in first] == [one.pk for one in second]
    assert Submission.objects.filter(resent_from=order).count() == len(first)


def test_one_fax_of_a_list_goes_again_once_a_form(account: Account) -> None:
    order = failed_list(account, "0081311112222", "0081311113333")
    fax = order.faxes.earliest("pk")

    made = [resending.resend_fax(account, order.token, fax.pk, once=ONCE) for _ in range(2)]

    assert made[0] == made[1]
    assert Submission.objects.filter(resent_from=order).count() == 1


def test_another_form_is_another_resend(account: Account) -> None:
    order = failed_list(account, "0081311112222")

    assert resend(order, What.ALL, "first") != resend(order, What.ALL, "second")


def test_a_failed_fax_whose_resend_is_on_its_way_or_has_arrived_is_not_sent_again(account: Account) -> None:
    order = failed_list(account, "0081311112222", "0081311113333")
    first, second = resend(order, What.FAILED, "first")
    with pytest.raises(NothingToResend):
        resend(order, What.FAILED, "second")
    first.faxes.update(status=FaxStatus.SENT)
    second.faxes.update(status=FaxStatus.FAILED)

    assert [one.faxes.get().number for one in resend(order, What.FAILED, "third")] == ["0081311113333"]


def test_the_memory_of_a_form_ends_after_a_day(account: Account) -> None:
    order = failed_list(account, "0081311112222")
    first = resend(order, What.ALL)
    Submission.objects.filter(resent_from=order).update(created_at=timezone.now() - timedelta(hours=25))

    assert resend(order, What.ALL) != first


def test_the_same_form_twice_at_once_is_one_resend(transactional_db: None) -> None:
    order = failed_list(AccountFactory.create(), "0081311112222", "0081311113333")
    start = threading.Barrier(4)

    def press() -> None:
        start.wait()
        resend(order, What.FAILED)
        connections.close_all()

    hands = [threading.Thread(target=press) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    assert Submission.objects.filter(resent_from=order).count() == 2


def test_another_accounts_order_cannot_be_sent_again(account: Account) -> None:
    strange = failed_list(AccountFactory.create(), "0081311112222")

    with pytest.raises(Submission.DoesNotExist):
        resending.resend(account, strange.token, What.FAILED, once=ONCE)
    with pytest.raises(Submission.DoesNotExist):
        resending.resend_fax(account, strange.token, strange.faxes.get().pk, once=ONCE)


def test_a_fax_belongs_to_its_order(account: Account) -> None:
    order, other = failed_list(account, "0081311112222"), failed_list(account, "0081311113333")

    with pytest.raises(Fax.DoesNotExist):
        resending.resend_fax(account, order.token, other.faxes.get().pk, once=ONCE)


def test_a_long_list_takes_as_many_queries_as_a_short_one(account: Account) -> None:
    counts = []
    for length in [2, 40]:
        order = submission_with(*[FAILED] * length, account=account)
        with CaptureQueriesContext(connection) as queries:
            resend(order, What.FAILED)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_no_sealed_bytes_are_read(account: Account) -> None:
    order = failed_list(account, "0081311112222")

    with CaptureQueriesContext(connection) as queries:
        resend(order, What.FAILED)

    assert not [query["sql"] for query in queries if '"tiff"' in query["sql"]]
