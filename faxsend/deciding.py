"""What an operator has found out about a fax that nobody knew of (UNCERTAIN), from the receiver or the carrier."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from faxsend.ending import end
from faxsend.models import Fax
from faxsend.moving import move_one
from faxsend.results import OK
from faxsend.states import FaxStatus


@transaction.atomic
def was_sent(fax_pk: int) -> bool:
    """All of it has arrived. False if nobody is uncertain about it any more."""
    fax = _uncertain(fax_pk)
    return fax is not None and end(fax, FaxStatus.SENT, result_code=OK, pages_sent=fax.submission.pages.count)


@transaction.atomic
def was_not_sent(fax_pk: int) -> bool:
    """It is called again at once, from the first page that no call has confirmed. False as in ``was_sent``.

    If all have been confirmed, and yet it has not arrived, all are sent again.
    """
    fax = _uncertain(fax_pk)
    if fax is None:
        return False
    confirmed = fax.pages_sent if fax.pages_sent < fax.submission.pages.count else 0
    again = {"result_code": None, "next_attempt_at": timezone.now(), "pages_sent": confirmed}
    return move_one(fax.pk, FaxStatus.QUEUED, **again)


def _uncertain(fax_pk: int) -> Fax | None:
    """Locked: what is decided is decided once."""
    faxes = Fax.objects.select_for_update(of=("self",)).select_related("submission__pages")
    return faxes.defer("submission__pages__tiff").filter(pk=fax_pk, status=FaxStatus.UNCERTAIN).first()
