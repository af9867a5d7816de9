"""When a fax that is to be sent later goes out. Pure. Source: user guide (``/d yyyy-mm-dd hh:mm``)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from notifications.refusals import BadOption, SendTimePassed, SendTimeTooFar

FARTHEST = timedelta(days=30)
LATE_BY = timedelta(minutes=5)
"""What a mail may take on its way: a time that has only just passed means at once."""


def sending_time(wanted: datetime, zone: ZoneInfo, *, arrived_at: datetime) -> datetime:
    """The moment in UTC at which clocks in ``zone`` show ``wanted``, which has no time zone.

    An hour that clocks show twice is the first of the two. Raises ``BadOption`` for one that they leave out,
    ``SendTimePassed`` and ``SendTimeTooFar``; both look at when the mail came, however long it had to wait here.
    """
    try:
        moment = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:
        raise (SendTimePassed if wanted < datetime(2000, 1, 1) else SendTimeTooFar) from None
    if moment > arrived_at + FARTHEST:
        raise SendTimeTooFar(detail=f"{wanted:%Y-%m-%d %H:%M}")
    if moment < arrived_at - LATE_BY:
        raise SendTimePassed(detail=f"{wanted:%Y-%m-%d %H:%M}")
    if moment.astimezone(zone).replace(tzinfo=None) != wanted:
        raise BadOption(detail=f"/d {wanted:%Y-%m-%d %H:%M}")
    return moment
