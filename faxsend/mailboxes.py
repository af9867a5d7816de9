"""Which mailbox an envelope recipient names. Routing is this table; domains come from the settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class MailboxKind(StrEnum):
    """What arrives there: orders by subject or body, orders by address (``<fax number>@``, ``list=<name>@``),
    certificates, mails of our own that came back (``bounces+<token>@``).
    """

    SERVICE = "service"
    NUMBER = "number"
    DIGITALID = "digitalid"
    BOUNCE = "bounce"


ORDER_KINDS = frozenset({MailboxKind.SERVICE, MailboxKind.NUMBER})
"""Mailboxes that ask who the sender is."""

_DESTINATION = re.compile(r"[0-9+]|list=", re.IGNORECASE)
_BOUNCE = re.compile(r"bounces\+([0-9a-f]{32})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Domains:
    """The service's own addresses, as the operator set them."""

    fax_domain: str
    service_address: str
    digitalid_address: str


def kind_of(address: str, domains: Domains) -> MailboxKind | None:
    """The mailbox that ``address`` names, or None if there is no such mailbox (``550 5.1.1``).

    A local part that begins like a number or a list is a mailbox even if there is none such: its sender then gets a
    refusal that says which destination is wrong.
    """
    if address.casefold() == domains.service_address.casefold():
        return MailboxKind.SERVICE
    if address.casefold() == domains.digitalid_address.casefold():
        return MailboxKind.DIGITALID
    local_part, _, domain = address.rpartition("@")
    if domain.casefold() == domains.fax_domain.casefold() and _DESTINATION.match(local_part):
        return MailboxKind.NUMBER
    return None if bounce_token_in(address, domains) is None else MailboxKind.BOUNCE


def bounce_token_in(address: str, domains: Domains) -> UUID | None:
    """The token of the mail for which ``address`` was the envelope sender; None if it is of another kind.

    Written in any case: some servers change that of a local part, which is why it is no token of mixed case.
    """
    local_part, _, domain = address.rpartition("@")
    found = _BOUNCE.fullmatch(local_part)
    return UUID(found[1]) if found and domain.casefold() == domains.fax_domain.casefold() else None


def destinations_in(recipients: Sequence[str], domains: Domains) -> tuple[str, ...]:
    """The local parts of the recipients that name a number or a list, in order."""
    return tuple(
        recipient.rpartition("@")[0]
        for recipient in recipients
        if kind_of(recipient, domains) is MailboxKind.NUMBER
    )
