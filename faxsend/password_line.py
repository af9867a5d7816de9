"""The line ``!#password``, and whether a reader could find it in a text. Pure."""

from __future__ import annotations

import re
import unicodedata

UNKNOWN = "\ufffd"
"""Stands in the text of a drawn page for a glyph of which nobody knows what character it was."""
_MARK = "!#"
_UNREAD = ("C", "M", "Z", "Pd")
"""Categories: control and format characters, accents and variation selectors, blanks, and dashes."""
_LONGEST_LIGATURE = len("ffi")


def password_line(password: str | None) -> str:
    """How a mail says its password; empty if it says none."""
    return "" if password is None else _MARK + password


def says(text: str, line: str) -> bool:
    """Whether the password line can be read in it, however it is wrapped, spaced, or written in wide or capital letters.

    An ``UNKNOWN`` may be any character of the password, but none of the mark: rather too much than too little.
    """
    mark, password = line[: len(_MARK)], _read(line[len(_MARK) :])
    anyhow = "".join(f"[{re.escape(character)}{UNKNOWN}]" for character in password)
    return re.search(mark + anyhow, _read(text)) is not None


def _read(text: str) -> str:
    """The letters as one who reads aloud takes them; at most three times as many.

    Dashes go too: one at the end of a line may be part of the word or not.
    """
    # Character by character: normalizing takes a time that grows with the square of the accents in a row.
    return text.translate({ord(character): _letters(character) for character in set(text)})


def _letters(character: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", character) if not _is_unread(each))
    return plain.casefold() if len(plain) <= _LONGEST_LIGATURE else character


def _is_unread(character: str) -> bool:
    return unicodedata.category(character).startswith(_UNREAD)
