"""What a text becomes that has to be said in ISO-2022-JP (RFC 1468: ASCII and JIS X 0208, 7 bit)."""

from __future__ import annotations

import re
import unicodedata

CHARSET = "iso-2022-jp"
GETA = "〓"
"""Printers' mark for a type that is not in the case."""

_CODEC = "iso2022_jp"
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")
_OUTSIDE_ASCII = re.compile(r"[^\n -~]")
# The same stroke under another number: Windows, Unicode and JIS disagree on which one is in JIS X 0208.
_STROKES = str.maketrans(
    {
        "～": "〜",
        "∼": "〜",
        "－": "−",
        "–": "−",
        "‑": "‐",
        "—": "―",
        "∥": "‖",
        "¥": "￥",
        "‾": "￣",
        "￤": "|",
        "¦": "|",
        "·": "・",
        "•": "・",
        "\u2044": "/",
        "©": "(C)",
        "®": "(R)",
        "€": "EUR",
        "Å": "\u212b",
        "«": "《",
        "»": "》",
    }
)
# Kanji of names and of the list of 2010, each with the form in JIS X 0208 that is written in its place.
_KANJI = str.maketrans(
    "髙﨑𠮷德濵栁瀨槗桒曻增寬靑黑緖鷗俱剝頰𠮟塡吞噓嚙搔摑瘦簞繡蔣蠟醬醱顚驒麴麵黃吳卽巢彥敎尙淸步每綠賴郞鄕戶悅說錄橫歷淚溫產硏稅脫銳閱內",
    "高崎吉徳濱柳瀬橋桑昇増寛青黒緒鴎倶剥頬叱填呑嘘噛掻掴痩箪繍蒋蝋醤醗顛騨麹麺黄呉即巣彦教尚清歩毎緑頼郎郷戸悦説録横歴涙温産研税脱鋭閲内",
)
_NEAREST = _STROKES | _KANJI


def narrowed(text: str) -> str:
    """``text`` with everything that ISO-2022-JP lacks written in the nearest way that it has; never fails.

    ``㈱髙島`` is ``(株)高島``, half-width kana are full-width, ``é`` is ``e``; ``〓`` where nothing is near.
    Line feeds stay; other control characters, which could shift the reader's charset, do not.
    """
    whole = _HALF_WIDTH_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    composed = unicodedata.normalize("NFC", whole).translate(_NEAREST)
    return _OUTSIDE_ASCII.sub(lambda match: _nearest(match[0]), composed)


def _nearest(character: str) -> str:
    if _can_be_said(character):
        return character
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""  # an accent, a variant of the kanji before it
    plain = unicodedata.normalize("NFKC", character).translate(_NEAREST)
    if unicodedata.decomposition(character).startswith("<circle>"):
        plain = f"({plain})"  # 2① is not 21
    if not _can_be_said(plain):
        plain = unicodedata.normalize("NFD", plain)[:1]
    return plain if _can_be_said(plain) else GETA


def _can_be_said(text: str) -> bool:
    try:
        return bool(text.encode(_CODEC)) and text.isprintable()
    except UnicodeEncodeError:
        return False
