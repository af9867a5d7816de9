"""再送信: what has ended is sent again over the same pages. Every resend is a submission of its own.

A failed fax that is sent again alone is a single send, and is told of as one (user guide, chapter 14, note 5
on encrypted sending).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value

from accounts.models import Account
from faxsend.allowed_countries import require_allowed_again
from faxsend.billing import price_of
from faxsend.fanning_out import fan_out_again
from faxsend.holding import reserve_or_hold
from faxsend.models import Fax, Pages, Submission
from faxsend.repeating import given_before
from faxsend.states import FaxStatus

UNSUCCESSFUL = (FaxStatus.FAILED, FaxStatus.CANCELED)
ROWS_AT_ONCE = 1000


class What(StrEnum):
    """What of an order is sent again: the failed faxes one by one, or all of it as one list send."""

    FAILED = "failed"
    ALL = "all"


class NothingToResend(Exception):
    """The order has no such faxes, or they are still in process."""


class PagesNotStored(Exception):
    """The page images are gone (retention): nothing is left that could be sent again."""


def offered(submission: Submission) -> tuple[What, ...]:
    """What of it can be sent again at this moment; the counters know."""
    found = [What.FAILED] if submission.failed else []
    if not submission.open and submission.total:
        found.append(What.ALL)
    return tuple(found)


@transaction.atomic
def resend(account: Account, token: str, what: What, *, once: str) -> tuple[Submission, ...]:
    """The new submissions: one a failed fax, or one for the whole order.

    A failed fax whose resend is on its way, or has arrived, is not among the failed ones any more.

    ``once``: chosen at random for each form; the same one again within a day returns what it made before.
    Raises ``Submission.DoesNotExist``, ``NothingToResend``, ``PagesNotStored``, and ``CountryNotAllowed`` if the account may not send
    to one of the numbers any more: then nothing is sent.
    """
    original = _order(account, token)
    digest = _digest(once, f"{what}:{original.pk}")
    before = given_before(account, digest)
    if before:
        return before
    if what not in offered(original):
        raise NothingToResend
    _keep_pages(original)
    require_allowed_again(account, original.faxes.all() if what is What.ALL else _not_resent(original))
    if what is What.ALL:
        made: tuple[Submission, ...] = (_as_one(original, digest),)
    else:
        failed = list(_not_resent(original))
        if not failed:
            raise NothingToResend
        made = _one_by_one(original, failed, digest)
    _require_whole(original)
    return made


@transaction.atomic
def resend_fax(account: Account, token: str, fax_pk: int, *, once: str) -> tuple[Submission, ...]:
    """One failed fax as a single send; ``once`` as in ``resend``.

    Raises ``Submission.DoesNotExist``, ``Fax.DoesNotExist``, ``NothingToResend``, ``PagesNotStored`` and
    ``CountryNotAllowed``.
    """
    original = _order(account, token)
    fax = original.faxes.get(pk=fax_pk)
    digest = _digest(once, f"fax:{fax.pk}")
    before = given_before(account, digest)
    if before:
        return before
    if fax.status not in UNSUCCESSFUL:
        raise NothingToResend
    _keep_pages(original)
    require_allowed_again(account, original.faxes.filter(pk=fax.pk))
    return _one_by_one(original, [fax], digest)


def _order(account: Account, token: str) -> Submission:
    """Locked: what one form sends again the next one must see."""
    return account.submissions.select_for_update(no_key=True, of=("self",)).get(token=token)


def _keep_pages(original: Submission) -> None:
    """Hold retention off the pages until the new order is committed. Raises ``PagesNotStored``."""
    stored = Pages.objects.select_for_update(no_key=True).filter(pk=original.pages_id, removed_at=None)
    if not stored.values_list("pk", flat=True):
        raise PagesNotStored


def _require_whole(original: Submission) -> None:
    """Retention takes the faxes of old orders in pieces: asked after they were read, so that none is missed.

    Raises ``PagesNotStored``.
    """
    if original.faxes.count() != original.total:
        raise PagesNotStored


def _not_resent(original: Submission) -> QuerySet[Fax]:
    again = Fax.objects.filter(submission__resent_from=original, number=OuterRef("number"))
    failed = original.faxes.filter(status__in=UNSUCCESSFUL).order_by("pk")
    return failed.exclude(Exists(again.exclude(status__in=UNSUCCESSFUL)))


def _digest(once: str, what: str) -> bytes:
    return hashlib.sha256(json.dumps(["resend", once, what]).encode()).digest()


def _as_one(original: Submission, digest: bytes) -> Submission:
    submission = _over_the_same_pages(original, digest)
    fan_out_again(submission, original)
    reserve_or_hold([submission])
    return submission


def _one_by_one(original: Submission, faxes: Sequence[Fax], digest: bytes) -> tuple[Submission, ...]:
    singles = [_over_the_same_pages(original, digest) for _ in faxes]
    Submission.objects.bulk_create(singles, batch_size=ROWS_AT_ONCE)
    again = (_again(fax, single) for fax, single in zip(faxes, singles, strict=True))
    Fax.objects.bulk_create(again, batch_size=ROWS_AT_ONCE)
    reserve_or_hold(singles)
    return tuple(singles)


def _over_the_same_pages(original: Submission, digest: bytes) -> Submission:
    """Of one fax, not yet saved; sent as its mail asked for, but at once."""
    return Submission(
        account_id=original.account_id,
        pages_id=original.pages_id,
        resent_from=original,
        sender=original.sender,
        from_address=original.from_address,
        reply_to=original.reply_to,
        subject=original.subject,
        encrypted=original.encrypted,
        signed=original.signed,
        order_digest=digest,
        max_attempts=original.max_attempts,
        retry_interval=original.retry_interval,
        page_header=original.page_header,
        open=1,
    )


def _again(fax: Fax, submission: Submission) -> Fax:
    return Fax(
        submission=submission,
        account_id=fax.account_id,
        number=fax.number,
        contact_name=fax.contact_name,
        company=fax.company,
        price=price_of(Value(fax.number)),
    )
