"""プロパティ → 証明書: the certificates registered for an account's own addresses, and what it may do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Account
from accounts.tokens import new_token
from certificates import registration
from certificates.models import RegisteredCertificate
from certificates.roots import trust_store
from certificates.smime import TrustStore
from notifications.certificate_owners import addresses_of
from notifications.digital_id_answers import Letter, News, tell, tell_users
from notifications.forwarding import forwards_encrypted_to
from notifications.models import NotificationPreference

EXPIRES_SOON = timedelta(days=60)
LONGEST_NAME = 200


class State(StrEnum):
    """``KEPT``: valid, but a newer one of the address is used. ``UNUSABLE``: revoked, or not fit for encryption."""

    USED = "used"
    EXPIRING = "expiring"
    KEPT = "kept"
    EXPIRED = "expired"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Registration:
    """One registered certificate; ``newest``: of its address."""

    row: RegisteredCertificate
    issued_to: str
    issuer: str
    state: State
    newest: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """How many ``certificates`` of ``address`` go; ``forwarding``: whether received faxes to it are encrypted."""

    pk: int
    address: str
    certificates: int
    forwarding: bool


def registrations_of(account: Account) -> list[Registration]:
    """All of the account's own addresses, in their order, the newest of each first."""
    found, used, seen = [], set[str](), set[str]()
    now, trust = timezone.now(), trust_store()
    for row in _rows(account).order_by(Lower("address"), "-registered_at", "-pk"):
        address = row.address.lower()
        state = _state(row, trust, now, used=address not in used)
        if state in {State.USED, State.EXPIRING}:
            used.add(address)
        issued_to, issuer = _names(row)
        found.append(Registration(row, issued_to, issuer, state, newest=address not in seen))
        seen.add(address)
    return found


def asked_to_remove(account: Account, pk: int) -> Removal:
    """What ``remove`` would do. Raises ``RegisteredCertificate.DoesNotExist``."""
    address = _rows(account).get(pk=pk).address
    return Removal(
        pk=pk,
        address=address,
        certificates=registration.registered_for([address]).count(),
        forwarding=forwards_encrypted_to(address),
    )


@transaction.atomic
def remove(account: Account, pk: int) -> str:
    """Take all certificates of the address off, tell it and the people of the account; returns the address.

    Raises ``RegisteredCertificate.DoesNotExist``, also where the address is another account's.
    """
    address = _rows(account).get(pk=pk).address
    registration.clear(address)
    letter = Letter(to=address, owner=account, key=f"site:{new_token()}")
    tell(letter, News.REMOVED, to=address)
    tell_users(letter, News.REMOVED)
    return address


def save_removal_by_mail(account: Account, *, removal_by_mail: bool) -> None:
    """Whether a mail without a signature removes certificates of the account's addresses."""
    chosen = {"removal_by_mail": removal_by_mail}
    NotificationPreference.objects.update_or_create(account=account, defaults=chosen)


def _rows(account: Account) -> QuerySet[RegisteredCertificate]:
    return registration.registered_for(addresses_of(account))


def _state(row: RegisteredCertificate, trust: TrustStore, now: datetime, *, used: bool) -> State:
    if row.not_after <= now:
        return State.EXPIRED
    if not registration.is_usable(row, trust=trust, at=now):
        return State.UNUSABLE
    if not used:
        return State.KEPT
    return State.EXPIRING if row.not_after - now <= EXPIRES_SOON else State.USED


def _names(row: RegisteredCertificate) -> tuple[str, str]:
    """Subject and issuer as people read them."""
    try:
        certificate = x509.load_pem_x509_certificate(row.certificate.encode())
        return _name(certificate.subject), _name(certificate.issuer)
    except ValueError:  # as a name in an encoding of its own
        return "", ""


def _name(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)[:LONGEST_NAME]
    return name.rfc4514_string()[:LONGEST_NAME]
