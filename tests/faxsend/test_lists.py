"""Lists of an account: names, limits, paging, imports."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import Account
from faxsend import lists
from faxsend.list_import import BadRow, Entry, Sheet
from faxsend.list_preview import preview, seal, unseal
from faxsend.models import Contact, ContactList
from faxsend.typed_numbers import NumberFault
from tests.factories import AccountFactory, ContactFactory, ContactListFactory, fill_list

pytestmark = pytest.mark.django_db

TOKYO = "0081311112222"
OSAKA = "0081611112222"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


@pytest.fixture
def members(account: Account) -> ContactList:
    return ContactListFactory.create(account=account, name="members")


def numbers(members: ContactList) -> list[str]:
    return [entry.number for entry in lists.all_entries(members)]


def test_lists_come_by_name_whatever_the_case_with_the_number_of_entries(account: Account) -> None:
    for name in ["b", "A", "C"]:
        ContactListFactory.create(account=account, name=name)
    ContactFactory.create_batch(3, contact_list=account.contact_lists.get(name="A"))

    assert [(found.list.name, found.entries) for found in lists.lists_of(account)] == [
        ("A", 3),
        ("b", 0),
        ("C", 0),
    ]


def test_all_lists_are_read_by_one_query(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for found in ContactListFactory.create_batch(3, account=account):
        ContactFactory.create(contact_list=found)

    with django_assert_num_queries(1):
        assert [found.entries for found in lists.lists_of(account)] == [1, 1, 1]


def test_another_accounts_list_is_not_there(account: Account, members: ContactList) -> None:
    assert lists.lists_of(AccountFactory.create()) == []
    with pytest.raises(ContactList.DoesNotExist):
        lists.one_list(AccountFactory.create(), members.pk)


@pytest.mark.parametrize("name", ["members", "MEMBERS"])
def test_a_name_is_taken_whatever_the_case(account: Account, members: ContactList, name: str) -> None:
    other = ContactListFactory.create(account=account, name="other")

    with pytest.raises(ValidationError, match="同じ名前のリスト"):
        lists.create_list(account, name)
    with pytest.raises(ValidationError, match="同じ名前のリスト"):
        lists.rename_list(other, name)


def test_another_account_may_have_the_same_name(members: ContactList) -> None:
    assert lists.create_list(AccountFactory.create(), "members").name == "members"


def test_a_list_may_change_the_case_of_its_own_name(members: ContactList) -> None:
    lists.rename_list(members, "Members")

    assert ContactList.objects.get().name == "Members"


def test_an_account_has_at_most_two_hundred_lists(account: Account) -> None:
    many = ContactListFactory.build_batch(lists.LISTS_AN_ACCOUNT - 1, account=account)
    ContactList.objects.bulk_create(many)
    lists.create_list(account, "last")

    with pytest.raises(ValidationError, match="200件まで"):
        lists.create_list(account, "further")


def test_a_list_is_deleted_with_its_entries(members: ContactList) -> None:
    ContactFactory.create(contact_list=members)

    lists.delete_list(members)

    assert not Contact.objects.exists()


def test_paging_meets_every_entry_once_in_the_order_of_the_list(members: ContactList) -> None:
    fill_list(members, lists.ENTRIES_A_PAGE * 2)

    first, following = lists.entries_of(members)
    assert following is not None
    rest, nothing = lists.entries_of(members, after=following)

    assert [entry.number for entry in first + rest] == numbers(members)
    assert (len(first), len(rest), nothing) == (100, 100, None)


def test_a_number_is_in_a_list_once(members: ContactList) -> None:
    lists.add_entry(members, Entry(TOKYO, "鈴木"))

    with pytest.raises(ValidationError, match="すでにリストに登録されています"):
        lists.add_entry(members, Entry(TOKYO, "佐藤"))


def test_a_number_may_be_in_two_lists(account: Account, members: ContactList) -> None:
    for chosen in [members, ContactListFactory.create(account=account)]:
        lists.add_entry(chosen, Entry(TOKYO))

    assert Contact.objects.filter(number=TOKYO).count() == 2


def test_an_import_adds_what_is_new_and_leaves_the_rest_as_it_is(members: ContactList) -> None:
    lists.add_entry(members, Entry(TOKYO, "鈴木"))

    done = lists.import_entries(members, [Entry(TOKYO, "佐藤"), Entry(OSAKA, "田中", "B")])

    assert (done.added, done.present) == (1, 1)
    assert list(lists.all_entries(members)) == [Entry(TOKYO, "鈴木"), Entry(OSAKA, "田中", "B")]


def test_an_import_repeated_adds_nothing(members: ContactList) -> None:
    rows = [Entry(TOKYO), Entry(OSAKA)]
    lists.import_entries(members, rows)

    assert lists.import_entries(members, rows).added == 0


def test_a_list_has_at_most_twenty_thousand_entries(members: ContactList) -> None:
    fill_list(members, lists.ENTRIES_A_LIST - 1)

    with pytest.raises(ValidationError, match="20000件まで"):
        lists.import_entries(members, [Entry(TOKYO), Entry(OSAKA)])
    lists.import_entries(members, [Entry(TOKYO)])
    with pytest.raises(ValidationError, match="20000件まで"):
        lists.add_entry(members, Entry(OSAKA))
    assert members.contacts.count() == 20_000


def test_entries_of_another_list_are_not_deleted_with_the_chosen_ones(members: ContactList) -> None:
    own = ContactFactory.create(contact_list=members)
    others = ContactFactory.create()

    assert lists.delete_entries(members, [own.pk, others.pk, 0]) == 1
    assert Contact.objects.get() == others


def test_an_entry_for_a_list_that_has_just_been_deleted_is_no_accident(members: ContactList) -> None:
    ContactList.objects.get(pk=members.pk).delete()

    with pytest.raises(ContactList.DoesNotExist):
        lists.add_entry(members, Entry(TOKYO))


class TestPreview:
    """What an import would do, before it is done."""

    def test_it_counts_new_present_and_repeated_rows(self, members: ContactList) -> None:
        lists.add_entry(members, Entry(TOKYO))
        bad = (BadRow(4, "x", NumberFault.NOT_A_NUMBER),)

        seen = preview(members, Sheet((Entry(TOKYO), Entry(OSAKA)), bad, 3, ("備考",)))

        assert (seen.new, seen.present, seen.repeats) == (1, 1, 3)
        assert (seen.bad, seen.unknown_columns, seen.sample) == (bad, ("備考",), (Entry(OSAKA),))
        assert unseal(members, seen.sealed) == (Entry(OSAKA),)
        assert numbers(members) == [TOKYO]

    def test_a_file_that_does_not_fit_is_refused_at_once(self, members: ContactList) -> None:
        fill_list(members, lists.ENTRIES_A_LIST)

        with pytest.raises(ValidationError, match="1件を追加できません"):
            preview(members, Sheet((Entry(TOKYO),), (), 0, ()))

    def test_rows_come_back_as_they_went(self, members: ContactList) -> None:
        rows = (Entry(TOKYO, "髙橋①", "\"<&'"), Entry(OSAKA, "", "😀"))

        assert unseal(members, seal(members, rows)) == rows

    def test_rows_of_another_list_are_not_taken(self, members: ContactList) -> None:
        sealed = seal(ContactListFactory.create(), [Entry(TOKYO)])

        with pytest.raises(BadSignature):
            unseal(members, sealed)

    @pytest.mark.parametrize("place", [0, 10, -1])
    def test_rows_that_were_touched_are_not_taken(self, members: ContactList, place: int) -> None:
        sealed = list(seal(members, [Entry(TOKYO, "鈴木", "株式会社サンプル")]))
        sealed[place] = "A" if sealed[place] != "A" else "B"

        with pytest.raises(BadSignature):
            unseal(members, "".join(sealed))

    def test_rows_hold_for_half_a_day(self, members: ContactList) -> None:
        with travel("2026-04-01T09:00Z", tick=False) as clock:
            sealed = seal(members, [Entry(TOKYO)])
            clock.shift(12 * 3600)
            assert unseal(members, sealed) == (Entry(TOKYO),)
            clock.shift(1)
            with pytest.raises(BadSignature):
                unseal(members, sealed)
