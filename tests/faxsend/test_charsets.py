"""Text in the charsets of Japanese mail, labelled rightly and wrongly."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.charsets import decode

TEXT = "御見積書をお送りします。\r\n株式会社テスト ｶﾅ"
ROW_13_AND_IBM = "①㈱髙"
JIS_ROW_13_AND_IBM = b"\x1b$B-!-j|b\x1b(B"
EUC_ROW_13_AND_IBM = bytes(byte | 0x80 for byte in b"-!-j|b")

# Code page 932 reads these six as Microsoft does, everybody else as JIS does.
READ_DIFFERENTLY = set("〜‖−¢£¬")


@pytest.mark.parametrize("label", ["ISO-2022-JP", "iso-2022-jp", "", "us-ascii", "utf-8", "Shift_JIS"])
def test_escapes_are_iso_2022_jp_whatever_the_label_says(label: str) -> None:
    raw = "御見積書".encode("iso2022_jp")
    assert decode(raw, label) == "御見積書"


def test_iso_2022_jp_carries_the_characters_of_code_page_50221() -> None:
    assert decode(JIS_ROW_13_AND_IBM, "iso-2022-jp") == ROW_13_AND_IBM


@pytest.mark.parametrize(
    "raw",
    [b"\x1b(I6E\x1b(B", b"\x0e6E\x0f", b"\xb6\xc5", b"\x1b(I\xb6\xc5\x1b(B"],
    ids=["escape", "shift-out", "eight-bit", "both"],
)
def test_half_width_kana_are_read_in_every_way_they_come(raw: bytes) -> None:
    assert decode(b"\x1b$B8+\x1b(B " + raw, "iso-2022-jp") == "見 ｶﾅ"


def test_jis_roman_has_a_yen_sign_where_ascii_has_a_backslash() -> None:
    assert decode(b"\x1b$B6b\x1b(J\\100\x1b(B\\", "iso-2022-jp") == "金¥100\\"


def test_the_supplementary_kanji_are_read() -> None:
    assert decode("丂鷗".encode("iso2022_jp_ext"), "iso-2022-jp") == "丂鷗"
    assert decode("丂鷗見".encode("euc_jp"), "euc-jp") == "丂鷗見"


def test_a_line_that_forgot_to_shift_out_does_not_spoil_the_next() -> None:
    assert decode(b"\x1b$B8+\nplain", "iso-2022-jp") == "見\nplain"


@pytest.mark.parametrize(
    ("raw", "label", "times"),
    [
        (b"\x1b(I1\x1b(B" + b"\n" * 1_000_000, "iso-2022-jp", 10),
        (b"\x8f\xb0\xa1\xa4\xa2" * 20_000, "euc-jp", 50),
    ],
    ids=["lines", "supplementary kanji"],
)
def test_a_text_of_many_pieces_costs_no_list_of_them(raw: bytes, label: str, times: int) -> None:
    """Which would take 34 and 74 times as much memory as the text."""
    tracemalloc.start()
    decode(raw, label)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < times * len(raw)


def test_what_has_no_character_costs_no_more_than_itself() -> None:
    text = decode(b"\x1b$B8+\x7e\x7e8+\x1b(B", "iso-2022-jp")
    assert (text[0], text[1], text[-1]) == ("見", "\ufffd", "見")


def test_every_character_of_jis_x_0208_is_read() -> None:
    for row in range(0x21, 0x75):
        for cell in range(0x21, 0x7F):
            pair = bytes((row, cell))
            try:
                expected = (b"\x1b$B" + pair + b"\x1b(B").decode("iso2022_jp")
            except UnicodeDecodeError:
                continue
            if expected not in READ_DIFFERENTLY:
                assert decode(b"\x1b$B" + pair + b"\x1b(B", "iso-2022-jp") == expected
                assert decode(bytes(byte | 0x80 for byte in pair), "euc-jp") == expected


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("cp932", "Shift_JIS"),
        ("cp932", "x-sjis"),
        ("cp932", "windows-31j"),
        ("euc_jp", "EUC-JP"),
        ("utf-8", "UTF-8"),
        ("utf-8", '"utf-8"'),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_right_label_is_followed(codec: str, label: str) -> None:
    assert decode(TEXT.encode(codec), label) == TEXT


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("cp932", ""),
        ("cp932", "us-ascii"),
        ("cp932", "iso-8859-1"),
        ("cp932", "iso-2022-jp"),
        ("cp932", "utf-8"),
        ("cp932", "euc-jp"),
        ("euc_jp", ""),
        ("euc_jp", "utf-8"),
        ("euc_jp", "iso-2022-jp"),
        ("utf-8", ""),
        ("utf-8", "shift_jis"),
        ("utf-8", "euc-jp"),
        ("utf-8", "iso-8859-1"),
        ("utf-16", ""),
    ],
)
def test_a_wrong_or_missing_label_does_no_harm(codec: str, label: str) -> None:
    assert decode(TEXT.encode(codec), label) == TEXT


@pytest.mark.parametrize(
    "label", ["", "x-unknown", "rot13", "base64", "punycode", "a\0b", "あ", "x" * 10_000]
)
def test_a_label_that_names_no_charset_counts_as_missing(label: str) -> None:
    assert decode("御見積書".encode(), label) == "御見積書"


@pytest.mark.parametrize("label", ["punycode", "unicode-escape", "raw_unicode_escape", "idna"])
def test_an_encoding_that_is_no_charset_is_not_applied(label: str) -> None:
    assert decode(b"\\u3042-maana-pta", label) == "\\u3042-maana-pta"


@pytest.mark.parametrize("label", ["shift_jis", "cp932", "x-sjis"])
def test_shift_jis_carries_the_characters_of_code_page_932(label: str) -> None:
    assert decode(b"\x87\x40\x87\x8a\xfb\xfc", label) == ROW_13_AND_IBM


def test_euc_jp_carries_the_characters_of_code_page_51932() -> None:
    assert decode(EUC_ROW_13_AND_IBM, "euc-jp") == ROW_13_AND_IBM


def test_european_text_keeps_its_accents() -> None:
    assert decode("Grüße, 5 €".encode("cp1252"), "iso-8859-1") == "Grüße, 5 €"
    assert decode("Grüße".encode(), "iso-8859-1") == "Grüße"


def test_the_supersets_of_iso_2022_jp_are_read_by_their_own_labels() -> None:
    assert decode("見한".encode("iso2022_jp_2"), "iso-2022-jp-2") == "見한"


def test_a_surrogate_never_leaves() -> None:
    assert decode(b"+2AA-", "utf-7") == "\ufffd"


@given(st.text(st.characters(codec="cp932", exclude_characters="\x1b〜‖−¢£¬"), max_size=20))
def test_shift_jis_survives_a_round_trip(text: str) -> None:
    raw = text.encode("cp932")
    read = decode(raw, "shift_jis")
    # Bytes that are good UTF-8 too may be taken for that.
    assert read.encode() == raw or read.encode("cp932") == raw


@given(st.binary(), st.one_of(st.text(), st.sampled_from(["iso-2022-jp", "euc-jp", "utf-7", "utf-16", "hz"])))
def test_no_bytes_and_no_label_raise_anything(raw: bytes, label: str) -> None:
    decode(raw, label).encode()


@given(
    st.lists(st.sampled_from([b"\x1b$B", b"\x1b(B", b"\x1b(I", b"\x1b$(D", b"8+", b"\xff", b"\n", b"\x0e"]))
)
def test_escapes_in_any_disorder_raise_nothing(pieces: list[bytes]) -> None:
    decode(b"\x1b$B" + b"".join(pieces), "iso-2022-jp").encode()
