"""Whether an account has the lists that its order names, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import Lower

from accounts.models import Account
from faxsend.commands import Instructions
from faxsend.models import ContactList
from faxsend.targets import ToList, ToNumber, detail_of
from notifications.refusals import EmptyList, UnknownList

MAX_FAXES = 20_000
"""In one submission (user guide)."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """``targets`` in the order of the mail, each once: a canonical number, or the key of a list.

    ``written``: how many destinations the mail names, repeated ones and all entries of its lists included.
    """

    targets: tuple[str | int, ...]
    written: int

    @property
    def lists(self) -> tuple[int, ...]:
        """The keys of the lists."""
        return tuple(target for target in self.targets if isinstance(target, int))


@dataclass(frozen=True, slots=True)
class _Named:
    """A list of the account that the mail names, and how many entries it has."""

    pk: int
    size: int


def expand(account: Account, instructions: Instructions) -> Expansion:
    """What ``fanning_out`` makes faxes of. Raises ``UnknownList`` and ``EmptyList`` with position and name."""
    lists = _lists(account, instructions)
    targets: list[str | int] = []
    written = 0
    for target in instructions.targets:
        if isinstance(target, ToNumber):
            targets.append(target.number)
            written += 1
        else:
            named = lists[target.name.lower()]
            targets.append(named.pk)
            written += named.size
    return Expansion(tuple(dict.fromkeys(targets)), written)


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
