"""Bytes that claim to be text, as Japanese mail programs send them. Pure.

``ISO-2022-JP`` in real mail is Microsoft's CP50221: NEC's row 13 (①, ㈱), the IBM extensions (髙) and half-width
kana, none of which Python's codecs of that name know; Shift_JIS and EUC-JP carry them likewise. Labels are
often missing or wrong. A text may have millions of shifts or lines, so that there is no list of its pieces.
Sources: RFC 1468, RFC 2237, JIS X 0202, code pages 932, 50221 and 51932.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache
from io import StringIO

SHIFTS = re.compile(rb"\x1b\$\(D|\x1b\$[@B]|\x1b\([BIJ]|[\x0e\x0f]")
JAPANESE_SHIFT = re.compile(rb"\x1b(?:\$[@B]|\([IJ]|\$\(D)")

# The label promises less than what is sent under it.
CODECS = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "cp51932": "euc_jp",
    "x-euc-jp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
}

# Python calls these text encodings; no mail is written in them, and some are slow on purpose-made input.
NOT_CHARSETS = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}

# Any bytes at all are text in these, so that their label proves nothing against UTF-8.
ONE_BYTE = ("ascii", "us-ascii", "iso-8859", "windows-125", "cp125", "latin")

YEN = str.maketrans({"\\": "¥", "~": "‾"})
KANA = bytes(byte | 0x80 if byte > 0x20 else byte for byte in range(256))
SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


def decode(raw: bytes, label: str) -> str:
    """``raw`` as text, by its charset ``label`` (any case, may be empty) where that fits, else by a guess.

    Never fails: what cannot be read becomes U+FFFD. The result has no byte order mark and no surrogates.
    """
    label = label.strip().strip("'\"").lower()
    text = _decoded(raw, label).removeprefix("\ufeff")
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _decoded(raw: bytes, label: str) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    if JAPANESE_SHIFT.search(raw):  # the surest sign there is
        # The labels with a suffix name supersets, of which Python knows some.
        superset = _strictly(raw, label) if label.startswith("iso-2022-jp-") else None
        return _from_iso_2022_jp(raw) if superset is None else superset
    utf8 = _strictly(raw, "utf-8")
    # Three bytes that make one character by chance are rare, and a whole text of them does not occur.
    if utf8 is not None and (label.startswith(ONE_BYTE) or any(character >= "\u0800" for character in utf8)):
        return utf8
    # EUC-JP before Shift_JIS: read the other way round, nearly every text would pass for half-width kana.
    labelled = None if label == "iso-2022-jp" else _strictly(raw, CODECS.get(label, label))
    if labelled is not None:
        return labelled
    if utf8 is not None:
        return utf8
    for codec in ("euc_jp", "cp932"):
        guessed = _strictly(raw, codec)
        if guessed is not None:
            return guessed
    return raw.decode("cp932" if CODECS.get(label) == "cp932" else "utf-8", "replace")


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        if codecs.lookup(codec).name in NOT_CHARSETS:
            return None
        return _from_euc_jp(raw) if codec in ("euc_jp", "euc-jp") else raw.decode(codec)
    except (LookupError, ValueError):
        return None


def _from_iso_2022_jp(raw: bytes) -> str:
    """RFC 1468 with everything that is sent under its name; a line that ends shifted ends shifted out."""
    text = StringIO()
    for shift, piece in _shifted(raw):
        first, end, rest = piece.partition(b"\n")
        text.write(READERS[shift](first) + _from_ascii(end + rest))
    return text.getvalue()


def _shifted(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each shift and what stands behind it."""
    shift, position = SHIFT_OUT, 0
    for found in SHIFTS.finditer(raw):
        yield shift, raw[position : found.start()]
        shift, position = found[0], found.end()
    yield shift, raw[position:]


def _from_ascii(piece: bytes) -> str:
    return piece.decode("cp932", "replace")  # eight-bit half-width kana come without any shift


def _from_roman(piece: bytes) -> str:
    return _from_ascii(piece).translate(YEN)


def _from_kana(piece: bytes) -> str:
    return piece.translate(KANA).decode("cp932", "replace")


def _from_jis_x_0208(piece: bytes) -> str:
    return _pairs(piece, _shift_jis).decode("cp932", "replace")


def _from_jis_x_0212(piece: bytes) -> str:
    return _pairs(piece, _supplementary).decode("euc_jp", "replace")


SHIFT_OUT = b"\x1b(B"
READERS: dict[bytes, Callable[[bytes], str]] = {
    SHIFT_OUT: _from_ascii,
    b"\x1b(J": _from_roman,
    b"\x1b(I": _from_kana,
    b"\x1b$B": _from_jis_x_0208,
    b"\x1b$@": _from_jis_x_0208,
    b"\x1b$(D": _from_jis_x_0212,
    b"\x0e": _from_kana,
    b"\x0f": _from_ascii,
}


def _pairs(piece: bytes, convert: Callable[[bytes], bytes]) -> bytes:
    return re.sub(rb"[\x21-\x7e]{2}", lambda pair: convert(pair[0]), piece)


@cache
def _supplementary(pair: bytes) -> bytes:
    """Two seven-bit bytes of JIS X 0212 as EUC-JP."""
    return bytes((0x8F, pair[0] | 0x80, pair[1] | 0x80))


@cache
def _shift_jis(pair: bytes) -> bytes:
    """Two seven-bit JIS bytes (row and cell, each + 0x20) as Shift_JIS."""
    row, cell = pair
    lead = (row - 0x21 >> 1) + 0x81
    trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    return bytes((lead if lead < 0xA0 else lead + 0x40, trail))


def _from_euc_jp(raw: bytes) -> str:
    """EUC-JP as Windows sends it. Raises UnicodeDecodeError for what is not."""
    text = StringIO()
    for found in re.finditer(rb"(?P<rare>(?:\x8f[\xa1-\xfe]{2})+)|[^\x8f]+|\x8f", raw):
        piece = found[0]
        text.write(piece.decode("euc_jp") if found["rare"] else _euc_to_shift_jis(piece).decode("cp932"))
    return text.getvalue()


def _euc_to_shift_jis(piece: bytes) -> bytes:
    def convert(match: re.Match[bytes]) -> bytes:
        code = match[0]
        if code[:1] == b"\x8e":
            return code[1:]
        if len(code) == 1:
            raise UnicodeDecodeError("euc_jp", piece, match.start(), match.end(), "no such character")
        return _shift_jis(code.translate(SEVEN_BITS))

    return re.sub(rb"\x8e[\xa1-\xdf]|[\xa1-\xfe]{2}|[\x80-\xff]", convert, piece)
