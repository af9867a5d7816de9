"""``/d``: the account's clock, its odd hours, and how far ahead it may be set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from faxsend.sending_time import FARTHEST, sending_time
from notifications.refusals import BadOption, Rejection, SendTimePassed, SendTimeTooFar

TOKYO, NEW_YORK, APIA = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")
NOW = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def local(moment: datetime) -> datetime:
    return moment.astimezone(TOKYO).replace(tzinfo=None)


def test_the_time_is_that_of_the_accounts_clock() -> None:
    wanted = datetime(2026, 11, 2, 9, 0)
    assert sending_time(wanted, TOKYO, arrived_at=NOW) == datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
    assert sending_time(wanted, NEW_YORK, arrived_at=NOW) == datetime(2026, 11, 2, 14, 0, tzinfo=UTC)


def test_thirty_days_ahead_and_no_minute_more() -> None:
    assert sending_time(local(NOW + FARTHEST), TOKYO, arrived_at=NOW) == NOW + timedelta(days=30)
    with pytest.raises(SendTimeTooFar):
        sending_time(local(NOW + FARTHEST + MINUTE), TOKYO, arrived_at=NOW)


def test_a_time_that_passed_on_the_way_means_at_once_and_an_older_one_is_refused() -> None:
    assert sending_time(local(NOW - 5 * MINUTE), TOKYO, arrived_at=NOW) <= NOW
    with pytest.raises(SendTimePassed):
        sending_time(local(NOW - 6 * MINUTE), TOKYO, arrived_at=NOW)


def test_an_hour_that_clocks_show_twice_is_the_first_of_the_two() -> None:
    wanted = datetime(2026, 11, 1, 1, 30)
    assert sending_time(wanted, NEW_YORK, arrived_at=NOW) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "zone"),
    [(datetime(2026, 3, 8, 2, 30), NEW_YORK), (datetime(2011, 12, 30, 12, 0), APIA)],
    ids=["an hour", "a day"],
)
def test_a_time_that_clocks_leave_out_is_refused(wanted: datetime, zone: ZoneInfo) -> None:
    with pytest.raises(BadOption):
        sending_time(wanted, zone, arrived_at=wanted.replace(tzinfo=UTC) - timedelta(days=2))


@pytest.mark.parametrize(
    ("wanted", "refusal"), [(datetime.min, SendTimePassed), (datetime(9999, 12, 31, 23, 59), SendTimeTooFar)]
)
@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK])
def test_times_at_the_ends_of_the_calendar_are_refused(
    wanted: datetime, refusal: type[Rejection], zone: ZoneInfo
) -> None:
    with pytest.raises(refusal):
        sending_time(wanted, zone, arrived_at=NOW)
