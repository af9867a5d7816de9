"""Lines of a text mail, as a window of fixed width shows them: a Japanese character takes two columns."""

from __future__ import annotations

import re

COLUMNS = 75
"""RFC 1468 and old mail programs want lines of fewer than 80; a reply puts ``> `` before them."""

# What stays in one piece: a run of ASCII, unless it is overlong, and a mark that may not begin a line (kinsoku).
_PIECE = re.compile(r"(?:[!-~]{1,40} ?|[^!-~])[、。，．」』）】〉》！？ーっッゃャゅュょョ]{0,3}", re.DOTALL)
_HANGING = "    "


def width(text: str) -> int:
    """Columns of one line."""
    return sum(1 if character.isascii() else 2 for character in text)


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def fold(text: str) -> str:
    """One logical line as lines of at most ``COLUMNS``; those after the first hang."""
    return _filled(_PIECE.findall(text))


def fold_fields(fields: list[str]) -> str:
    """Fields two blanks apart, broken between them rather than inside."""
    spaced = [f"{field}  " for field in fields]
    roomy = COLUMNS - len(_HANGING)
    return _filled(
        [piece for field in spaced for piece in ([field] if width(field) <= roomy else _PIECE.findall(field))]
    )


def _filled(pieces: list[str]) -> str:
    lines = [""]
    for piece in pieces:
        if width((lines[-1] + piece).rstrip()) > COLUMNS and lines[-1].strip():
            lines.append(_HANGING)
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)
