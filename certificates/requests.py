"""証明書の取得: who asks for the service certificate, to which addresses, and how often.

The page writes the requests; a worker mails them (``mail_request``), each at most once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from certificates.identity import fingerprint
from certificates.mailing import certificate_mail
from certificates.models import CertificateRequest
from certificates.published import published_certificate
from certificates.rollover import change_for
from certificates.waiting import waiting

FOREIGN_ADDRESSES = 20
"""How many addresses one request may name beside the account's own senders."""
MAILS_A_DAY = 100
DAY = timedelta(days=1)
SAME_REQUEST = timedelta(minutes=1)
"""A second request for an address within this time is the same button pressed twice."""


@dataclass(frozen=True, slots=True)
class Requested:
    """How many addresses will get the mail, and how many were asked for a moment ago and get no second one."""

    new: int
    repeated: int


def suggested_recipients(account: Account) -> str:
    """All addresses of FAX送信サービス利用可能者, separated by half-width commas."""
    return ",".join(_own_addresses(account))


@transaction.atomic
def request_certificate(account: Account, addresses: Sequence[str]) -> Requested:
    """Keep a request for each of the addresses, which differ by more than case.

    Raises ``ValidationError`` for the field, and keeps nothing: more than 20 addresses that are not the
    account's own, or more than 100 in 24 hours. Raises ``NoServiceIdentity``.
    """
    now = timezone.now()
    published_certificate(now)
    # The account's row is the lock under which its requests are counted.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    _limit_foreign(account, addresses)
    recent = _asked_since(account, now - SAME_REQUEST)
    wanted = [address for address in addresses if address.lower() not in recent]
    _limit_day(account, len(wanted), now)
    CertificateRequest.objects.bulk_create(
        CertificateRequest(account=account, address=address, requested_at=now) for address in wanted
    )
    return Requested(new=len(wanted), repeated=len(addresses) - len(wanted))


def waiting_requests(at: datetime) -> list[int]:
    """Keys of the requests without a mail, the oldest first; what somebody asked for goes before the rest."""
    asked_first = waiting(at).order_by("replaces", "requested_at", "pk")
    return list(asked_first.values_list("pk", flat=True)[:MAILS_A_DAY])


@transaction.atomic
def mail_request(pk: int) -> bool:
    """Put the mail of one request into the outbox and note it, both or neither.

    False: somebody else does or has done it, or the certificate that was to be replaced signs again. Raises
    ``NoServiceIdentity``.
    """
    unmailed = CertificateRequest.objects.select_related("account").filter(pk=pk, mailed_at__isnull=True)
    request = unmailed.select_for_update(skip_locked=True, of=("self",)).first()
    if request is None:
        return False
    request.mailed_at = timezone.now()
    published = published_certificate(request.mailed_at)
    request.mailed_certificate = fingerprint(published.certificate)
    change = change_for(request, request.mailed_certificate, request.mailed_at) if request.replaces else None
    if request.replaces and change is None:
        request.delete()
        return False
    certificate_mail(request, published, change).send()
    request.save(update_fields=["mailed_at", "mailed_certificate"])
    return True


def _own_addresses(account: Account) -> list[str]:
    return list(account.senders.order_by(Lower("address")).values_list("address", flat=True))


def _asked_since(account: Account, begin: datetime) -> set[str]:
    """Addresses in lower case."""
    requests = account.certificate_requests.filter(requested_at__gt=begin, replaces="")
    return {address.lower() for address in requests.values_list("address", flat=True)}


def _limit_foreign(account: Account, addresses: Sequence[str]) -> None:
    own = {address.lower() for address in _own_addresses(account)}
    foreign = sum(address.lower() not in own for address in addresses)
    if foreign > FOREIGN_ADDRESSES:
        raise ValidationError(
            _(
                "At most %(limit)d addresses can be named beside your authorized senders; "
                "there are %(count)d. Nothing has been sent."
            )
            % {"limit": FOREIGN_ADDRESSES, "count": foreign}
        )


def _limit_day(account: Account, wanted: int, now: datetime) -> None:
    today = account.certificate_requests.filter(requested_at__gt=now - DAY, replaces="").count()
    left = max(0, MAILS_A_DAY - today)
    if wanted > left:
        raise ValidationError(
            _(
                "An account can send %(limit)d of these mails in 24 hours; %(left)d are left, "
                "and %(count)d addresses are named. Nothing has been sent."
            )
            % {"limit": MAILS_A_DAY, "left": left, "count": wanted}
        )
