"""Kinsoku: where a line of Japanese text may end."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faxsend.rendering.wrapping import NO_END, NO_START, columns_of, expanded, wrapped

TEXT = st.text("あ漢ー、。」「（）ァッabc,.( $1０ ｱﾞ…", max_size=80)


@pytest.mark.parametrize(
    "line,lines",
    [
        ("あいうえおか", ["あいうえお", "か"]),
        ("あいうえお、か", ["あいうえ", "お、か"]),
        ("あいうえ「お」", ["あいうえ", "「お」"]),
        ("あいうえー」。お", ["あいう", "えー」。お"]),
        ("あいうえ……", ["あいうえ", "……"]),
        ("注文は ABC-12345 です", ["注文は", "ABC-12345", "です"]),
        ("あいうえ$100", ["あいうえ", "$100"]),
        ("hello wide world", ["hello wide", "world"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("あいうえお　　か", ["あいうえお", "か"]),
        ("  字下げ", ["  字下げ"]),
        ("ｱｲｳｴｵｶｷｸｹｺｻﾞ", ["ｱｲｳｴｵｶｷｸｹｺ", "ｻﾞ"]),
        ("", [""]),
    ],
)
def test_a_line_of_ten_columns_is_broken_by_the_rules(line: str, lines: list[str]) -> None:
    assert wrapped(line, 10) == lines


@given(TEXT, st.integers(4, 30))
@example("1111 .", 4)
def test_no_line_is_too_long_and_no_character_is_lost(line: str, columns: int) -> None:
    lines = wrapped(line, columns)
    assert all(columns_of(each) <= columns for each in lines)
    assert "".join("".join(lines).split()) == "".join(line.split())


@given(
    st.lists(st.sampled_from(["あ", "漢字", "い、", "う。", "「え」", "（お）", "カー", "ッ"]), max_size=40)
)
def test_no_line_starts_or_ends_with_a_forbidden_character(pieces: list[str]) -> None:
    lines = wrapped("か" + "".join(pieces), 30)
    runs = [each for each in lines[1:] if each[0] in NO_START]
    assert not runs or "ッ" * 13 in "".join(pieces)
    assert not any(each[-1] in NO_END for each in lines)


@pytest.mark.parametrize(
    "line,out",
    [
        ("a\tb", "a       b"),
        ("品名\t1", "品名    1"),
        ("\t\tx", " " * 16 + "x"),
        ("12345678\tx", "12345678" + " " * 8 + "x"),
    ],
)
def test_tabs_go_to_multiples_of_eight_columns(line: str, out: str) -> None:
    assert expanded(line) == out
