"""Rows as a CSV file that is written while they are being read, so that its length costs no memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from faxsend.cells import defused, tidy

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that it is UTF-8."""


class _Line:
    """A file for ``csv.writer`` that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_of(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """RFC 4180, all cells quoted and none of them a formula."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    mark = BYTE_ORDER_MARK
    for row in rows:
        yield mark + writer.writerow([defused(tidy(cell)) for cell in row])
        mark = ""


def written_moment(moment: datetime | None, zone: ZoneInfo) -> str:
    """As spreadsheets in Japan read it; empty for None."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y/%m/%d %H:%M:%S")
