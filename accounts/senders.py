"""FAX送信サービス利用可能者: the addresses that may fax for an account, named and deleted on its site."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.confirming import ask
from accounts.models import Account, AuthorizedSender

SENDERS_AN_ACCOUNT = 100


def senders_of(account: Account) -> QuerySet[AuthorizedSender]:
    """All of them, in the order of their addresses."""
    return account.senders.order_by(Lower("address"))


@transaction.atomic
def add_sender(account: Account, address: str) -> AuthorizedSender:
    """Name an address; with ``SENDER_CONFIRMATION`` it is asked by mail, otherwise it counts at once.

    Raises ``ValidationError`` for the field: named already, too many, asked too often, and without
    confirmation in use by another account. With it nothing tells what other accounts have.
    """
    # The account's row is the lock under which its senders are counted.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.senders.filter(address__iexact=address).exists():
        raise ValidationError(_("This address is in the list already."))
    if account.senders.count() >= SENDERS_AN_ACCOUNT:
        raise ValidationError(
            _("An account can have at most %(limit)d addresses.") % {"limit": SENDERS_AN_ACCOUNT}
        )
    sender = AuthorizedSender(account=account, address=address)
    if settings.SENDER_CONFIRMATION:
        sender.save()
        ask(sender)
    else:
        _save_confirmed(sender)
    return sender


def delete_sender(account: Account, pk: int) -> str:
    """Take an address off the list and return it. Raises ``AuthorizedSender.DoesNotExist``."""
    sender = account.senders.get(pk=pk)
    sender.delete()
    return sender.address


def _save_confirmed(sender: AuthorizedSender) -> None:
    sender.verified_at = timezone.now()
    try:
        with transaction.atomic():
            sender.save()
    except IntegrityError as error:
        raise ValidationError(_("This address is in use by another account.")) from error
