"""リスト: the lists of an account and their entries. Services and queries; limits are held under a lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import Account
from faxsend.list_import import Entry
from faxsend.models import Contact, ContactList

LISTS_AN_ACCOUNT = 200
ENTRIES_A_LIST = 20_000
ENTRIES_A_PAGE = 100
_ROWS_A_STATEMENT = 2000


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list and how many entries it has."""

    list: ContactList
    entries: int


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entries were added, and how many were in the list already and stay as they are."""

    added: int
    present: int


def lists_of(account: Account) -> list[ListRow]:
    """All of them by name."""
    found = account.contact_lists.annotate(entries=Count("contacts")).order_by(Lower("name"))
    return [ListRow(row, row.entries) for row in found]


def one_list(account: Account, pk: int) -> ContactList:
    """Raises ``ContactList.DoesNotExist`` for another account's list too."""
    return account.contact_lists.get(pk=pk)


@transaction.atomic
def create_list(account: Account, name: str) -> ContactList:
    """Raises ``ValidationError`` for the name: taken, whatever the case, or one list too many."""
    _lock_lists(account)
    if account.contact_lists.count() >= LISTS_AN_ACCOUNT:
        raise ValidationError(_("An account can have at most %(limit)d lists.") % {"limit": LISTS_AN_ACCOUNT})
    _check_name(account.contact_lists.all(), name)
    return ContactList.objects.create(account=account, name=name)


@transaction.atomic
def rename_list(chosen: ContactList, name: str) -> None:
    """Raises ``ValidationError`` for the name: taken by another list, whatever the case.

    Raises ``ContactList.DoesNotExist`` if somebody has just deleted it.
    """
    _lock_lists(chosen.account)
    _check_name(chosen.account.contact_lists.exclude(pk=chosen.pk), name)
    if not ContactList.objects.filter(pk=chosen.pk).update(name=name):
        raise ContactList.DoesNotExist
    chosen.name = name


def delete_list(chosen: ContactList) -> None:
    """With its entries. What has been sent to it stays in the history."""
    chosen.delete()


def entries_of(chosen: ContactList, *, after: int = 0) -> tuple[list[Contact], int | None]:
    """The entries that follow the key ``after``, oldest first, and the key to go on from (None: no more)."""
    found = list(chosen.contacts.filter(pk__gt=after).order_by("pk")[: ENTRIES_A_PAGE + 1])
    shown = found[:ENTRIES_A_PAGE]
    return shown, shown[-1].pk if len(found) > len(shown) else None


def all_entries(chosen: ContactList) -> Iterable[Entry]:
    """Oldest first."""
    rows = chosen.contacts.order_by("pk").values_list("number", "name", "company")
    return (Entry(*row) for row in rows.iterator(chunk_size=_ROWS_A_STATEMENT))


@transaction.atomic
def add_entry(chosen: ContactList, entry: Entry) -> None:
    """Raises ``ValidationError`` for the number: in the list already, or the list is full."""
    _lock_entries(chosen)
    if chosen.contacts.filter(number=entry.number).exists():
        raise ValidationError(_("This number is in the list already."))
    check_room(chosen, 1)
    _contact(chosen, entry).save()


@transaction.atomic
def import_entries(chosen: ContactList, entries: Collection[Entry]) -> Imported:
    """Add those whose number is not in the list yet. Raises ``ValidationError`` if they are too many."""
    _lock_entries(chosen)
    new = new_entries(chosen, entries)
    check_room(chosen, len(new))
    contacts = [_contact(chosen, entry) for entry in new]
    Contact.objects.bulk_create(contacts, batch_size=_ROWS_A_STATEMENT)
    return Imported(added=len(new), present=len(entries) - len(new))


def new_entries(chosen: ContactList, entries: Iterable[Entry]) -> list[Entry]:
    """Those whose number is not in the list yet."""
    present = set(chosen.contacts.values_list("number", flat=True))
    return [entry for entry in entries if entry.number not in present]


def check_room(chosen: ContactList, more: int) -> None:
    """Raises ``ValidationError`` if the list cannot take so many more."""
    if chosen.contacts.count() + more > ENTRIES_A_LIST:
        raise ValidationError(
            _("A list can have at most %(limit)d entries. This one has %(count)d, and %(more)d were to come.")
            % {"limit": ENTRIES_A_LIST, "count": chosen.contacts.count(), "more": more}
        )


def delete_entries(chosen: ContactList, keys: Collection[int]) -> int:
    """How many were deleted; a key that is gone, or another list's, counts for nothing."""
    return chosen.contacts.filter(pk__in=keys).delete()[0]


def _contact(chosen: ContactList, entry: Entry) -> Contact:
    return Contact(contact_list=chosen, number=entry.number, name=entry.name, company=entry.company)


def _check_name(others: QuerySet[ContactList], name: str) -> None:
    if others.filter(name__iexact=name).exists():
        raise ValidationError(
            _("There is a list of this name already. Capital and small letters make no difference.")
        )


def _lock_lists(account: Account) -> None:
    """The account's row is the lock under which its lists are counted and named."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def _lock_entries(chosen: ContactList) -> None:
    """Raises ``ContactList.DoesNotExist`` if somebody has just deleted it."""
    ContactList.objects.select_for_update(no_key=True).get(pk=chosen.pk)
