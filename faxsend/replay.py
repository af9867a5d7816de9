"""Between a mail and its content: keys are not used without end for one sender, and no content is faxed to a thief.

Whatever stands in the way of an encrypted mail is one refusal, the one of a failed decryption, and comes before
anything is said about the content.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from accounts.models import Account
from certificates import envelopes
from certificates.envelopes import Replayed
from certificates.models import SeenEnvelope
from certificates.opening import open_inbound, open_without_keys
from certificates.smime import DecryptionError, OpenedMail, SignatureError
from faxsend.mail import Mail
from faxsend.models import InboundMessage
from notifications.refusals import CannotDecrypt, DecryptionNotTried, SignatureRejected

log = structlog.get_logger(__name__)

MAX_FAILURES = 50
"""To decrypt mail of one sender address, within ``COUNTED_FOR``: after them no key is used for it any more."""
COUNTED_FOR = timedelta(hours=1)


def open_once(message: InboundMessage, account: Account) -> tuple[OpenedMail, tuple[SeenEnvelope, ...]]:
    """The mail without its S/MIME layers, and the claim on its content keys (``envelopes.claim``).

    ``message`` then says whether it came encrypted. Raises ``CannotDecrypt`` and ``SignatureRejected``.
    """
    opened = _open(message)
    try:
        claimed = envelopes.claim(account, opened, at=message.received_at)
    except Replayed as error:
        raise _refused(message) from error
    message.encrypted = opened.encrypted
    return opened, claimed


def waiting_recipients(
    message: InboundMessage, mail: Mail, claimed: Sequence[SeenEnvelope]
) -> tuple[str, ...]:
    """The envelope recipients for whom the mail is an order still; () for a repeated delivery.

    Raises ``CannotDecrypt``.
    """
    try:
        return envelopes.remaining(
            claimed,
            subject=mail.subject,
            message_id=mail.message_id,
            recipients=message.recipients,
            at=message.received_at,
        )
    except Replayed as error:
        raise _refused(message) from error


def _open(message: InboundMessage) -> OpenedMail:
    blocked = _failures(message) >= MAX_FAILURES
    open_mail = open_without_keys if blocked else open_inbound
    try:
        return open_mail(message.content.raw, at=message.received_at)
    except DecryptionError as error:
        raise (DecryptionNotTried if blocked else CannotDecrypt) from error
    except SignatureError as error:
        # Changed on the way by somebody who tries out what can be decrypted.
        if envelopes.seen(error.encrypted_keys):
            raise _refused(message) from error
        message.encrypted, message.signature = error.encrypted, error.reason
        raise SignatureRejected(detail=error.reason) from error


def _failures(message: InboundMessage) -> int:
    """Counted at the time when mail came, so that nothing is gained while mail has to wait."""
    return InboundMessage.objects.filter(
        account=message.account_id,
        sender__iexact=message.sender,
        rejection_code=CannotDecrypt.code,
        received_at__gt=message.received_at - COUNTED_FOR,
    ).count()


def _refused(message: InboundMessage) -> CannotDecrypt:
    log.warning("content key was used before", message=message.token)
    return CannotDecrypt()
