"""The entries of a list as a CSV file that spreadsheets read, and that the import reads back unchanged. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from faxsend.cells import defused
from faxsend.list_columns import IN_ORDER
from faxsend.list_import import Entry
from faxsend.numbers import display


def write_rows(entries: Iterable[Entry]) -> bytes:
    """RFC 4180 in UTF-8; the byte order mark tells Excel so. Numbers have hyphens, which keeps their 0."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(IN_ORDER)
    for entry in entries:
        writer.writerow(map(defused, (display(entry.number), entry.name, entry.company)))
    return file.getvalue().encode("utf-8-sig")
