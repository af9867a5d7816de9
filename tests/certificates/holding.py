"""Addresses that were mailed a service certificate."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import Account
from certificates.requests import mail_request
from notifications.models import OutgoingMail
from tests.factories import AccountFactory, CertificateRequestFactory

HOLDERS = ["a@example.com", "b@example.com", "c@example.com"]


def two_accounts_of_holders() -> list[Account]:
    """Their addresses were mailed the certificate that signs now; one address was asked for by both."""
    first, second = AccountFactory.create_batch(2)
    for account, address in zip([first, first, second, second], [*HOLDERS[:2], *HOLDERS[1:]], strict=True):
        holds(account, address)
    return [first, second]


def holds(account: Account, address: str) -> None:
    """The address was mailed what signs now; the account asked for it a week ago."""
    asked_at = timezone.now() - timedelta(days=7)
    request = CertificateRequestFactory.create(account=account, address=address, requested_at=asked_at)
    assert mail_request(request.pk)
    OutgoingMail.objects.all().delete()


def mailed() -> list[str]:
    """To whom a mail is waiting."""
    return sorted(OutgoingMail.objects.values_list("recipient", flat=True))
