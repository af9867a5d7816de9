"""Lists become their entries, and every number is sent to once."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from faxsend.commands import Instructions
from faxsend.expanding import MAX_FAXES, Destination, Expansion, expand
from faxsend.models import Contact, ContactList
from faxsend.targets import Target, ToList, ToNumber, read_targets
from notifications.refusals import EmptyList, TooManyRecipients, UnknownList
from tests.factories import AccountFactory, ContactListFactory

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


def expanded(account: Account, *targets: Target, password: str | None = None) -> Expansion:
    return expand(account, Instructions(targets, password, "", ""))


def test_a_number_is_its_own_destination(account: Account) -> None:
    assert expanded(account, ToNumber(TOKYO)) == Expansion((Destination(TOKYO),), 0)


def test_a_list_is_its_entries_with_their_names_in_their_order(account: Account) -> None:
    list_of(account, "members", (TOKYO, "山田", "山田商店"), (OSAKA, "", ""), (NAGOYA, "佐藤", ""))
    expansion = expanded(account, ToList("members"))
    assert expansion.duplicates == 0
    assert expansion.destinations == (
        Destination(TOKYO, "山田", "山田商店"),
        Destination(OSAKA),
        Destination(NAGOYA, "佐藤"),
    )


def test_lists_and_numbers_come_in_the_order_of_the_mail(account: Account) -> None:
    """「!*list=リスト名1*!;!*list=リスト名2*!;!*送信先FAX番号1*!」"""
    list_of(account, "first", (TOKYO, "", ""))
    list_of(account, "second", (OSAKA, "", ""))
    expansion = expanded(account, ToList("second"), ToNumber(NAGOYA), ToList("first"))
    assert [destination.number for destination in expansion.destinations] == [OSAKA, NAGOYA, TOKYO]


@pytest.mark.parametrize("name", ["members", "MEMBERS", "Members"])
def test_a_list_is_found_whatever_the_case_of_its_name(account: Account, name: str) -> None:
    list_of(account, "Members", (TOKYO, "", ""))
    assert len(expanded(account, ToList(name)).destinations) == 1


def test_every_number_is_sent_to_once_and_the_others_are_counted(account: Account) -> None:
    list_of(account, "a", (TOKYO, "山田", ""), (OSAKA, "佐藤", ""))
    list_of(account, "b", (OSAKA, "鈴木", ""), (NAGOYA, "", ""))
    targets: list[Target] = [ToNumber(NAGOYA), ToList("a"), ToList("b"), ToList("A"), ToNumber(TOKYO)]
    expansion = expanded(account, *targets)
    assert expansion.destinations == (
        Destination(NAGOYA),
        Destination(TOKYO, "山田"),
        Destination(OSAKA, "佐藤"),
    )
    assert expansion.duplicates == 5


def test_a_number_named_alone_gets_the_name_that_a_list_knows(account: Account) -> None:
    list_of(account, "a", (OSAKA, "佐藤", "佐藤商店"))
    orders: list[list[Target]] = [
        [ToNumber(OSAKA), ToNumber(TOKYO), ToList("a")],
        [ToList("a"), ToNumber(OSAKA)],
    ]
    for targets in orders:
        assert expanded(account, *targets).destinations[0] == Destination(OSAKA, "佐藤", "佐藤商店")


def test_an_unknown_list_is_refused_by_position_and_name(account: Account) -> None:
    with pytest.raises(UnknownList) as refusal:
        expanded(account, ToNumber(TOKYO), ToList("Members"))
    assert (refusal.value.position, refusal.value.detail) == (2, "Members")


@pytest.mark.parametrize("name", ["A-b_9", "a" * 50])
def test_every_name_that_a_list_may_have_can_be_written_into_a_mail(account: Account, name: str) -> None:
    contact_list = list_of(account, name, (TOKYO, "", ""))
    contact_list.full_clean()
    targets = read_targets([f"!*list={name}*!"], limit=1, marked=True)
    assert len(expanded(account, *targets).destinations) == 1


def test_another_accounts_list_is_unknown(account: Account) -> None:
    list_of(AccountFactory.create(), "members", (TOKYO, "", ""))
    with pytest.raises(UnknownList):
        expanded(account, ToList("members"))


def test_an_empty_list_is_refused_by_position_and_name(account: Account) -> None:
    list_of(account, "full", (TOKYO, "", ""))
    list_of(account, "members")
    with pytest.raises(EmptyList) as refusal:
        expanded(account, ToList("full"), ToList("members"))
    assert (refusal.value.position, refusal.value.detail) == (2, "members")


def test_a_refusal_does_not_repeat_the_password_as_a_name(account: Account) -> None:
    with pytest.raises(UnknownList) as refusal:
        expanded(account, ToList("password123"), password="password123")
    assert refusal.value.detail == ""


def test_twenty_thousand_faxes_are_one_submission_and_one_more_is_too_many(account: Account) -> None:
    filled(account, "a", range(MAX_FAXES - 1))
    filled(account, "b", range(100))
    targets: list[Target] = [ToList("a"), ToList("b"), ToNumber("0081399999999")]
    expansion = expanded(account, *targets)
    assert (len(expansion.destinations), expansion.duplicates) == (20_000, 100)
    with pytest.raises(TooManyRecipients):
        expanded(account, *targets, ToNumber("0081399999998"))


def test_a_list_alone_can_be_too_long(account: Account) -> None:
    filled(account, "a", range(MAX_FAXES + 1))
    with pytest.raises(TooManyRecipients):
        expanded(account, ToList("a"))


def test_a_hundred_lists_cost_two_queries(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        list_of(account, f"list{number}", (f"00813000000{number:02}", "", ""))
    with django_assert_num_queries(2):
        expanded(account, *(ToList(f"list{number}") for number in range(100)))


def test_numbers_alone_cost_none(account: Account, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        expanded(account, ToNumber(TOKYO))
