"""Whether an address wants to fax for an account: its owner is asked by mail, and answers on a page.

Who named an address has proved nothing; who opens the link that was mailed to it has (docs/adr/0008).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Account, AuthorizedSender

SENDER_NAME = "InterFAX"
LINK_DAYS = 7
PAUSE_MINUTES = 10
MAILS_A_DAY = 50
_DAY_SECONDS = 24 * 3600


class AddressTaken(Exception):
    """Another account has had the address confirmed meanwhile."""


@dataclass(frozen=True, slots=True)
class SignedMail:
    """How the mail leaves the outbox: once per ``key``, signed; ``account`` is told if it comes back."""

    key: str
    account: Account | None
    protection: str = "sign"
    envelope_sender: str | None = None


class ConfirmationMail(EmailMessage):
    """A mail that the outbox signs."""

    outbox: SignedMail


@transaction.atomic
def ask(sender: AuthorizedSender) -> None:
    """Mail the link to the address, in the language of the account that named it.

    Raises ``ValidationError``: confirmed already, asked in the last 10 minutes, or the account has asked 50
    times in a day.
    """
    if sender.verified_at is not None:
        raise ValidationError(_("This address has been confirmed already."))
    _take_turn(sender)
    sender.asked_at = timezone.now()
    sender.save(update_fields=["asked_at"])
    with translation.override(sender.account.language):
        _mail_to(sender).send()


def ask_again(account: Account, pk: int) -> AuthorizedSender:
    """Mail the link once more; it counts for 7 days from now.

    Raises ``AuthorizedSender.DoesNotExist`` and the ``ValidationError`` of ``ask``.
    """
    with transaction.atomic():
        locked = account.senders.select_related("account").select_for_update(of=("self",))
        sender = locked.get(pk=pk)
        ask(sender)
    return sender


def sender_asked(token: str, *, at: datetime) -> AuthorizedSender:
    """The sender whose link this is, confirmed or not, while the link counts.

    Raises ``AuthorizedSender.DoesNotExist`` for an unknown token and after 7 days.
    """
    asked = AuthorizedSender.objects.filter(asked_at__gt=at - timedelta(days=LINK_DAYS))
    return asked.select_related("account").get(token=token)


def confirm(sender: AuthorizedSender) -> None:
    """The address may fax for its account from now on; a second time changes nothing.

    Raises ``AddressTaken``.
    """
    waiting = AuthorizedSender.objects.filter(pk=sender.pk, verified_at__isnull=True)
    try:
        with transaction.atomic():
            waiting.update(verified_at=timezone.now())
    except IntegrityError as error:
        raise AddressTaken from error


def _mail_to(sender: AuthorizedSender) -> ConfirmationMail:
    path = reverse("confirm_sender", args=[sender.token])
    context = {
        "company": " ".join(sender.account.name.split()),
        "address": sender.address,
        "url": settings.SITE_URL + path,
        "days": LINK_DAYS,
    }
    mail = ConfirmationMail(
        subject=render_to_string("mail/confirm_sender/subject.txt").strip(),
        body=render_to_string("mail/confirm_sender/body.txt", context),
        from_email=formataddr((SENDER_NAME, settings.DEFAULT_FROM_EMAIL)),
        to=[sender.address],
        headers={"Auto-Submitted": "auto-generated"},
    )
    assert sender.asked_at is not None
    key = f"confirm-sender:{sender.token}:{sender.asked_at.timestamp():.0f}"
    mail.outbox = SignedMail(key=key, account=sender.account)
    return mail


def _take_turn(sender: AuthorizedSender) -> None:
    """Kept beside the row, because deleting an address and naming it again would begin anew."""
    account = sender.account_id
    digest = hashlib.sha256(sender.address.lower().encode()).hexdigest()
    this_address, today = f"sender-asked:{account}:{digest}", f"senders-asked:{account}"
    if not cache.add(this_address, True, PAUSE_MINUTES * 60):
        raise ValidationError(
            _(
                "A confirmation mail was sent to this address less than %(minutes)d minutes ago. "
                "Please wait a little before you send another."
            )
            % {"minutes": PAUSE_MINUTES}
        )
    cache.add(today, 0, _DAY_SECONDS)
    if cache.incr(today) > MAILS_A_DAY:
        cache.delete(this_address)
        raise ValidationError(
            _("Your account has sent %(limit)d confirmation mails today. Please go on tomorrow.")
            % {"limit": MAILS_A_DAY}
        )
