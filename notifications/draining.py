"""The way of a mail out of the outbox: claimed, signed and encrypted once, handed to the relay until that takes it.

Mail goes at least once, and every delivery of a row is the same bytes with the same Message-ID, so that a second
one is seen as the same mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.installation import may_work
from certificates import protection
from notifications import problem_addresses, relay_state
from notifications.mail_status import is_no_such_address, status_in
from notifications.models import MailState, OutgoingMail, Protection
from notifications.relay import RelayDown, RelayRefused, RelayUnavailable, relay
from notifications.withheld import notice_instead_of

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)
"""Of a relay that is there and does not take the mail."""
NO_SUCH_CERTIFICATE = "the certificate that the mail is for is no longer registered, or cannot be used"

log = structlog.get_logger(__name__)


def drain() -> bool:
    """Take one due mail and try to send it; tells whether there was one that might be sent now. Not inside a
    transaction.

    The try is counted and the next one planned before anything is risked: a mail that kills its worker
    does not come back at once. While this installation is held there is none.
    """
    if not may_work():
        return False
    with relay_state.connection_to_relay() as free:
        mail = _claim(timezone.now()) if free else None
        if mail is not None:
            _try_to_send(mail)
    return mail is not None


def _try_to_send(mail: OutgoingMail) -> None:
    try:
        _make_wire(mail)
        if _deliver(mail):
            relay_state.has_answered(timezone.now())
    except RelayRefused as refusal:
        relay_state.has_answered(timezone.now())
        _refused(mail, refusal)
    except RelayDown as problem:
        log.warning("relay_down", outgoing=mail.pk, code=problem.code)
        relay_state.has_failed(str(problem), timezone.now())
        _put_back(mail, str(problem))
    except RelayUnavailable as problem:
        relay_state.has_answered(timezone.now())
        log.warning("outgoing_delayed", outgoing=mail.pk, tries=mail.tries, code=problem.code)
        _put_off(mail, str(problem))
    except protection.ProtectionUnavailable:
        log.warning("outgoing_unreadable", outgoing=mail.pk)
        _note(mail, NO_SUCH_CERTIFICATE, MailState.FAILED)
    except Exception as error:
        # No fault of the mail's or the relay's (no certificate to sign with, a key that is missing): never given up.
        log.exception("outgoing_broken", outgoing=mail.pk, tries=mail.tries)
        _note(mail, f"{type(error).__name__}: {error}", MailState.WAITING)


def pause_after(tries: int) -> timedelta:
    """5 s, doubled by every try, at most an hour."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(tries - 1, 10)))


def _claim(now: datetime) -> OutgoingMail | None:
    """The mail that has been due for longest, if the relay may have one now."""
    with transaction.atomic(durable=True):
        # Unsealed only once the try is counted: one whose key is lost would be the first for ever.
        due = OutgoingMail.objects.defer("content", "wire").filter(
            state=MailState.WAITING, next_try_at__lte=now
        )
        first = due.order_by("next_try_at").select_for_update(skip_locked=True)
        mail = first.first() if relay_state.may_have_one(now) else None
        if mail is None:
            transaction.set_rollback(True)  # a turn that nobody takes
            return None
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


def _deliver(mail: OutgoingMail) -> bool:
    """The lock is held while the relay is spoken to: a slow relay does not bring a second worker.

    False if the mail has been sent, or decided upon, meanwhile.
    """
    with transaction.atomic(durable=True):
        # Waits: a worker that looks for its own mail locks this row for a moment to see that it is taken.
        locked = _ours(mail).select_for_update().first()
        if locked is None:
            return False
        relay(locked.wire, sender=locked.envelope_sender, recipient=locked.recipient)
        _ours(mail).update(state=MailState.SENT, sent_at=timezone.now(), error="")
    log.info("outgoing_sent", outgoing=mail.pk, tries=mail.tries)
    return True


def _refused(mail: OutgoingMail, refusal: RelayRefused) -> None:
    """A relay that knows that there is no such address spares the mail its way there and back."""
    log.warning("outgoing_refused", outgoing=mail.pk, code=refusal.code)
    _note(mail, str(refusal), MailState.FAILED)
    status = status_in(str(refusal))
    if is_no_such_address(status):
        problem_addresses.came_back(mail.pk, status, at=timezone.now())


def _put_back(mail: OutgoingMail, error: str) -> None:
    """There is no relay: that was no try of this mail, and it grows no older by it."""
    due = timezone.now() + FIRST_PAUSE
    _ours(mail).update(tries=F("tries") - 1, next_try_at=due, error=_kept(error))


def _put_off(mail: OutgoingMail, error: str) -> None:
    """Try again later, unless that has been done for ``GIVE_UP_AFTER``."""
    now = timezone.now()
    _ours(mail).update(error=_kept(error), put_off_since=Coalesce(F("put_off_since"), Value(now)))
    if _ours(mail).filter(put_off_since__lt=now - GIVE_UP_AFTER).update(state=MailState.FAILED):
        log.error("outgoing_given_up", outgoing=mail.pk, tries=mail.tries)


def _note(mail: OutgoingMail, error: str, state: MailState) -> None:
    _ours(mail).update(state=state, error=_kept(error))


def _kept(error: str) -> str:
    return error.replace("\x00", "")[:500]
