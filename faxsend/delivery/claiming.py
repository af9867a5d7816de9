"""Which fax is called next: of the account with the fewest calls the one that has been due longest."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from psycopg import sql

from accounts.installation import may_work
from faxsend.carriers import carrier_for
from faxsend.columns import column_of, table_of
from faxsend.models import ONE_CALL_A_NUMBER, Attempt, Fax
from faxsend.moving import move_one
from faxsend.states import FaxStatus

# However long the queue is, each account that waits costs a few steps in the index "fax_due": its first fax is
# looked up, then the next account that has one.
_ACCOUNTS = sql.SQL("""
WITH RECURSIVE waiting (account) AS (
    (SELECT {account} FROM {faxes} WHERE {status} = 'queued' ORDER BY {account} LIMIT 1)
    UNION ALL
    SELECT (
        SELECT {account} FROM {faxes}
        WHERE {status} = 'queued' AND {account} > waiting.account ORDER BY {account} LIMIT 1
    )
    FROM waiting WHERE waiting.account IS NOT NULL
), calling AS (
    SELECT {account} AS account, count(*) AS calls FROM {faxes} WHERE {status} = 'sending' GROUP BY {account}
)
SELECT waiting.account
FROM waiting
CROSS JOIN LATERAL (
    SELECT {due}, {key} FROM {faxes}
    WHERE {status} = 'queued' AND {account} = waiting.account AND {due} <= %s ORDER BY {due}, {key} LIMIT 1
) AS first (due, key)
LEFT JOIN calling USING (account)
ORDER BY coalesce(calling.calls, 0), first.due, first.key
""").format(
    faxes=table_of(Fax),
    account=column_of(Fax, "account"),
    status=column_of(Fax, "status"),
    due=column_of(Fax, "next_attempt_at"),
    key=column_of(Fax, "id"),
)


def claim_next(line_lock: int) -> Attempt | None:
    """The next fax due, of the account with the fewest calls, moved to SENDING with its attempt committed.

    ``line_lock``: an advisory lock that the caller holds. None while this installation is held.
    """
    while may_work():
        try:
            with transaction.atomic():
                return _claim(line_lock)
        except IntegrityError as error:
            # Another line has begun to call the same number in this moment.
            if ONE_CALL_A_NUMBER not in str(error):
                raise
    return None


def _claim(line_lock: int) -> Attempt | None:
    now = timezone.now()
    called = Fax.objects.filter(status=FaxStatus.SENDING).values("number")
    due = Fax.objects.filter(status=FaxStatus.QUEUED, next_attempt_at__lte=now).exclude(number__in=called)
    for account in _accounts_in_turn():
        first = due.filter(account=account).order_by("next_attempt_at", "pk")
        fax = first.select_for_update(skip_locked=True, of=("self",)).first()
        if fax is not None and move_one(fax.pk, FaxStatus.SENDING, attempts_made=F("attempts_made") + 1):
            return Attempt.objects.create(
                fax=fax,
                carrier=carrier_for(fax.number).name,
                line_lock=line_lock,
                first_page=fax.pages_sent + 1,
                started_at=now,
            )
    return None


def _accounts_in_turn() -> Iterator[int]:
    """The accounts that have something due, those with the fewest calls first."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [timezone.now()])
        yield from [account for (account,) in cursor.fetchall()]
