"""Files of fax numbers as Japanese offices have them, and everything that can be wrong with one."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faxsend import list_import
from faxsend.cells import as_written, defused, tidy
from faxsend.list_columns import ColumnsFault
from faxsend.list_export import write_rows
from faxsend.list_import import MAX_BYTES, Entry, FileError, FileFault, RowFault, read_rows
from faxsend.typed_numbers import NumberFault, read_typed_number

TOKYO = "0081311112222"
OSAKA = "0081611112222"
SUZUKI = Entry(TOKYO, "鈴木一郎", "株式会社髙橋商店①")
SATO = Entry(OSAKA, "佐藤 花子", "")
LINES = "FAX番号,担当者,会社名\r\n03-1111-2222,鈴木一郎,株式会社髙橋商店①\r\n06-1111-2222,佐藤 花子,\r\n"


def entries(text: str) -> tuple[Entry, ...]:
    return read_rows(text.encode()).entries


def faults(text: str) -> list[tuple[int, str]]:
    return [(bad.row, bad.fault) for bad in read_rows(text.encode()).bad]


def fault_of(raw: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        read_rows(raw)
    return caught.value


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_and_delimiter_reads_the_same(codec: str, delimiter: str) -> None:
    mark = "\ufeff" if codec == "utf-16-be" else ""

    sheet = read_rows((mark + LINES.replace(",", delimiter)).encode(codec))

    assert sheet.entries == (SUZUKI, SATO)
    assert (sheet.bad, sheet.repeats, sheet.unknown_columns) == ((), 0, ())


@pytest.mark.parametrize(
    "text",
    [
        "03-1111-2222,A,B",
        "B,03-1111-2222,A\n".join(["会社名,FAX番号,担当者\n", ""]),
        "Company;Fax number;Contact\nB;03-1111-2222;A",
        "COMPANY\tfax no.\tcontact_name\nB\t03-1111-2222\tA",
        "お名前,ファックス番号,会社\nA,03-1111-2222,B",
        '"FAX番号","担当者","会社名"\n"03-1111-2222","A","B"',
        "担当者,FAX番号,会社名\rA,03-1111-2222,B\r",
    ],
)
def test_headings_may_stand_in_any_order_or_be_missing(text: str) -> None:
    assert entries(text) == (Entry(TOKYO, "A", "B"),)


def test_columns_with_other_headings_are_named_and_not_read() -> None:
    sheet = read_rows("FAX番号,電話,会社名,備考\n03-1111-2222,06-1111-2222,B,x\n".encode())

    assert sheet.entries == (Entry(TOKYO, "", "B"),)
    assert sheet.unknown_columns == ("電話", "備考")


@pytest.mark.parametrize(
    "number", ["０３－１１１１－２２２２", "03ー1111ー2222", "(03) 1111 2222", "+81 3-1111-2222"]
)
def test_numbers_are_read_as_people_write_them(number: str) -> None:
    assert read_typed_number(number) == TOKYO


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("311112222", NumberFault.MISSING_ZERO),
        ("3-1111-2222", NumberFault.MISSING_ZERO),
        ("9012345678", NumberFault.MISSING_ZERO),
        ("81311112222", NumberFault.MISSING_ZERO),
        ("3.11E+08", NumberFault.SHORTENED),
        ("8.13111E+10", NumberFault.SHORTENED),
        ("", NumberFault.EMPTY),
        ("110", NumberFault.NOT_A_NUMBER),
        ("①②③", NumberFault.NOT_A_NUMBER),
        ('="0311112222"', NumberFault.NOT_A_NUMBER),
        ("0" * 100, NumberFault.NOT_A_NUMBER),
    ],
)
def test_a_number_that_cannot_be_read_says_why(number: str, fault: NumberFault) -> None:
    assert faults(f"06-1111-2222,x,y\n{number},鈴木,B") == [(2, fault)]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("03-1111-2222," + "あ" * 101, RowFault.TOO_LONG),
        ("03-1111-2222,," + "あ" * 101, RowFault.TOO_LONG),
        ("03-1111-2222,a\x07b", RowFault.UNPRINTABLE),
        ("03-1111-2222,a,b,c", RowFault.MORE_CELLS),
    ],
)
def test_a_row_that_is_no_entry_is_named_and_the_others_are_kept(row: str, fault: RowFault) -> None:
    sheet = read_rows(f"FAX番号,担当者,会社名\n{row}\n06-1111-2222,佐藤 花子\n".encode())

    assert [(bad.row, bad.fault) for bad in sheet.bad] == [(2, fault)]
    assert sheet.entries == (SATO,)


def test_a_hundred_characters_are_not_too_long() -> None:
    assert entries("03-1111-2222," + "あ" * 100)[0].name == "あ" * 100


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    assert [row for row, _ in faults('FAX番号,会社名\n\n03-1111-2222,"二\n行"\n,x\n')] == [4]


def test_what_was_read_of_a_bad_row_is_short_and_printable() -> None:
    sheet = read_rows(("x\x07y,a\n" + "1," * 3000 + "\n" + "あ" * 5000).encode())

    assert sheet.bad[0].read == "x\ufffdy | a"
    assert {len(bad.read) for bad in sheet.bad[1:]} <= set(range(101 + 1))


def test_a_line_break_in_a_cell_is_a_blank() -> None:
    assert entries('03-1111-2222,"鈴木\r\n 一郎 "')[0].name == "鈴木 一郎"


def test_a_repeated_number_counts_once_however_it_is_written() -> None:
    sheet = read_rows(b"03-1111-2222,first\n0311112222,second\n+81311112222\n06-1111-2222\n")

    assert [entry.name for entry in sheet.entries] == ["first", ""]
    assert sheet.repeats == 2


def test_formulas_are_text() -> None:
    assert entries("03-1111-2222,=1+1,@SUM(A1)")[0] == Entry(TOKYO, "=1+1", "@SUM(A1)")


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", FileFault.NO_ROWS),
        (b"\r\n,,\r\n", FileFault.NO_ROWS),
        ("FAX番号,担当者".encode(), FileFault.NO_ROWS),
        (b"PK\x03\x04xlsx", FileFault.WORKBOOK),
        (b"\xd0\xcf\x11\xe0xls", FileFault.WORKBOOK),
        (b"\x89PNG\r\n\x1a\n\0\0", FileFault.NOT_TEXT),
        ("FAX番号".encode("utf-16-le"), FileFault.NOT_TEXT),
        (b"\xff\xfe0", FileFault.NOT_TEXT),
        (b"0" * (MAX_BYTES + 1), FileFault.TOO_BIG),
        (b"0" * MAX_BYTES, FileFault.UNREADABLE_ROW),
        ("担当者,会社名\nA,B".encode(), ColumnsFault.NO_NUMBER),
        ("FAX番号,担当者,氏名\n03-1111-2222,A,B".encode(), ColumnsFault.TWICE),
    ],
)
def test_a_file_that_cannot_be_read_says_why(raw: bytes, fault: FileFault) -> None:
    assert fault_of(raw).fault == fault


@pytest.mark.parametrize("third", ['03-1111-2222,"never closed\n06-1111-2222\n', '03-1111-2222,"a"b'])
def test_quotation_marks_that_swallow_rows_are_reported_where_they_begin(third: str) -> None:
    error = fault_of(f"FAX番号,担当者\n06-1111-2222,x\n{third}".encode())

    assert (error.fault, error.row) == (FileFault.UNREADABLE_ROW, 3)


def test_a_file_has_at_most_twenty_thousand_rows() -> None:
    rows = "x\n" * list_import.MAX_ROWS

    assert len(read_rows(rows.encode()).bad) == 20_000
    assert fault_of((rows + "x").encode()).fault == FileFault.TOO_MANY_ROWS


def test_an_export_is_utf8_with_the_mark_that_excel_looks_for() -> None:
    raw = write_rows([SUZUKI, SATO])

    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig").replace('"', "") == LINES
    # In quotes, whatever character a spreadsheet takes for the separator.
    assert raw.decode("utf-8-sig").count('"') == 2 * 9


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
def test_an_export_has_no_cell_that_a_spreadsheet_would_calculate(sign: str) -> None:
    raw = write_rows([Entry(TOKYO, sign + "cmd", "'" + sign), Entry("0012125550100")])

    cells = f"03-1111-2222,'{sign}cmd,''{sign}\r\n'+1 212-555-0100,,\r\n"
    assert cells in raw.decode().replace('"', "")


WORDS = st.text(st.sampled_from("ab 鈴木,;\t\"'=+-@＝\r\n髙①😀0"), max_size=12).map(tidy)


@given(
    st.dictionaries(
        st.sampled_from([TOKYO, OSAKA, "0012125550100", "0099999990000"]), st.tuples(WORDS, WORDS), min_size=1
    )
)
@settings(max_examples=80, deadline=None)
def test_what_is_exported_is_read_back_unchanged(rows: dict[str, tuple[str, str]]) -> None:
    written = tuple(Entry(number, *words) for number, words in rows.items())

    assert read_rows(write_rows(written)).entries == written


@given(st.text(st.sampled_from("'=+-@＝a0 "), max_size=8))
@example("'0'=")
def test_the_apostrophe_goes_as_it_came(text: str) -> None:
    assert as_written(defused(text)) == text


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_bytes_at_all_break_the_reading(raw: bytes) -> None:
    try:
        sheet = read_rows(raw)
    except FileError:
        return
    assert sheet.entries or sheet.bad
