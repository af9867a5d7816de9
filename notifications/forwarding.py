"""受信FAX転送メールアドレス: where received faxes will go, and how each address is protected (セキュリティ設定)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from certificates import registration
from certificates.models import RegisteredCertificate
from certificates.roots import trust_store
from certificates.smime import TrustStore
from notifications.models import ForwardingAddress

ADDRESSES_AN_ACCOUNT = 25


class Registration(StrEnum):
    """Whether mail to an address can be encrypted."""

    NONE = "none"
    VALID = "valid"
    EXPIRED = "expired"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Row:
    """A forwarding address as its page shows it."""

    forwarding: ForwardingAddress
    registration: Registration


def forwarding_rows(account: Account) -> list[Row]:
    """All addresses of the account, in their order, by three queries."""
    addresses = list(account.forwarding_addresses.order_by(Lower("address")))
    known = _registrations(row.address for row in addresses)
    return [Row(row, known.get(row.address.lower(), Registration.NONE)) for row in addresses]


def one_forwarding(account: Account, pk: int) -> ForwardingAddress:
    """Raises ``ForwardingAddress.DoesNotExist``."""
    return account.forwarding_addresses.get(pk=pk)


def registration_of(address: str) -> Registration:
    """VALID if there is one of the address's certificates that can be used."""
    return _registrations([address]).get(address.lower(), Registration.NONE)


@transaction.atomic
def add_forwarding(account: Account, address: str) -> ForwardingAddress:
    """Protected from the start if the address has registered a certificate, as registering later would do.

    Raises ``ValidationError``: listed already, or too many.
    """
    # The account's row is the lock under which its addresses are counted.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.forwarding_addresses.filter(address__iexact=address).exists():
        raise ValidationError(_("This address is in the list already."))
    if account.forwarding_addresses.count() >= ADDRESSES_AN_ACCOUNT:
        raise ValidationError(
            _("An account can have at most %(limit)d addresses.") % {"limit": ADDRESSES_AN_ACCOUNT}
        )
    protected = registration_of(address) is Registration.VALID
    return ForwardingAddress.objects.create(
        account=account, address=address, sign=protected, encrypt=protected
    )


def delete_forwarding(account: Account, pk: int) -> str:
    """Take an address off the list and return it. Raises ``ForwardingAddress.DoesNotExist``."""
    forwarding = one_forwarding(account, pk)
    forwarding.delete()
    return forwarding.address


def save_security(forwarding: ForwardingAddress, *, sign: bool, encrypt: bool) -> None:
    """Source: user guide, chapter 14, note 4 on notifications.

    Raises ``ValidationError`` (for ``encrypt``) if encryption is switched on and there is no certificate that
    could be used. What is on stays on after a certificate is gone, until its owner decides. Raises
    ``ForwardingAddress.DoesNotExist`` if somebody has just deleted it.
    """
    switched_on = encrypt and not forwarding.encrypt
    if switched_on and registration_of(forwarding.address) != Registration.VALID:
        raise ValidationError(
            _(
                "No valid certificate is registered for this address. Send a mail with an electronic "
                "signature from %(address)s to %(registration)s, then switch the encryption on."
            )
            % {"address": forwarding.address, "registration": settings.DIGITALID_ADDRESS}
        )
    if not ForwardingAddress.objects.filter(pk=forwarding.pk).update(sign=sign, encrypt=encrypt):
        raise ForwardingAddress.DoesNotExist


def protect_forwarding(address: str) -> bool:
    """Switch both boxes on for an address that has registered a certificate; whether any account forwards to it."""
    return bool(ForwardingAddress.objects.filter(address__iexact=address).update(sign=True, encrypt=True))


def forwards_encrypted_to(address: str) -> bool:
    return ForwardingAddress.objects.filter(address__iexact=address, encrypt=True).exists()


def _registrations(addresses: Iterable[str]) -> dict[str, Registration]:
    """Address in small letters -> what its certificates are good for; those without any are left out."""
    now, trust = timezone.now(), trust_store()
    found: dict[str, Registration] = {}
    for row in registration.registered_for(addresses):
        address = row.address.lower()
        if found.get(address) is not Registration.VALID:
            found[address] = _of(row, trust, now)
    return found


def _of(row: RegisteredCertificate, trust: TrustStore, now: datetime) -> Registration:
    if row.not_after <= now:
        return Registration.EXPIRED
    return Registration.VALID if registration.is_usable(row, trust=trust, at=now) else Registration.UNUSABLE
