"""Addresses at which an account's mail does not arrive: when they become one, and when they are none any more.

One failure that says that there is no such address is enough; of any other kind it takes three mails in a row, and
after three days it is tried again: mailboxes are emptied, servers mended, and nobody would think of the site.
Notifications to such an address are held back, all other mail is tried. It is over when the account says so, and
when the address proves itself: its owner confirms it as a sender, or registers a certificate for it. What was
held back leaves then, as long as its text is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Account, AuthorizedSender
from certificates.models import RegisteredCertificate
from notifications.mail_status import NO_SUCH_ADDRESS, is_no_such_address, meaning_of
from notifications.models import AddressProblem, MailState, OutgoingMail

IN_A_ROW = 3
TRIED_AGAIN_AFTER = timedelta(days=3)
"""Less than the text of what is held back is kept."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """``reason``: a sentence in the active language; ``withheld``: how many notifications are held back."""

    pk: int
    address: str
    since: datetime
    reason: str
    withheld: int


def problems_of(account: Account) -> dict[str, Problem]:
    """Address in small letters -> its problem, in the order of the addresses, by two queries."""
    rows = list(_current(account.address_problems.all()).order_by("address"))
    if not rows:
        return {}
    held = account.outgoing_mails.filter(state=MailState.WITHHELD).annotate(to=Lower("recipient"))
    counts = dict(held.values_list("to").annotate(Count("pk")))
    return {
        row.address: Problem(
            row.pk, row.address, row.since, gettext(meaning_of(row.status)), counts.get(row.address, 0)
        )
        for row in rows
    }


def has_problem(account: Account, address: str) -> bool:
    return _current(account.address_problems.filter(address=address.lower())).exists()


def came_back(mail_pk: int, status: str, *, at: datetime) -> bool:
    """Note that a mail has failed for good, and of its address what that says. False if it was noted before.

    ``status``: of RFC 3463. Raises ``OutgoingMail.DoesNotExist``.
    """
    with transaction.atomic():
        # Waits for the worker that has just handed it over and not noted it yet.
        rows = OutgoingMail.objects.select_for_update(no_key=True).defer("content", "wire")
        mail = rows.get(pk=mail_pk)
        if mail.bounced_at is not None:
            return False
        mail.bounced_at, mail.bounce_status = at, status
        mail.save(update_fields=["bounced_at", "bounce_status"])
        if mail.account_id is not None:
            _judge(mail, mail.account_id)
    log.info("outgoing_came_back", outgoing=mail_pk, status=status)
    return True


def clear(account: Account, pk: int) -> str:
    """Mail to the address is tried again; returns the address. Raises ``AddressProblem.DoesNotExist``."""
    problem = account.address_problems.get(pk=pk)
    problem.cleared_at = timezone.now()
    problem.save(update_fields=["cleared_at"])
    return problem.address


def release() -> int:
    """Let go what is held back for addresses that have no problem any more; returns how many mails."""
    now = timezone.now()
    problem = _current(AddressProblem.objects.all()).filter(
        account=OuterRef("account"), address=Lower(OuterRef("recipient"))
    )
    withheld = OutgoingMail.objects.filter(state=MailState.WITHHELD, account__isnull=False)
    return (
        withheld.exclude(content=b"")
        .filter(~Exists(problem))
        .update(state=MailState.WAITING, next_try_at=now)
    )


def _current(problems: QuerySet[AddressProblem]) -> QuerySet[AddressProblem]:
    """Without those that are over."""
    senders = AuthorizedSender.objects.annotate(known=Lower("address"))
    confirmed = senders.filter(
        known=OuterRef("address"), account=OuterRef("account"), verified_at__gt=OuterRef("since")
    )
    certificates = RegisteredCertificate.objects.annotate(known=Lower("address"))
    registered = certificates.filter(known=OuterRef("address"), registered_at__gt=OuterRef("since"))
    lasting = Q(status__in=NO_SUCH_ADDRESS) | Q(since__gt=timezone.now() - TRIED_AGAIN_AFTER)
    return problems.filter(lasting, ~Exists(confirmed), ~Exists(registered), cleared_at=None)


def _judge(mail: OutgoingMail, account_pk: int) -> None:
    # The account's row is the lock under which its failures are counted.
    account = Account.objects.select_for_update(no_key=True).get(pk=account_pk)
    address = mail.recipient.lower()
    if has_problem(account, address) or not _is_dead(mail, account, address):
        return
    facts = {"status": mail.bounce_status, "since": mail.bounced_at, "cleared_at": None}
    AddressProblem.objects.update_or_create(account=account, address=address, defaults=facts)
    log.warning("address_does_not_take_mail", account=account.pk, status=mail.bounce_status)


def _is_dead(mail: OutgoingMail, account: Account, address: str) -> bool:
    """What left before the address was trusted anew says nothing, however late it comes back."""
    trusted = _trusted_since(account, address)
    left_at = mail.sent_at or mail.bounced_at
    if trusted is not None and left_at is not None and left_at < trusted:
        return False
    if is_no_such_address(mail.bounce_status):
        return True
    to_it = account.outgoing_mails.annotate(to=Lower("recipient")).filter(to=address)
    left = to_it.filter(Q(state=MailState.SENT) | Q(bounced_at__isnull=False), bounce_token__isnull=False)
    if trusted is not None:
        left = left.annotate(left_at=Coalesce("sent_at", "bounced_at")).filter(left_at__gte=trusted)
    # They come back in any order, and the newest may not have had the time to.
    newest = left.filter(bounced_at__isnull=False).order_by("-pk").values("pk")[:1]
    last = left.filter(pk__lte=newest).order_by("-pk").values_list("bounced_at", flat=True)[:IN_A_ROW]
    return len(found := list(last)) == IN_A_ROW and None not in found


def _trusted_since(account: Account, address: str) -> datetime | None:
    """When the address was last cleared or proven; None if it never was."""
    cleared = account.address_problems.filter(address=address).values_list("cleared_at", flat=True)
    senders = account.senders.annotate(known=Lower("address")).filter(known=address)
    certificates = RegisteredCertificate.objects.annotate(known=Lower("address")).filter(known=address)
    moments = [
        *cleared,
        *senders.values_list("verified_at", flat=True),
        *certificates.values_list("registered_at", flat=True),
    ]
    return max((moment for moment in moments if moment is not None), default=None)
