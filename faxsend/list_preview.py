"""What an import would do, and the rows on their way from the preview to the confirmation.

The rows travel through the browser, compressed and signed, and hold for the list that they were read for;
nothing has to be kept, and nothing is lost, until they come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import timedelta

from django.core import signing

from faxsend import lists
from faxsend.list_import import BadRow, Entry, Sheet
from faxsend.models import ContactList

HOLDS_FOR = timedelta(hours=12)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """``new`` come into the list, ``present`` are in it already and stay as they are.

    ``sample`` are the first of the new ones: what was misread is seen there.
    """

    new: int
    present: int
    repeats: int
    bad: tuple[BadRow, ...]
    unknown_columns: tuple[str, ...]
    sample: tuple[Entry, ...]
    sealed: str


def preview(chosen: ContactList, sheet: Sheet) -> Preview:
    """Raises ``ValidationError`` if the list has no room for them."""
    new = lists.new_entries(chosen, sheet.entries)
    lists.check_room(chosen, len(new))
    return Preview(
        new=len(new),
        present=len(sheet.entries) - len(new),
        repeats=sheet.repeats,
        bad=sheet.bad,
        unknown_columns=sheet.unknown_columns,
        sample=tuple(new[:SHOWN]),
        sealed=seal(chosen, new),
    )


def seal(chosen: ContactList, entries: Iterable[Entry]) -> str:
    """The rows as text for a form."""
    rows = [astuple(entry) for entry in entries]
    return signing.dumps(rows, salt=_salt(chosen), compress=True)


def unseal(chosen: ContactList, sealed: str) -> tuple[Entry, ...]:
    """Raises ``signing.BadSignature`` for what was not sealed for this list within the last 12 hours."""
    rows = signing.loads(sealed, salt=_salt(chosen), max_age=HOLDS_FOR)
    return tuple(Entry(*row) for row in rows)


def _salt(chosen: ContactList) -> str:
    return f"faxsend.list_preview.{chosen.pk}"
