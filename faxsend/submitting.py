"""From an inbound message to a submission: the pipeline, top to bottom."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

from django.conf import settings

from accounts.models import Account
from certificates.smime import OpenedMail, SignatureProblem
from faxsend.allowed_countries import require_allowed_countries
from faxsend.authentication import (
    account_for,
    relied_on,
    require_alignment,
    require_password,
    require_proof,
    require_signature,
)
from faxsend.commands import read_commands
from faxsend.drawn import documents_of
from faxsend.expanding import expand
from faxsend.fanning_out import fan_out
from faxsend.holding import reserve_or_hold
from faxsend.mail import Mail, read_mail
from faxsend.mailboxes import Domains, destinations_in
from faxsend.models import InboundMessage, Pages, Submission
from faxsend.password_line import password_line
from faxsend.properties import sending_properties_of
from faxsend.rendering import RenderedPages, render
from faxsend.repeating import SAME_ORDER_FOR, given_before
from faxsend.replay import open_once, waiting_recipients
from faxsend.seen_signatures import unserved
from faxsend.sender_domain import prove_domain
from faxsend.sending import sending_of
from faxsend.size_limits import require_size

SUBJECT_LENGTH = 1000
"""Characters of the subject that the history keeps; mail may have more."""
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
    account = account_for(message)
    opened, claimed = open_once(message, account)
    mail = read_mail(opened.message, was_protected=opened.content_digest is not None)
    recipients = waiting_recipients(message, mail, claimed)
    message.signature = _state(opened)
    domain_proof = prove_domain(message)
    require_signature(account, opened.signature)
    signatures = relied_on(account, opened, domain_proof)
    recipients = unserved(account, signatures, mail, recipients, at=message.received_at)
    instructions = read_commands(mail, destinations_in(recipients or message.recipients, domains()))
    require_password(account, message, instructions.password)
    require_proof(account, opened, instructions.place)
    require_alignment(account, message, domain_proof, opened, instructions)
    digest = order_digest(message)
    if not recipients or given_before(account, digest, within=_same_order_for(mail)):
        return None
    sending = sending_of(sending_properties_of(account), instructions.options, arrived_at=message.received_at)
    expansion = expand(account, instructions)
    require_allowed_countries(account, instructions)
    require_size(mail.documents, signed=opened.signature is not None)
    documents = documents_of(mail, instructions, sending.body_use)
    pages = render(documents, sending.page_format, never=password_line(instructions.password))
    submission = Submission(
        account=account,
        message=message,
        pages=_store(account, pages),
        sender=message.sender,
        from_address=mail.from_,
        reply_to=mail.reply_to,
        subject=instructions.subject[:SUBJECT_LENGTH],
        encrypted=message.encrypted,
        signed=_is_signed(opened),
        signature_problem=_problem(opened),
        order_digest=digest,
        max_attempts=sending.max_attempts,
        retry_interval=sending.retry_interval,
        page_header=sending.page_header,
        send_at=sending.send_at,
    )
    fan_out(submission, expansion)
    reserve_or_hold([submission])
    return submission


def domains() -> Domains:
    """The service's own mailboxes, from the settings."""
    return Domains(settings.FAX_DOMAIN, settings.SERVICE_ADDRESS, settings.DIGITALID_ADDRESS)


def order_digest(message: InboundMessage) -> bytes:
    """SHA-256 of what makes an order the same: recipients and the mail without the fields that relays add."""
    head, separator, body = message.content.raw.partition(b"\r\n\r\n")
    raw = _TRACE_FIELD.sub(b"", head + b"\r\n") + separator + body
    recipients = json.dumps(sorted(recipient.casefold() for recipient in message.recipients))
    return hashlib.sha256(recipients.encode() + b"\0" + raw).digest()


def _same_order_for(mail: Mail) -> timedelta:
    return SAME_ORDER_FOR if mail.message_id else SAME_NAMELESS_ORDER_FOR


def _is_signed(opened: OpenedMail) -> bool:
    return opened.signature is not None and opened.signature.valid


def _state(opened: OpenedMail) -> str:
    """What operators read of a mail's signature; empty if there is none."""
    if opened.signature is None:
        return ""
    return f"valid, {_problem(opened)}".rstrip(", ") if opened.signature.valid else _problem(opened)


def _problem(opened: OpenedMail) -> str:
    """Why a signature that came with the mail counts as none, or counts only for the time being (SHA-1).

    Empty for one without any problem, and if there is none.
    """
    signature = opened.signature
    if signature is None:
        return ""
    problem = signature.problem or (SignatureProblem.WEAK_ALGORITHM if signature.weak else None)
    return "" if problem is None else problem.sentence


def _store(account: Account, rendered: RenderedPages) -> Pages:
    return Pages.objects.create(
        account=account, tiff=rendered.tiff, count=rendered.count, resolution=rendered.resolution
    )
