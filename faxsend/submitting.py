"""From an inbound message to a submission: the pipeline, top to bottom."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from certificates.identity import service_identities
from certificates.roots import trust_store
from certificates.smime import DecryptionError, OpenedMail, SignatureError, open_mail
from faxsend.authentication import authenticate
from faxsend.commands import Instructions, read_commands
from faxsend.mail import Document, Mail, read_mail
from faxsend.mailboxes import Domains, numbers_in
from faxsend.models import Fax, InboundMessage, Pages, SendingProperties, Submission
from faxsend.rendering import PageFormat, RenderedPages, Resolution, render
from notifications.refusals import CannotDecrypt, NothingToFax, SignatureRejected

SUBJECT_LENGTH = 1000
"""Characters of the subject that the history keeps; mail may have more."""
SAME_ORDER_FOR = timedelta(hours=24)
SAME_NAMELESS_ORDER_FOR = timedelta(hours=1)
"""For mail without a Message-ID: what a program sends again later may well be meant."""

_TRACE_FIELD = re.compile(
    rb"^(?:Received|Return-Path):[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)


def submit(message: InboundMessage) -> Submission | None:
    """Make a submission of an order, in the caller's transaction.

    None: the same order has been accepted before (SMTP repeats itself). Raises a ``Rejection`` for what
    cannot be faxed; ``message`` then says as much as was found out (encrypted, signed).
    """
    opened = _open(message)
    mail = read_mail(opened.message)
    account = authenticate(message, opened.signature)
    instructions = read_commands(mail, numbers_in(message.recipients, domains()))
    digest = order_digest(message)
    if _seen_before(account, digest, SAME_ORDER_FOR if mail.message_id else SAME_NAMELESS_ORDER_FOR):
        return None
    documents = documents_of(mail)
    properties = SendingProperties.objects.filter(account=account).first() or SendingProperties()
    rendered = render(documents, PageFormat(resolution=Resolution(properties.resolution)))
    submission = Submission(
        account=account,
        message=message,
        pages=_store(account, rendered),
        sender=message.sender,
        from_address=mail.from_,
        reply_to=mail.reply_to,
        subject=instructions.subject[:SUBJECT_LENGTH],
        encrypted=message.encrypted,
        signed=opened.signature is not None and opened.signature.valid,
        order_digest=digest,
        duplicates=instructions.duplicates,
        max_attempts=properties.max_attempts,
        retry_interval=properties.retry_interval,
    )
    return _create(submission, instructions)


def domains() -> Domains:
    """The service's own mailboxes, from the settings."""
    return Domains(settings.FAX_DOMAIN, settings.SERVICE_ADDRESS, settings.DIGITALID_ADDRESS)


def documents_of(mail: Mail) -> tuple[Document, ...]:
    """The attachments if there are any, else the text (user guide). Raises ``NothingToFax``."""
    if mail.documents:
        return mail.documents
    if not mail.text.strip():
        raise NothingToFax
    return (Document(name="", media_type="text/plain", content=mail.text.encode()),)


def order_digest(message: InboundMessage) -> bytes:
    """SHA-256 of what makes an order the same: recipients and the mail without the fields that relays add."""
    head, separator, body = message.content.raw.partition(b"\r\n\r\n")
    raw = _TRACE_FIELD.sub(b"", head + b"\r\n") + separator + body
    recipients = json.dumps(sorted(recipient.casefold() for recipient in message.recipients))
    return hashlib.sha256(recipients.encode() + b"\0" + raw).digest()


def _open(message: InboundMessage) -> OpenedMail:
    try:
        opened = open_mail(message.content.raw, service_identities(), trust_store(), message.received_at)
    except DecryptionError as error:
        raise CannotDecrypt from error
    except SignatureError as error:
        message.encrypted, message.signature = error.encrypted, error.reason
        raise SignatureRejected(detail=error.reason) from error
    message.encrypted = opened.encrypted
    if opened.signature is not None:
        problem = opened.signature.problem
        message.signature = "valid" if problem is None else problem.sentence
    return opened


def _seen_before(account: Account, digest: bytes, within: timedelta) -> bool:
    """Whether the account has given this order lately. Holds off its twin until the commit."""
    with connection.cursor() as cursor:
        key = int.from_bytes(digest[:8], signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    return Submission.objects.filter(
        account=account, order_digest=digest, created_at__gt=timezone.now() - within
    ).exists()


def _store(account: Account, rendered: RenderedPages) -> Pages:
    return Pages.objects.create(
        account=account, tiff=rendered.tiff, count=rendered.count, resolution=rendered.resolution
    )


def _create(submission: Submission, instructions: Instructions) -> Submission:
    submission.open = len(instructions.numbers)
    submission.save()
    Fax.objects.bulk_create(
        Fax(submission=submission, account=submission.account, number=number)
        for number in instructions.numbers
    )
    return submission
