"""The same order twice: people press a button again, and SMTP repeats itself. It is one order."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from faxsend.models import Submission

SAME_ORDER_FOR = timedelta(hours=24)


def given_before(
    account: Account, digest: bytes, *, within: timedelta = SAME_ORDER_FOR
) -> tuple[Submission, ...]:
    """What the account's order of that ``digest`` (SHA-256) has become; () for an order not given lately.

    Holds off its twin until the commit of the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
    since = timezone.now() - within
    given = account.submissions.filter(order_digest=digest, created_at__gt=since)
    return tuple(given.order_by("pk"))
