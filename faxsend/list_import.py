"""The rows of a file of fax numbers, as spreadsheets and address books write it. Pure: bytes in, rows out.

Read are UTF-8, UTF-16 with a byte order mark and Shift_JIS as Windows writes it (code page 932); comma, tab
or semicolon between the cells; quoting by RFC 4180. Nothing is guessed: a row that is not clear is named.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from faxsend.cells import as_written, is_printable, tidy
from faxsend.list_columns import Columns, ColumnsError, columns_of, is_known
from faxsend.typed_numbers import NumberError, NumberFault, read_typed_number
from notifications.refusals import gettext_noop

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 20_000
MAX_CHARACTERS = 100
"""Of a contact or a company."""

DELIMITERS = ",\t;"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_READ_OF_THE_FIRST_LINE = 5000


class RowFault(StrEnum):
    """Why a row whose number can be read is no entry of a list, as a msgid."""

    TOO_LONG = gettext_noop("The contact or the company is longer than 100 characters.")
    UNPRINTABLE = gettext_noop("The row has characters that cannot be displayed.")
    MORE_CELLS = gettext_noop("The row has more cells than there are columns.")


class FileFault(StrEnum):
    """Why a whole file cannot be read, as a msgid; some name a ``row``."""

    WORKBOOK = gettext_noop("This is a workbook. Save it as CSV in the spreadsheet and choose that file.")
    NOT_TEXT = gettext_noop("The file cannot be read as text. Save it as CSV (UTF-8).")
    TOO_BIG = gettext_noop("The file is larger than 2 MB.")
    NO_ROWS = gettext_noop("The file has no entries.")
    TOO_MANY_ROWS = gettext_noop("The file has more than 20,000 rows.")
    UNREADABLE_ROW = gettext_noop(
        "Row %(row)d cannot be read: its quotation marks are not in pairs, or a cell is too long."
    )


class FileError(ValueError):
    """A file that cannot be read at all. ``row`` is counted from 1, 0 where none is meant."""

    def __init__(self, fault: StrEnum, row: int = 0) -> None:
        super().__init__(fault.name)
        self.fault = fault
        self.row = row


class _RowError(ValueError):
    def __init__(self, fault: NumberFault | RowFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list; ``number`` is canonical, the others may be empty."""

    number: str
    name: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out. ``row`` counts as a spreadsheet does, from 1; ``read`` is the row, shortened."""

    row: int
    read: str
    fault: NumberFault | RowFault


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file has: each number once, by its first row. ``repeats`` counts the rows that say one again."""

    entries: tuple[Entry, ...]
    bad: tuple[BadRow, ...]
    repeats: int
    unknown_columns: tuple[str, ...]
    """Headings of columns that are not read."""


def read_rows(raw: bytes) -> Sheet:
    """Everything that the file says. Raises ``FileError``."""
    if len(raw) > MAX_BYTES:
        raise FileError(FileFault.TOO_BIG)
    records = _filled(_records(_text(raw)))
    first_row, first = next(records, (0, []))
    if not first:
        raise FileError(FileFault.NO_ROWS)
    try:
        columns = columns_of(first)
    except ColumnsError as error:
        raise FileError(error.fault) from error
    if not columns.has_heading:
        records = _chain((first_row, first), records)
    return _sheet(records, columns)


def _chain(
    first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rest


def _text(raw: bytes) -> str:
    """Raises ``FileError``."""
    if raw.startswith(WORKBOOKS):
        raise FileError(FileFault.WORKBOOK)
    marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for codec in ["utf-16"] if marked else ["utf-8-sig", "cp932"]:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileError(FileFault.NOT_TEXT)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number. Raises ``FileError`` where one cannot be told from the next."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            yield row, [tidy(as_written(cell)) for cell in cells]
    except csv.Error as error:
        raise FileError(FileFault.UNREADABLE_ROW, row + 1) from error


def _filled(records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something, without the empty cells at their end."""
    for row, cells in records:
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield row, cells


def _delimiter(text: str) -> str:
    """The one by which the first line has the most cells that make sense here, or else the most cells."""
    line = text.lstrip("\r\n")[:_READ_OF_THE_FIRST_LINE].splitlines()[:1]

    def fitness(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader(line, delimiter=delimiter), [])
        return sum(_makes_sense(tidy(cell)) for cell in cells[:20]), len(cells)

    return max(DELIMITERS, key=fitness)


def _makes_sense(cell: str) -> bool:
    try:
        return is_known(cell) or bool(read_typed_number(as_written(cell)))
    except NumberError:
        return False


def _sheet(records: Iterator[tuple[int, list[str]]], columns: Columns) -> Sheet:
    entries: dict[str, Entry] = {}
    bad: list[BadRow] = []
    repeats = 0
    for count, (row, cells) in enumerate(records, start=1):
        if count > MAX_ROWS:
            raise FileError(FileFault.TOO_MANY_ROWS)
        try:
            entry = _entry(cells, columns)
        except _RowError as error:
            bad.append(BadRow(row, _shown(cells), error.fault))
            continue
        repeats += entry.number in entries
        entries.setdefault(entry.number, entry)
    if not entries and not bad:
        raise FileError(FileFault.NO_ROWS)
    return Sheet(tuple(entries.values()), tuple(bad), repeats, columns.unknown)


def _entry(cells: list[str], columns: Columns) -> Entry:
    """Raises ``_RowError``."""
    if len(cells) > columns.width:
        raise _RowError(RowFault.MORE_CELLS)
    number, name, company = columns.pick(cells)
    if max(len(name), len(company)) > MAX_CHARACTERS:
        raise _RowError(RowFault.TOO_LONG)
    if not is_printable(name + company):
        raise _RowError(RowFault.UNPRINTABLE)
    try:
        return Entry(read_typed_number(number[: MAX_CHARACTERS + 1]), name, company)
    except NumberError as error:
        raise _RowError(error.fault) from error


def _shown(cells: list[str]) -> str:
    text = " | ".join(cells[:10])
    text = "".join(character if is_printable(character) else "\ufffd" for character in text[:MAX_CHARACTERS])
    return text + "…" if len(" | ".join(cells)) > MAX_CHARACTERS else text
