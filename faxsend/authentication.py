"""Who may send: the sender address, then the signature and the password where the account asks for them."""

from __future__ import annotations

from datetime import timedelta

from accounts.mail_password import matches
from accounts.models import Account, AuthorizedSender
from certificates.smime import Signature
from faxsend.models import InboundMessage
from notifications.refusals import (
    PasswordNotCompared,
    PasswordNotFound,
    SenderNotAuthorized,
    SignatureNotFound,
    SignatureRejected,
    WrongPassword,
)

MAX_WRONG_PASSWORDS = 10
"""From one sender address, within ``COUNTED_FOR``: after them even the right one is answered as wrong."""
COUNTED_FOR = timedelta(hours=1)


def authenticate(message: InboundMessage, signature: Signature | None) -> Account:
    """The account that the mail is sent for.

    The envelope sender decides; the gateway asked already, but the sender may have been deleted since.
    Raises ``SenderNotAuthorized``, ``SignatureNotFound`` and ``SignatureRejected``.
    """
    account = _account_of(message.sender)
    if account is None or account.pk != message.account_id:
        raise SenderNotAuthorized
    if account.signature_required:
        _require(signature, account)
    return account


def require_password(account: Account, message: InboundMessage, password: str | None) -> None:
    """Compare what the mail says with the account's mail password; whatever it says if there is none.

    Raises ``PasswordNotFound`` and ``WrongPassword``.
    """
    if not account.mail_password:
        return
    if password is None:
        raise PasswordNotFound
    if _guesses(account, message) >= MAX_WRONG_PASSWORDS:
        raise PasswordNotCompared
    if not matches(account, password):
        raise WrongPassword


def _guesses(account: Account, message: InboundMessage) -> int:
    """Counted at the time when mail came, so that a guesser gains nothing while mail has to wait."""
    return InboundMessage.objects.filter(
        account=account,
        sender__iexact=message.sender,
        rejection_code=WrongPassword.code,
        received_at__gt=message.received_at - COUNTED_FOR,
    ).count()


def _require(signature: Signature | None, account: Account) -> None:
    """A signature that holds, by an address that may send for this account (user guide, chapter 14, 2-1)."""
    if signature is None:
        raise SignatureNotFound
    if signature.problem is not None:
        raise SignatureRejected(detail=signature.problem.sentence)
    if _account_of(signature.address) != account:
        raise SignatureRejected(detail="signer is not an authorized sender")


def _account_of(address: str) -> Account | None:
    sender = (
        AuthorizedSender.objects.filter(address__iexact=address, verified_at__isnull=False)
        .select_related("account")
        .first()
    )
    return None if sender is None else sender.account
