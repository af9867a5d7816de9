"""What a line does: claim a fax, call, record."""

from __future__ import annotations

import structlog

from faxsend.carriers import AlreadyPlaced, NotDialled, carrier_named
from faxsend.delivery.calls import PagesNotReadable, call_of
from faxsend.delivery.claiming import claim_next
from faxsend.delivery.recording import put_off, record, record_without_pages
from faxsend.lines import current_line, drop_line
from faxsend.models import Attempt

log = structlog.get_logger(__name__)


def transmit_next() -> bool:
    """Claim one fax that is due, call, record. False if there was nothing to do."""
    line = current_line()
    try:
        attempt = claim_next(line.lock)
        if attempt is None:
            return False
        _transmit(attempt)
    except BaseException:
        # The lock is what says "somebody is calling"; without it the next look asks the carrier. Also of a claim
        # that broke off: it may be committed.
        drop_line()
        raise
    return True


def _transmit(attempt: Attempt) -> None:
    try:
        call = call_of(attempt)
    except PagesNotReadable as error:
        log.error("pages cannot be read", fax=attempt.fax_id, reason=str(error))
        record_without_pages(attempt)
        return
    try:
        outcome = carrier_named(attempt.carrier).place(call)
    except NotDialled as error:
        log.warning("call was not dialled", fax=attempt.fax_id, attempt=attempt.pk, reason=str(error))
        put_off(attempt)
    except AlreadyPlaced:
        log.warning("call was looked into by somebody else", fax=attempt.fax_id, attempt=attempt.pk)
    else:
        record(attempt, outcome)
