"""Text on a grid of half-width columns: tabs, and lines broken by the Japanese rules (kinsoku, JIS X 4051).

Pure. The old product cut long lines at the margin; here they go on in the next line.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

TAB = 8
NO_START = frozenset(
    "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々〻ー’”）〕］｝〉》」』】〙〗〟｠»‐–〜～゠％‰℃°′″"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ｡｣､･ﾞﾟｧｨｩｪｫｬｭｮｯｰ!),.:;?]}%"
)
"""Never at the start of a line (行頭禁則文字)."""
NO_END = frozenset("‘“（〔［｛〈《「『【〘〖〝｟«￥＄￡＃№〒｢([{$¥£#")
"""Never at the end of a line (行末禁則文字)."""
TOGETHER = frozenset("…‥―—")
"""Two of the same are one sign (分離禁止文字)."""


def columns_of(text: str) -> int:
    """Width in half-width columns; what is ambiguous takes two, as in Japanese fonts."""
    return sum(_columns(character) for character in text)


def expanded(line: str) -> str:
    """Tabs become blanks up to the next multiple of 8 columns."""
    out, column = [], 0
    for index, piece in enumerate(line.split("\t")):
        gap = TAB - column % TAB if index else 0
        out.append(" " * gap + piece)
        column += gap + columns_of(piece)
    return "".join(out)


def wrapped(line: str, columns: int) -> list[str]:
    """Break a line into lines of at most so many columns; blanks at a break hang over or go.

    A unit that is longer than a line, such as an address, is cut.
    """
    lines, current, used = [], "", 0
    for unit in units(line):
        if used + columns_of(unit.rstrip()) > columns and current:
            lines.append(current.rstrip())
            current, used = "", 0
        for character in unit:
            if used + _columns(character) > columns and not character.isspace():
                lines.append(current.rstrip())
                current, used = "", 0
            current += character
            used += _columns(character)
    return [*lines, current.rstrip()]


def units(line: str) -> list[str]:
    """The parts that must not be broken: words, and characters with what clings to them."""
    cuts = [index for index, pair in enumerate(pairwise(line), 1) if breakable(*pair)]
    return [line[start:end] for start, end in pairwise([0, *cuts, len(line)])]


def breakable(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if after.isspace() or _columns(after) == 0 or after in NO_START or before in NO_END:
        return False
    if before == after and before in TOGETHER:
        return False
    return before.isspace() or 2 in (_columns(before), _columns(after))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1
