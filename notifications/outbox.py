"""The one outbox: every mail that leaves is a row, written in the transaction of the thing it tells about.

``OutboxBackend`` writes the rows, ``draining`` sends them.
"""

from __future__ import annotations

import copy
import email
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email import policy
from email.header import Header
from email.message import Message
from email.utils import format_datetime, parseaddr
from typing import Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.models import Account
from notifications import problem_addresses
from notifications.models import MailState, OutgoingMail, Protection

LONGEST_ADDRESS = 254
LONGEST_ENCODED_LINE = 76
"""RFC 2047, 2."""
_ADDRESS = re.compile(r"[!-;=?-~]+@[^\s<>@]+")
# 7 bit: no relay on the way has a reason to recode what is going to be signed (RFC 8551, 3.1.3).
_AS_KEPT = policy.compat32.clone(linesep="\r\n", cte_type="7bit")

log = structlog.get_logger(__name__)


class Options(Protocol):
    """What the outbox asks of a message; an app below may bring a class of its own with these."""

    @property
    def key(self) -> str: ...

    @property
    def protection(self) -> str: ...

    @property
    def envelope_sender(self) -> str | None: ...

    @property
    def account(self) -> Account | None: ...


@dataclass(frozen=True, slots=True)
class OutboxOptions:
    """``key``: the same key again is the same mail and changes nothing; empty: a mail of its own.

    ``protection``: a value of ``Protection``. ``envelope_sender``: empty is the null sender ``<>`` of RFC 5321,
    4.5.5; ``None`` an address of the mail's own, so that we learn of it if it comes back. ``account``: the one that
    is told then. ``can_be_withheld``: it waits while mail of the account to its recipient comes back.
    ``only_certificate``: the fingerprint of the recipient's registered certificate that the mail is encrypted to, or
    it is given up, whatever ``protection`` says.
    """

    key: str = ""
    protection: str = Protection.PLAIN
    envelope_sender: str | None = None
    only_certificate: str = ""
    account: Account | None = None
    can_be_withheld: bool = False


class OutboxMessage(EmailMultiAlternatives):
    """A Django mail that says how it wants to leave."""

    outbox: Options = OutboxOptions()


class OutboxBackend(BaseEmailBackend):
    """Django's ``EMAIL_BACKEND``: queues, never sends; one row per recipient in To, Cc and Bcc."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return sum(_queue_message(message) for message in email_messages)


def bounce_address(token: UUID) -> str:
    """Where a mail comes back to (a variable envelope return path); in small letters, which some servers make it."""
    return f"bounces+{token.hex}@{settings.FAX_DOMAIN}"


def new_message_id() -> str:
    return f"<{secrets.token_hex(16)}@{settings.FAX_DOMAIN}>"


def deliverable(address: str) -> bool:
    """Whether an address that came in a mail can be written into one: no more than that is asked.

    Stricter rules would shut out real ones: Japanese carriers have given out ``a..b.@example.jp``.
    """
    return len(address) <= LONGEST_ADDRESS and bool(_ADDRESS.fullmatch(address)) and address.isprintable()


def queue(mail: Message, *, recipient: str, options: OutboxOptions) -> None:
    """Keep ``mail``, complete with its Message-ID, for ``recipient``, in the caller's transaction."""
    token = UUID(bytes=secrets.token_bytes(16)) if options.envelope_sender is None else None
    row = OutgoingMail(
        account=options.account,
        key=options.key or secrets.token_urlsafe(24),
        recipient=recipient,
        envelope_sender=bounce_address(token) if token else options.envelope_sender or "",
        bounce_token=token,
        message_id=str(mail["Message-ID"]),
        protection=options.protection,
        only_certificate=options.only_certificate,
        state=MailState.WITHHELD if _is_withheld(options, recipient) else MailState.WAITING,
        content=mail.as_bytes(policy=_AS_KEPT),
    )
    OutgoingMail.objects.bulk_create([row], ignore_conflicts=True)


def _queue_message(message: EmailMessage) -> int:
    options = _options_of(message)
    recipients = list(dict.fromkeys(_bare(address) for address in message.recipients()))
    for number, recipient in enumerate(recipients):
        key = f"{options.key}#{number}" if options.key and number else options.key
        queue(_composed(message), recipient=recipient, options=replace(options, key=key))
    return int(bool(recipients))


def _options_of(message: EmailMessage) -> OutboxOptions:
    """Those that an app below brings know nothing of what is particular to this one."""
    given: Options = getattr(message, "outbox", OutboxOptions())
    if isinstance(given, OutboxOptions):
        return given
    return OutboxOptions(given.key, given.protection, given.envelope_sender, account=given.account)


def _is_withheld(options: OutboxOptions, recipient: str) -> bool:
    if not options.can_be_withheld or options.account is None:
        return False
    return problem_addresses.has_problem(options.account, recipient)


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
