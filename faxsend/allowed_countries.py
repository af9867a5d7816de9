"""The countries that an account may send to; the operator limits them (product: all, unless limited)."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Lower

from accounts.models import Account
from faxsend.commands import Instructions
from faxsend.models import Contact, Fax
from faxsend.numbers import country_code, display
from faxsend.targets import Target, ToNumber, detail_of
from notifications.refusals import CountryNotAllowed

NOBODYS_CODE = "999"
"""Test numbers begin with it, as if it were a country's."""


def require_allowed_countries(account: Account, instructions: Instructions) -> None:
    """Raises ``CountryNotAllowed`` with the position of the first number, or of the first list with an entry,
    that the account may not send to.
    """
    if not account.allowed_countries:
        return
    entries = _entries_elsewhere(account, instructions.targets)
    for position, target in enumerate(instructions.targets, start=1):
        if isinstance(target, ToNumber):
            allowed = country_code(target.number) in {*account.allowed_countries, ""}
            detail = display(target.number)
        else:
            number = entries.get(target.name.lower())
            allowed = number is None
            detail = f"{target.name}: {display(number or '')}"
        if not allowed:
            raise CountryNotAllowed(position=position, detail=detail_of(detail, instructions.password))


def require_allowed_again(account: Account, faxes: QuerySet[Fax]) -> None:
    """For faxes that are to be sent once more. Raises ``CountryNotAllowed`` with the first number in its detail."""
    fax = faxes.filter(elsewhere(account)).order_by("pk").first()
    if fax is not None:
        raise CountryNotAllowed(detail=display(fax.number))


def elsewhere(account: Account) -> Q:
    """Of rows with a canonical ``number``: those that the account may not send to."""
    if not account.allowed_countries:
        return Q(pk__in=())
    codes = [*account.allowed_countries, NOBODYS_CODE]
    return ~reduce(or_, (Q(number__startswith=f"00{code}") for code in codes))


def _entries_elsewhere(account: Account, targets: tuple[Target, ...]) -> dict[str, str]:
    """By the lower-case name of each list that has some: one number that the account may not send to."""
    wanted = {target.name.lower() for target in targets if not isinstance(target, ToNumber)}
    if not wanted:
        return {}
    rows = (
        Contact.objects.filter(contact_list__account=account)
        .annotate(key=Lower("contact_list__name"))
        .filter(elsewhere(account), key__in=wanted)
        .values("key")
        .annotate(first=Min("number"))
        .values_list("key", "first")
    )
    return dict(rows)
