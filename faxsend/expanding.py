"""From the targets of a mail to its faxes: lists become their entries, and every number is sent to once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from django.db.models import Case, Count, When
from django.db.models.functions import Lower

from accounts.models import Account
from faxsend.commands import Instructions
from faxsend.models import Contact, ContactList
from faxsend.targets import ToList, ToNumber, detail_of
from notifications.refusals import EmptyList, TooManyRecipients, UnknownList

MAX_FAXES = 20_000
"""In one submission (user guide)."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A canonical number, and what the list says about it; a number named by itself has no names."""

    number: str
    contact_name: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Expansion:
    """``duplicates``: how many entries and numbers were left out because theirs came before."""

    destinations: tuple[Destination, ...]
    duplicates: int


@dataclass(frozen=True, slots=True)
class _Named:
    """A list of the account that the mail names, and how many entries it has."""

    pk: int
    size: int


def expand(account: Account, instructions: Instructions) -> Expansion:
    """Each number once, in the order of the mail and, within a list, of its entries.

    The names are those of the first list that has the number, also for a number that stood alone before it.
    Raises ``UnknownList`` and ``EmptyList`` with position and name, and ``TooManyRecipients`` for more than
    ``MAX_FAXES``.
    """
    lists = _lists(account, instructions)
    entries = _entries([named.pk for named in lists.values()])
    found: dict[str, Destination] = {}
    written = 0
    for target in instructions.targets:
        if isinstance(target, ToNumber):
            written += 1
            found.setdefault(target.number, Destination(target.number))
            continue
        named = lists[target.name.lower()]
        written += named.size
        for entry in entries[named.pk]:
            known = found.get(entry.number)
            if known is None or not (known.contact_name or known.company):
                # The dict keeps the place that the number has already.
                found[entry.number] = entry
    if len(found) > MAX_FAXES:
        raise TooManyRecipients
    # A list may change between the two queries.
    return Expansion(tuple(found.values()), duplicates=max(written - len(found), 0))


def _lists(account: Account, instructions: Instructions) -> dict[str, _Named]:
    """By name in lower case, in the order of the mail; all that it names are there, and none is empty."""
    wanted = {target.name.lower() for target in instructions.targets if isinstance(target, ToList)}
    if not wanted:
        return {}
    rows = (
        ContactList.objects.filter(account=account)
        .annotate(key=Lower("name"), size=Count("contacts"))
        .filter(key__in=wanted)
        .values_list("key", "pk", "size")
    )
    known = {key: _Named(pk, size) for key, pk, size in rows}
    lists: dict[str, _Named] = {}
    for position, target in enumerate(instructions.targets, start=1):
        if not isinstance(target, ToList):
            continue
        named = known.get(target.name.lower())
        if named is None or not named.size:
            refusal = UnknownList if named is None else EmptyList
            raise refusal(position=position, detail=detail_of(target.name, instructions.password))
        lists[target.name.lower()] = named
    return lists


def _entries(lists: Sequence[int]) -> dict[int, list[Destination]]:
    """The entries of each list, every number once: in the first of ``lists`` (keys) that has it.

    No more than are needed to see that they are too many: hundreds of lists may have the same entries.
    """
    entries: dict[int, list[Destination]] = {pk: [] for pk in lists}
    if not lists:
        return entries
    place = Case(*(When(contact_list=pk, then=index) for index, pk in enumerate(lists)))
    rows = (
        Contact.objects.filter(contact_list__in=lists)
        .order_by("number", place, "pk")
        .distinct("number")
        .values_list("contact_list_id", "pk", "number", "name", "company")[: MAX_FAXES + 1]
    )
    for list_id, _pk, number, name, company in sorted(rows, key=itemgetter(1)):
        entries[list_id].append(Destination(number, name, company))
    return entries
