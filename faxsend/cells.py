"""One cell of a spreadsheet that is written as CSV. Pure.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@``, in Japan full-width as well, for a
formula and works it out. Such a cell is written with an apostrophe before it. Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import re
import unicodedata

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_DEFUSED = re.compile(r"\A'(?='*[=+\-@＝＋－＠])")


def defused(text: str) -> str:
    """``text`` as a spreadsheet shows it and does not calculate it; ``as_written`` is the way back."""
    return "'" + text if _FORMULA.match(text) else text


def as_written(text: str) -> str:
    """The text that ``defused`` was given. A formula stays what it is here anyway: text."""
    return _DEFUSED.sub("", text)


def tidy(text: str) -> str:
    """On one line: each run of blanks and line breaks is one blank, none at the ends."""
    return " ".join(text.split())


def is_printable(text: str) -> bool:
    """False for control characters and halves of surrogate pairs."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)
