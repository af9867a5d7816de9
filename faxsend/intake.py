"""Inbound mail, one at a time: claimed by a lock, handled in one transaction, refused in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from psycopg.errors import DiskFull

from faxsend import submitting
from faxsend.authentication import DomainNotAnswering
from faxsend.mailboxes import MailboxKind, bounce_token_in, kind_of
from faxsend.models import Content, InboundMessage, InboundStatus
from faxsend.rendering.sandbox import NotStarted
from notifications import bounces, delivery_status, digital_ids
from notifications.refusals import CannotDecrypt, Rejection

log = structlog.get_logger(__name__)

MAX_TRIES = 3
RETRY_AFTER = timedelta(seconds=2)
"""Times the number of the try. Also what keeps a second worker away between the counted try and its lock."""

LONGEST_PAUSE = timedelta(minutes=10)


def process_next() -> bool:
    """Take the oldest waiting mail and hand it to its mailbox's handler. False if none waits."""
    pk = _begin_try()
    if pk is None:
        return False
    try:
        with transaction.atomic():
            message = (
                # Waits: a worker that looks for its own mail locks this row for a moment to see that it is taken.
                InboundMessage.objects.select_for_update()
                .filter(pk=pk, status=InboundStatus.RECEIVED)
                .first()
            )
            if message is not None:
                _process(message)
    except Exception as error:
        if _is_no_fault_of_the_mail(error):
            _postpone(pk, error)
            return True
        # Its class alone: the text may say what stands in the mail.
        InboundMessage.objects.filter(pk=pk).update(last_error=type(error).__name__)
        raise
    return True


def _is_no_fault_of_the_mail(error: Exception) -> bool:
    """Whether it is only that it could not be done now: disk, also PostgreSQL's, processes, DNS."""
    out_of_room = isinstance(error, (OSError, NotStarted)) or isinstance(error.__cause__, DiskFull)
    return out_of_room or isinstance(error, DomainNotAnswering)


def _postpone(pk: int, error: Exception) -> None:
    """What is no fault of the mail is no try of it."""
    message = InboundMessage.objects.get(pk=pk)
    waited = timezone.now() - message.received_at
    pause = min(max(waited, RETRY_AFTER), LONGEST_PAUSE)
    log.error("message postponed", message=message.token, reason=type(error).__name__)
    InboundMessage.objects.filter(pk=pk, status=InboundStatus.RECEIVED).update(
        tries=F("tries") - 1, next_try_at=timezone.now() + pause
    )


def _begin_try() -> int | None:
    """Count the try before anything can go wrong, so that a mail that kills its worker is parked in the end."""
    now = timezone.now()
    with transaction.atomic():
        message = (
            InboundMessage.objects.select_for_update(skip_locked=True)
            .filter(status=InboundStatus.RECEIVED, next_try_at__lte=now)
            .order_by("next_try_at", "pk")
            .first()
        )
        if message is None:
            return None
        if message.tries >= MAX_TRIES:
            log.error("message parked", message=message.token, tries=message.tries)
            message.status = InboundStatus.PARKED
        else:
            message.tries += 1
            message.next_try_at = now + RETRY_AFTER * message.tries
        message.save(update_fields=["status", "tries", "next_try_at"])
        return message.pk


def _order(message: InboundMessage) -> InboundStatus:
    """One for ``send@`` or a fax number."""
    return InboundStatus.ACCEPTED if submitting.submit(message) else InboundStatus.DUPLICATE


def _digital_id(message: InboundMessage) -> InboundStatus:
    """One for ``digitalid@``; whatever it brings about, it has been taken."""
    digital_ids.handle(message.content.raw, sender=message.sender, at=message.received_at, key=message.token)
    return InboundStatus.ACCEPTED


def _bounce(message: InboundMessage) -> InboundStatus:
    """A mail of ours that came back; the gateway takes one such recipient at a time."""
    token = bounce_token_in(message.recipients[0], submitting.domains())
    assert token is not None
    bounces.handle(message.content.raw, token=token, at=message.received_at, key=message.token)
    return InboundStatus.ACCEPTED


HANDLERS: dict[MailboxKind, Callable[[InboundMessage], InboundStatus]] = {
    MailboxKind.SERVICE: _order,
    MailboxKind.NUMBER: _order,
    MailboxKind.DIGITALID: _digital_id,
    MailboxKind.BOUNCE: _bounce,
}
"""Each works in the caller's transaction and raises a ``Rejection`` for what it cannot take."""


def _process(message: InboundMessage) -> None:
    try:
        # What was written before a refusal goes; the refusal itself stays.
        with transaction.atomic():
            message.status = HANDLERS[_kind(message)](message)
    except Rejection as rejection:
        refuse(message, rejection)
    else:
        log.info("message accepted", message=message.token, status=str(message.status))
    message.save()


def _kind(message: InboundMessage) -> MailboxKind:
    """Of all its recipients: the gateway takes one kind at a time. A mailbox that is no more was one for orders."""
    return kind_of(message.recipients[0], submitting.domains()) or MailboxKind.SERVICE


def refuse(message: InboundMessage, rejection: Rejection) -> None:
    """Answer its sender, without its header fields if it cannot be read. The caller, who holds the row, saves it.

    What came back to us is never answered.
    """
    log.info("message refused", message=message.token, code=rejection.code)
    message.status = InboundStatus.REJECTED
    message.encrypted = message.encrypted or isinstance(rejection, CannotDecrypt)
    message.rejection_code = rejection.code
    message.rejection_position = rejection.position
    message.rejection_detail = rejection.detail.encode()
    delivery_status.refuse(
        rejection,
        key=message.token,
        to="" if _kind(message) is MailboxKind.BOUNCE else message.sender,
        original=_readable(message),
        recipients=message.recipients,
        encrypted=message.encrypted,
        language=message.account.language if message.account else settings.LANGUAGE_CODE,
        arrived_at=message.received_at,
    )


def _readable(message: InboundMessage) -> bytes:
    """The mail as it came; empty where a key is missing or bytes are damaged: the sender is told all the same."""
    try:
        return message.content.raw
    except (InvalidToken, Content.DoesNotExist) as error:
        log.error("message cannot be read", message=message.token, reason=type(error).__name__)
        return b""
