"""Who may send: the sender address, then what the account asks for: signature, password, proof of what is encrypted,
proof by the sender's domain."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.mail_password import matches
from accounts.models import Account, AuthorizedSender
from certificates.smime import OpenedMail, Signature
from faxsend import signed_destinations
from faxsend.commands import Instructions, Place
from faxsend.domain_proof import DomainProof
from faxsend.models import InboundMessage
from faxsend.seen_signatures import Signatures
from notifications.refusals import (
    AuthorNotProven,
    DestinationNotProven,
    EncryptedOrderUnproven,
    PasswordNotCompared,
    PasswordNotFound,
    SenderDomainNotAnswering,
    SenderDomainNotProven,
    SenderNotAuthorized,
    SignatureNotFound,
    SignatureRejected,
    WrongPassword,
)

MAX_WRONG_PASSWORDS = 10
"""From one sender address, within ``COUNTED_FOR``: after them even the right one is answered as wrong."""
COUNTED_FOR = timedelta(hours=1)
NOT_A_SENDER = gettext_noop("signer is not an authorized sender")
AUTHOR_NOT_A_SENDER = gettext_noop("the address in From is not an authorized sender")
DNS_WAITED_FOR = timedelta(hours=4)
"""From receipt on. A domain whose DNS is down for a while is no fault of the customer's."""


class DomainNotAnswering(Exception):
    """DNS cannot say now whether the sender's domain stands behind the mail: it is looked at again later."""


def account_for(message: InboundMessage) -> Account:
    """The account that the mail is sent for.

    The envelope sender decides; the gateway asked already, but the sender may have been deleted since.
    Raises ``SenderNotAuthorized``.
    """
    account = _account_of(message.sender)
    if account is None or account.pk != message.account_id:
        raise SenderNotAuthorized
    return account


def require_signature(account: Account, signature: Signature | None) -> None:
    """Where the account asks for one: it holds, and an address that may send for the account made it
    (user guide, chapter 14, 2-1).

    Raises ``SignatureNotFound`` and ``SignatureRejected``.
    """
    if not account.signature_required:
        return
    if signature is None:
        raise SignatureNotFound
    if problem := _problem(signature, account):
        raise SignatureRejected(detail=problem)


def require_proof(account: Account, opened: OpenedMail, place: Place) -> None:
    """Where the account asks for it: an encrypted order whose destinations, named at ``place``, stand outside
    the encryption is signed. Anybody who has captured the encrypted content could have written them.

    Raises ``EncryptedOrderUnproven``.
    """
    if not (account.encrypted_proof_required and opened.encrypted):
        return
    if place is Place.BODY or (place is Place.SUBJECT and opened.subject_protected):
        return
    if opened.signature is None:
        raise EncryptedOrderUnproven
    if problem := _problem(opened.signature, account):
        raise EncryptedOrderUnproven(detail=problem)


def require_alignment(
    account: Account,
    message: InboundMessage,
    proof: DomainProof,
    opened: OpenedMail,
    instructions: Instructions,
) -> None:
    """Where the account asks for it: mail without a signature that counts is proven by the domain of its author,
    an authorized sender (DMARC's alignment by DKIM), and so are the destinations of its ``instructions``.

    Any mail that a customer ever wrote to anybody has such a proof, and could be sent on to a fax number.
    Raises ``SenderDomainNotProven``, ``AuthorNotProven``, ``DestinationNotProven``, ``SenderDomainNotAnswering``
    and, for mail that has not waited for long, ``DomainNotAnswering``.
    """
    if not account.alignment_required:
        return
    if opened.signature is not None and not _problem(opened.signature, account):
        return
    if proof.temporary:
        if timezone.now() - message.received_at < DNS_WAITED_FOR:
            raise DomainNotAnswering
        raise SenderDomainNotAnswering
    if not proof.aligned:
        raise (AuthorNotProven if proof.domains else SenderDomainNotProven)(detail=proof.problem)
    if _account_of(proof.author) != account:
        raise AuthorNotProven(detail=AUTHOR_NOT_A_SENDER)
    if not signed_destinations.are_signed(
        message.content.raw, message.recipients, proof, opened, instructions
    ):
        raise DestinationNotProven


def relied_on(account: Account, opened: OpenedMail, proof: DomainProof) -> Signatures:
    """The signatures by which the mail is an order of this account; none if it is one without them.

    Where S/MIME counts, DKIM is not asked for, but would be once its certificate has expired or its layer is no
    longer seen.
    """
    if not (account.signature_required or account.alignment_required):
        return Signatures()
    signature = opened.signature
    by_author = frozenset(() if signature is None else signature.digests)
    if signature is not None and not _problem(signature, account):
        return Signatures(proving=by_author, others=proof.signatures)
    return Signatures(proving=proof.proven_by, others=by_author | proof.signatures)


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


def _problem(signature: Signature, account: Account) -> str:
    """Why it proves nothing to this account, a msgid; empty if it does."""
    if signature.problem is not None:
        return signature.problem.sentence
    return "" if _account_of(signature.address) == account else NOT_A_SENDER


def _account_of(address: str) -> Account | None:
    sender = (
        AuthorizedSender.objects.filter(address__iexact=address, verified_at__isnull=False)
        .select_related("account")
        .first()
    )
    return None if sender is None else sender.account
