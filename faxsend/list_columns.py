"""Which column of a file is the fax number, the contact (担当者) and the company (会社名). Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from faxsend.typed_numbers import NumberError, read_typed_number
from notifications.refusals import gettext_noop

NUMBER = "FAX番号"
NAME = "担当者"
COMPANY = "会社名"
IN_ORDER = (NUMBER, NAME, COMPANY)
"""The columns of a file without headings."""

MOST_SHOWN = 20
LONGEST_SHOWN = 40
"""Of the headings that are not read: how many, and how many characters of each."""

_ALSO = {
    NUMBER: "FAX番号 FAX FAX_No ファックス番号 ファクス番号 ファックス ファクス 送信先FAX番号 番号 Fax_number Number",
    NAME: "担当者 担当者名 ご担当者 ご担当者名 担当 氏名 名前 お名前 宛名 Contact Contact_name Contact_person Name",
    COMPANY: "会社名 会社 社名 貴社名 御社名 企業名 Company Company_name Organization Organisation",
}


def _plain(heading: str) -> str:
    """Without regard to case, width, blanks and signs."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", heading).casefold())


_MEANING = {_plain(heading): column for column, headings in _ALSO.items() for heading in headings.split()}


class ColumnsFault(StrEnum):
    """Why the columns are not clear, as a msgid."""

    NO_NUMBER = gettext_noop("No column has the heading FAX番号.")
    TWICE = gettext_noop("Two columns have headings of the same meaning (FAX番号, 担当者 or 会社名).")


class ColumnsError(ValueError):
    """Headings that are not clear; ``fault`` says why."""

    def __init__(self, fault: ColumnsFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the three stand, counted from 0; ``unknown`` are the headings of the others."""

    positions: dict[str, int]
    width: int
    has_heading: bool
    unknown: tuple[str, ...] = ()

    def pick(self, cells: list[str]) -> tuple[str, str, str]:
        """Number, contact, company; empty where a row has none."""
        number, name, company = (self._cell(cells, column) for column in IN_ORDER)
        return number, name, company

    def _cell(self, cells: list[str], column: str) -> str:
        position = self.positions.get(column, len(cells))
        return cells[position] if position < len(cells) else ""


def is_known(heading: str) -> bool:
    """Whether it names one of the three."""
    return _plain(heading) in _MEANING


def columns_of(first: list[str]) -> Columns:
    """The columns by the first row of a file, which has headings or is an entry. Raises ``ColumnsError``."""
    known = [(_MEANING[_plain(cell)], at) for at, cell in enumerate(first) if is_known(cell)]
    if not known or _has_number(first):
        positions = {column: at for at, column in enumerate(IN_ORDER)}
        return Columns(positions, len(IN_ORDER), has_heading=False)
    positions = dict(known)
    if len(positions) < len(known):
        raise ColumnsError(ColumnsFault.TWICE)
    if NUMBER not in positions:
        raise ColumnsError(ColumnsFault.NO_NUMBER)
    unknown = [cell[:LONGEST_SHOWN] for cell in first if cell and not is_known(cell)]
    return Columns(positions, len(first), has_heading=True, unknown=tuple(unknown[:MOST_SHOWN]))


def _has_number(cells: list[str]) -> bool:
    for cell in cells[: len(IN_ORDER)]:
        try:
            return bool(read_typed_number(cell))
        except NumberError:
            continue
    return False
