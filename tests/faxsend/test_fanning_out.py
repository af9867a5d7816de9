"""Lists become their entries, and every number is sent to once: what an order's targets are in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from faxsend.commands import Instructions
from faxsend.expanding import MAX_FAXES, Expansion, expand
from faxsend.fanning_out import fan_out, fan_out_again
from faxsend.models import Contact, ContactList, Fax, Submission
from faxsend.states import FaxStatus
from faxsend.targets import Target, ToList, ToNumber
from notifications.refusals import EmptyList, TooManyRecipients
from tests.factories import AccountFactory, ContactListFactory, PagesFactory, SubmissionFactory, TariffFactory

pytestmark = pytest.mark.django_db

TOKYO, OSAKA, NAGOYA = "0081311112222", "0081611112222", "0081521112222"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def list_of(account: Account, name: str, *entries: tuple[str, str, str]) -> ContactList:
    contact_list = ContactListFactory.create(account=account, name=name)
    Contact.objects.bulk_create(
        Contact(contact_list=contact_list, number=number, name=person, company=company)
        for number, person, company in entries
    )
    return contact_list


def filled(account: Account, name: str, numbers: range) -> None:
    list_of(account, name, *((f"00813{number:08}", "", "") for number in numbers))


def order_of(account: Account, *targets: Target) -> Submission:
    submission = SubmissionFactory.build(account=account, pages=PagesFactory.create(account=account))
    fan_out(submission, expand(account, Instructions(targets, None, "", "")))
    return submission


def faxes_of(submission: Submission) -> list[tuple[str, str, str]]:
    """In the order in which they are called."""
    return list(submission.faxes.order_by("pk").values_list("number", "contact_name", "company"))


def test_a_number_is_its_own_destination(account: Account) -> None:
    order = order_of(account, ToNumber(TOKYO))
    assert faxes_of(order) == [(TOKYO, "", "")]
    assert (order.open, order.duplicates) == (1, 0)


def test_a_list_is_its_entries_with_their_names_in_their_order(account: Account) -> None:
    list_of(account, "members", (TOKYO, "山田", "山田商店"), (OSAKA, "", ""), (NAGOYA, "佐藤", ""))
    order = order_of(account, ToList("members"))
    assert faxes_of(order) == [(TOKYO, "山田", "山田商店"), (OSAKA, "", ""), (NAGOYA, "佐藤", "")]
    assert (order.open, order.duplicates) == (3, 0)


def test_lists_and_numbers_come_in_the_order_of_the_mail(account: Account) -> None:
    """「!*list=リスト名1*!;!*list=リスト名2*!;!*送信先FAX番号1*!」"""
    list_of(account, "first", (TOKYO, "", ""))
    list_of(account, "second", (OSAKA, "", ""))
    order = order_of(account, ToList("second"), ToNumber(NAGOYA), ToList("first"))
    assert [number for number, _name, _company in faxes_of(order)] == [OSAKA, NAGOYA, TOKYO]


def test_every_number_is_sent_to_once_and_the_others_are_counted(account: Account) -> None:
    list_of(account, "a", (TOKYO, "山田", ""), (OSAKA, "佐藤", ""))
    list_of(account, "b", (OSAKA, "鈴木", ""), (NAGOYA, "", ""))
    targets: list[Target] = [ToNumber(NAGOYA), ToList("a"), ToList("b"), ToList("A"), ToNumber(TOKYO)]
    order = order_of(account, *targets)
    assert faxes_of(order) == [(NAGOYA, "", ""), (TOKYO, "山田", ""), (OSAKA, "佐藤", "")]
    assert (order.open, Submission.objects.get().duplicates) == (3, 5)


def test_a_number_named_alone_gets_the_name_that_a_list_knows(account: Account) -> None:
    list_of(account, "a", (OSAKA, "佐藤", "佐藤商店"))
    orders: list[list[Target]] = [
        [ToNumber(OSAKA), ToNumber(TOKYO), ToList("a")],
        [ToList("a"), ToNumber(OSAKA)],
    ]
    for targets in orders:
        assert faxes_of(order_of(account, *targets))[0] == (OSAKA, "佐藤", "佐藤商店")


def test_the_first_list_that_has_a_number_names_it_even_without_a_name(account: Account) -> None:
    list_of(account, "a", (OSAKA, "", ""))
    list_of(account, "b", (OSAKA, "鈴木", ""))
    assert faxes_of(order_of(account, ToList("a"), ToList("b"))) == [(OSAKA, "", "")]
    assert faxes_of(order_of(account, ToList("b"), ToList("a"))) == [(OSAKA, "鈴木", "")]


def test_twenty_thousand_faxes_are_one_submission_and_one_more_is_too_many(account: Account) -> None:
    filled(account, "a", range(MAX_FAXES - 1))
    filled(account, "b", range(100))
    targets: list[Target] = [ToList("a"), ToList("b"), ToNumber("0081399999999")]
    order = order_of(account, *targets)
    assert (order.open, order.duplicates, order.faxes.count()) == (20_000, 100, 20_000)
    with pytest.raises(TooManyRecipients):
        order_of(account, *targets, ToNumber("0081399999998"))
    assert (Submission.objects.count(), Fax.objects.count()) == (1, 20_000)


def test_lists_that_are_emptied_before_they_are_read_make_no_order(account: Account) -> None:
    """An order without faxes would never end."""
    found = Expansion((list_of(account, "members").pk,), written=3)
    with pytest.raises(EmptyList):
        fan_out(SubmissionFactory.build(account=account, pages=PagesFactory.create(account=account)), found)
    assert not Submission.objects.exists()


def test_a_fax_costs_what_the_longest_prefix_says(account: Account) -> None:
    TariffFactory.create(prefix="0081", yen_per_page=20)
    TariffFactory.create(prefix="00813", yen_per_page=15)
    list_of(account, "members", (TOKYO, "", ""), (OSAKA, "", ""), ("0099999990000", "", ""))
    order = order_of(account, ToList("members"))
    assert list(order.faxes.order_by("pk").values_list("price", flat=True)) == [15, 20, 0]


def test_faxes_are_due_at_once_or_when_the_order_says(account: Account) -> None:
    assert order_of(account, ToNumber(TOKYO)).faxes.get().next_attempt_at <= timezone.now()
    later = timezone.now() + timedelta(days=1)
    order = SubmissionFactory.build(
        account=account, pages=PagesFactory.create(account=account), send_at=later
    )
    fan_out(order, Expansion((TOKYO,), written=1))
    assert order.faxes.get().next_attempt_at == later


def test_a_new_fax_is_what_django_would_have_made(account: Account) -> None:
    """The statement fills all columns, those of tomorrow too."""
    order = order_of(account, ToNumber(TOKYO))
    made = order.faxes.get()
    ours = Fax(
        submission=order,
        account=account,
        number=TOKYO,
        created_at=order.created_at,
        next_attempt_at=order.created_at,
    )
    for field in Fax._meta.concrete_fields:
        if not field.primary_key:
            assert getattr(made, field.attname) == getattr(ours, field.attname), field.name


def test_all_of_an_order_again_has_its_destinations_in_their_order(account: Account) -> None:
    list_of(account, "members", (TOKYO, "山田", "山田商店"), (OSAKA, "", ""))
    original = order_of(account, ToNumber(NAGOYA), ToList("members"))
    original.faxes.update(status=FaxStatus.FAILED, result_code=3912, attempts_made=4)
    TariffFactory.create(prefix="", yen_per_page=30)
    again = SubmissionFactory.build(account=account, pages=original.pages)
    fan_out_again(again, original)
    assert faxes_of(again) == faxes_of(original)
    assert (again.open, again.total) == (3, 3)
    facts = again.faxes.values_list("status", "result_code", "attempts_made", "price").distinct()
    assert [*facts.get()] == [FaxStatus.QUEUED, None, 0, 30]


def test_a_hundred_lists_and_a_number_cost_the_same_queries(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        list_of(account, f"list{number}", (f"00813000000{number:02}", "", ""))
    orders: list[list[Target]] = [
        [ToNumber(TOKYO)],
        [ToList(f"list{number}") for number in range(100)],
    ]
    for targets in orders:
        order = SubmissionFactory.build(account=account, pages=PagesFactory.create(account=account))
        expansion = expand(account, Instructions(tuple(targets), None, "", ""))
        # A savepoint and its end, the order, its faxes, and the two counters.
        with django_assert_num_queries(6):
            fan_out(order, expansion)
