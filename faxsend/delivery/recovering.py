"""Calls whose callers are gone: the carrier is asked what became of them."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import OperationalError, connection, transaction

from accounts.installation import is_held
from faxsend.carriers import Outcome, Sighting, carrier_named
from faxsend.delivery.recording import give_back, record
from faxsend.delivery.undialled import PAUSE, undialled
from faxsend.models import Attempt

log = structlog.get_logger(__name__)


def recover() -> int:
    """Look into every call whose caller is gone; how many were settled. None while this installation is held."""
    if is_held():
        return 0
    attempts = Attempt.objects.filter(ended_at=None).select_related("fax")
    return sum(_settled(attempt) for attempt in attempts)


def _settled(attempt: Attempt) -> bool:
    """One call that cannot be settled must not keep the others from it."""
    try:
        return _settle(attempt)
    except OperationalError:
        raise
    except Exception:
        log.exception("call cannot be settled", fax=attempt.fax_id, attempt=attempt.pk)
        return False


def _settle(attempt: Attempt) -> bool:
    with transaction.atomic():
        if not _caller_is_gone(attempt.line_lock):
            return False
        found = carrier_named(attempt.carrier).find(str(attempt.pk))
        if found is Sighting.IN_PROGRESS:
            return False
        log.warning("caller was gone", fax=attempt.fax_id, attempt=attempt.pk, found=_in_short(found))
        if isinstance(found, Outcome):
            record(attempt, found)
        else:
            # At once, unless it is not the first time: a fax that kills its callers must not keep a line busy.
            given_back_before = undialled().filter(fax=attempt.fax_id).exists()
            give_back(attempt, pause=PAUSE if given_back_before else timedelta(0))
        return True


def _caller_is_gone(line_lock: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [line_lock])
        row = cursor.fetchone()
    return bool(row and row[0])


def _in_short(found: Outcome | Sighting) -> str:
    return str(found.code if isinstance(found, Outcome) else found)
