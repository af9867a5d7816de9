"""Who may send: the sender address, and the signature where the account asks for one."""

from __future__ import annotations

from accounts.models import Account, AuthorizedSender
from certificates.smime import Signature
from faxsend.models import InboundMessage
from notifications.refusals import SenderNotAuthorized, SignatureNotFound, SignatureRejected


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
