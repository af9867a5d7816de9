"""Which account an address belongs to, and so who may see its certificate and forbid its removal by mail.

A registration holds for whoever writes to the address, but somebody has to answer for it. An address that an
account has had confirmed as a sender is that account's alone. One that is only named, as default or forwarding
address, is its account's as long as nobody else names it: naming takes nothing from others (docs/adr/0008).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from accounts.models import Account, AuthorizedSender
from notifications.models import ForwardingAddress, NotificationPreference


def owner_of(address: str) -> Account | None:
    """The one account that the address belongs to; None if there is none, or more than one."""
    concerned = accounts_concerned(address)
    return concerned[0] if len(concerned) == 1 else None


def accounts_concerned(address: str) -> list[Account]:
    """The account that has had the address confirmed as a sender, else all that name it."""
    known = address.lower()
    confirmed = Account.objects.filter(
        senders__address__iexact=known, senders__verified_at__isnull=False
    ).first()
    if confirmed is not None:
        return [confirmed]
    naming = Account.objects.filter(
        Q(notification_preference__default_address__iexact=known)
        | Q(forwarding_addresses__address__iexact=known)
    )
    return list(naming.distinct())


def addresses_of(account: Account) -> set[str]:
    """All addresses of the account, in small letters."""
    own = _addresses(_confirmed().filter(account=account))
    named = _addresses(_defaults().filter(account=account), "default_address")
    named |= _addresses(account.forwarding_addresses.all())
    return own | (named - _belonging_to_others(account, named - own))


def _belonging_to_others(account: Account, addresses: Iterable[str]) -> set[str]:
    """Those that another account has had confirmed, or names as well."""
    wanted = list(addresses)
    senders = _confirmed().exclude(account=account)
    defaults = _defaults().exclude(account=account)
    forwarding = ForwardingAddress.objects.exclude(account=account)
    return (
        _addresses(senders, among=wanted)
        | _addresses(defaults, "default_address", among=wanted)
        | _addresses(forwarding, among=wanted)
    )


def _confirmed() -> QuerySet[AuthorizedSender]:
    return AuthorizedSender.objects.filter(verified_at__isnull=False)


def _defaults() -> QuerySet[NotificationPreference]:
    return NotificationPreference.objects.exclude(default_address="")


def _addresses(
    rows: QuerySet[AuthorizedSender] | QuerySet[NotificationPreference] | QuerySet[ForwardingAddress],
    field: str = "address",
    *,
    among: list[str] | None = None,
) -> set[str]:
    known = rows.annotate(known=Lower(field))
    if among is not None:
        known = known.filter(known__in=among)
    return set(known.values_list("known", flat=True))
