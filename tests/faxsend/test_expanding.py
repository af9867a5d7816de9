"""The lists that an order names are the account's, and have entries."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from faxsend.commands import Instructions
from faxsend.expanding import Expansion, expand
from faxsend.models import Contact, ContactList
from faxsend.targets import Target, ToList, ToNumber, read_targets
from notifications.refusals import EmptyList, UnknownList
from tests.factories import AccountFactory, ContactListFactory

pytestmark = pytest.mark.django_db

TOKYO = "0081311112222"


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


def expanded(account: Account, *targets: Target, password: str | None = None) -> Expansion:
    return expand(account, Instructions(targets, password, "", ""))


@pytest.mark.parametrize("name", ["members", "MEMBERS", "Members"])
def test_a_list_is_found_whatever_the_case_of_its_name(account: Account, name: str) -> None:
    list_of(account, "Members", (TOKYO, "", ""))
    assert len(expanded(account, ToList(name)).lists) == 1


def test_an_unknown_list_is_refused_by_position_and_name(account: Account) -> None:
    with pytest.raises(UnknownList) as refusal:
        expanded(account, ToNumber(TOKYO), ToList("Members"))
    assert (refusal.value.position, refusal.value.detail) == (2, "Members")


@pytest.mark.parametrize("name", ["A-b_9", "a" * 50])
def test_every_name_that_a_list_may_have_can_be_written_into_a_mail(account: Account, name: str) -> None:
    contact_list = list_of(account, name, (TOKYO, "", ""))
    contact_list.full_clean()
    targets = read_targets([f"!*list={name}*!"], limit=1, marked=True)
    assert len(expanded(account, *targets).lists) == 1


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


def test_targets_come_in_the_order_of_the_mail_each_once_and_all_are_counted(account: Account) -> None:
    members = list_of(account, "members", (TOKYO, "", ""), ("0081611112222", "", ""))
    found = expanded(account, ToNumber(TOKYO), ToList("members"), ToList("Members"), ToNumber(TOKYO))
    assert found == Expansion((TOKYO, members.pk), written=6)


def test_a_hundred_lists_cost_one_query(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        list_of(account, f"list{number}", (TOKYO, "", ""))
    with django_assert_num_queries(1):
        expanded(account, *(ToList(f"list{number}") for number in range(100)))


def test_numbers_alone_cost_none(account: Account, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        expanded(account, ToNumber(TOKYO))
