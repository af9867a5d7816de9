"""The one outbox: every mail that leaves is a row, written in the transaction of the thing it tells about.

``OutboxBackend`` writes the rows, ``drain`` sends them. Mail goes at least once, and every delivery of a row
is the same bytes with the same Message-ID, so that a second one is seen as the same mail.
"""

from __future__ import annotations

import copy
import email
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.header import Header
from email.message import Message
from email.utils import format_datetime, parseaddr
from typing import Protocol

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from certificates import protection
from notifications.models import MailState, OutgoingMail, Protection
from notifications.relay import RelayRefused, RelayUnavailable, relay
from notifications.withheld import notice_instead_of

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)
LONGEST_ADDRESS = 254
NO_SUCH_CERTIFICATE = "the certificate that the mail is for is no longer registered, or cannot be used"
LONGEST_ENCODED_LINE = 76
"""RFC 2047, 2."""
_ADDRESS = re.compile(r"[!-;=?-~]+@[^\s<>@]+")
# 7 bit: no relay on the way has a reason to recode what is going to be signed (RFC 8551, 3.1.3).
_AS_KEPT = policy.compat32.clone(linesep="\r\n", cte_type="7bit")

log = structlog.get_logger(__name__)


class Options(Protocol):
    """What the outbox asks of a message; an app below may bring a class of its own with these three."""

    @property
    def key(self) -> str: ...

    @property
    def protection(self) -> str: ...

    @property
    def envelope_sender(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class OutboxOptions:
    """``key``: the same key again is the same mail and changes nothing; empty: a mail of its own.

    ``protection``: a value of ``Protection``. ``envelope_sender``: empty is the null sender ``<>`` of RFC 5321,
    4.5.5; ``None`` takes the address of From. ``only_certificate``: the fingerprint of the recipient's registered
    certificate that the mail is encrypted to, or it is given up, whatever ``protection`` says.
    """

    key: str = ""
    protection: str = Protection.PLAIN
    envelope_sender: str | None = None
    only_certificate: str = ""


class OutboxMessage(EmailMultiAlternatives):
    """A Django mail that says how it wants to leave."""

    outbox: Options = OutboxOptions()


class OutboxBackend(BaseEmailBackend):
    """Django's ``EMAIL_BACKEND``: queues, never sends; one row per recipient in To, Cc and Bcc."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return sum(_queue_message(message) for message in email_messages)


def new_message_id() -> str:
    return f"<{secrets.token_hex(16)}@{settings.FAX_DOMAIN}>"


def deliverable(address: str) -> bool:
    """Whether an address that came in a mail can be written into one: no more than that is asked.

    Stricter rules would shut out real ones: Japanese carriers have given out ``a..b.@example.jp``.
    """
    return len(address) <= LONGEST_ADDRESS and bool(_ADDRESS.fullmatch(address)) and address.isprintable()


def queue(mail: Message, *, recipient: str, options: Options) -> None:
    """Keep ``mail``, complete with its Message-ID, for ``recipient``, in the caller's transaction."""
    sender = options.envelope_sender
    row = OutgoingMail(
        key=options.key or secrets.token_urlsafe(24),
        recipient=recipient,
        envelope_sender=parseaddr(str(mail["From"]))[1] if sender is None else sender,
        message_id=str(mail["Message-ID"]),
        protection=options.protection,
        only_certificate=_only_certificate(options),
        content=mail.as_bytes(policy=_AS_KEPT),
    )
    OutgoingMail.objects.bulk_create([row], ignore_conflicts=True)


def drain() -> bool:
    """Take one due mail and try to send it; tells whether there was one. Not inside a transaction.

    The try is counted and the next one planned before anything is risked: a mail that kills its worker
    does not come back at once.
    """
    mail = _claim(timezone.now())
    if mail is None:
        return False
    try:
        _make_wire(mail)
        _deliver(mail)
    except RelayRefused as refusal:
        log.warning("outgoing_refused", outgoing=mail.pk, code=refusal.code)
        _note(mail, str(refusal), MailState.FAILED)
    except RelayUnavailable as problem:
        log.warning("outgoing_delayed", outgoing=mail.pk, tries=mail.tries, code=problem.code)
        _note(mail, str(problem), _state_after_failure(mail))
    except protection.ProtectionUnavailable:
        log.warning("outgoing_unreadable", outgoing=mail.pk)
        _note(mail, NO_SUCH_CERTIFICATE, MailState.FAILED)
    except Exception as error:
        log.exception("outgoing_broken", outgoing=mail.pk, tries=mail.tries)
        _note(mail, f"{type(error).__name__}: {error}", _state_after_failure(mail))
    return True


def pause_after(tries: int) -> timedelta:
    """5 s, doubled by every try, at most an hour."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(tries - 1, 10)))


def _queue_message(message: EmailMessage) -> int:
    options: Options = getattr(message, "outbox", OutboxOptions())
    recipients = list(dict.fromkeys(_bare(address) for address in message.recipients()))
    for number, recipient in enumerate(recipients):
        key = f"{options.key}#{number}" if options.key and number else options.key
        own = OutboxOptions(key, options.protection, options.envelope_sender, _only_certificate(options))
        queue(_composed(message), recipient=recipient, options=own)
    return int(bool(recipients))


def _only_certificate(options: Options) -> str:
    """Only a message of this app knows of it."""
    return options.only_certificate if isinstance(options, OutboxOptions) else ""


def _bare(address: str) -> str:
    """``name <address>`` without its name; what is an address already is not parsed again."""
    return address if deliverable(address) else parseaddr(address)[1]


def _composed(message: EmailMessage) -> Message:
    """The mail with a Date and a Message-ID of its own, without touching the caller's message."""
    own = copy.copy(message)
    others = {k: v for k, v in message.extra_headers.items() if k.lower() not in ("date", "message-id")}
    date = format_datetime(timezone.localtime())
    own.extra_headers = others | {"Date": date, "Message-ID": new_message_id()}
    # Read back because Django's classes insist on 8 bit, and fold a subject before its first word.
    mail = email.message_from_bytes(own.message().as_bytes())
    subject = str(message.subject)
    if not subject.isascii():
        charset = message.encoding or "utf-8"
        encoded = Header(subject, charset, maxlinelen=LONGEST_ENCODED_LINE, header_name="Subject").encode()
        mail.replace_header("Subject", encoded)
    return mail


def _claim(now: datetime) -> OutgoingMail | None:
    with transaction.atomic(durable=True):
        due = OutgoingMail.objects.filter(state=MailState.WAITING, next_try_at__lte=now)
        mail = due.order_by("next_try_at").select_for_update(skip_locked=True).first()
        if mail is not None:
            mail.tries += 1
            mail.next_try_at = now + pause_after(mail.tries)
            mail.save(update_fields=["tries", "next_try_at"])
    return mail


def _ours(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    """The row, unless it was sent or claimed again meanwhile."""
    return OutgoingMail.objects.filter(pk=mail.pk, state=MailState.WAITING, tries=mail.tries)


def _make_wire(mail: OutgoingMail) -> None:
    """Once: signing again would give other bytes for the same Message-ID."""
    if not mail.wire:
        _ours(mail).filter(wire=b"").update(wire=_protected(mail))


def _protected(mail: OutgoingMail) -> bytes:
    """Raises ``ProtectionUnavailable`` for a mail that one certificate alone may read."""
    if mail.only_certificate:
        return protection.protect(mail.content, mail.recipient, only=mail.only_certificate)
    match mail.protection:
        case Protection.PROTECT:
            try:
                return protection.protect(mail.content, mail.recipient)
            except protection.ProtectionUnavailable:
                log.warning("outgoing_withheld", outgoing=mail.pk)
                return protection.sign(notice_instead_of(mail.content))
        case Protection.SIGN:
            return protection.sign(mail.content)
        case _:
            return mail.content


def _deliver(mail: OutgoingMail) -> None:
    """The lock is held while the relay is spoken to: a slow relay does not bring a second worker."""
    with transaction.atomic(durable=True):
        # Waits: a worker that looks for its own mail locks this row for a moment to see that it is taken.
        locked = _ours(mail).select_for_update().first()
        if locked is None:
            return
        relay(locked.wire, sender=locked.envelope_sender, recipient=locked.recipient)
        _ours(mail).update(state=MailState.SENT, sent_at=timezone.now(), error="")
    log.info("outgoing_sent", outgoing=mail.pk, tries=mail.tries)


def _state_after_failure(mail: OutgoingMail) -> MailState:
    old = timezone.now() - mail.created_at > GIVE_UP_AFTER
    return MailState.FAILED if old else MailState.WAITING


def _note(mail: OutgoingMail, error: str, state: MailState) -> None:
    _ours(mail).update(state=state, error=error.replace("\x00", "")[:500])
