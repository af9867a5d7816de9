"""What the first lines of the body say: the password, and the destinations where the subject is ``/fax=body``.

Hostile text may be megabytes long: every pattern here is possessive, so that it is read once.
Source: user guide, chapter 14 (1-2).
"""

from __future__ import annotations

import re
from itertools import islice

from faxsend.half_width import half_width, is_full_width
from faxsend.numbers import parse_number
from notifications.refusals import (
    FullWidthCharacters,
    InvalidNumber,
    NoRecipientsFound,
    PasswordWouldBeDrawn,
    TooManyRecipients,
)

_BLANK = r"[^\S\n]"
# Some mail programs begin a text with marks that nobody sees.
_BLANK_LINES = re.compile(r"[\s\ufeff\u200b]*+")
_SEPARATORS = re.compile(r"[;\s]*+")
_LONGEST_LINE = 60
# Three times the longest that an account can have.
_PASSWORD = re.compile(rf"!#(\S{{1,200}}+){_BLANK}*+(?:\n|\Z)")
# Long lines are wrapped on their way: a semicolon at the end of a line or at the start of the next one says so.
# The last one of all may also just end the line; only what looks like a destination goes on behind it.
_COMMAND_LINE = re.compile(
    rf"(?:[^;\n]++|;{_BLANK}*+(?:\n{_BLANK}*+(?=;|!\*))?+|\n{_BLANK}*+(?=;))*+(?:\n|\Z)"
)
_ENTRY = re.compile(r"[^;]++")


def take_password(text: str) -> tuple[str | None, str]:
    """The password (half-width, without blanks) of a line ``!#password``, and the text behind that line.

    It is the first line that is not blank. Without one the text is what it was. Raises ``PasswordWouldBeDrawn``
    for a line that was meant as one but has blanks or is longer than any, and ``FullWidthCharacters``.
    """
    begin = _first_line(text)
    if half_width(text[begin : begin + 2]) != "!#":
        return None, text
    found = _PASSWORD.match(text, begin)
    if found is None and text.startswith("!#", begin):
        raise PasswordWouldBeDrawn
    if found is None or is_full_width(found[1]):
        raise FullWidthCharacters
    return found[1], text[found.end() :]


def take_destinations(text: str, *, limit: int) -> tuple[tuple[str, ...], str]:
    """The entries of the first line that is not blank, ``!*NUMBER*!;!*list=NAME*!``, and the text behind it.

    An entry is whatever stands between two semicolons. ``text`` has no password line any more. Raises
    ``NoRecipientsFound``, ``TooManyRecipients``, ``InvalidNumber`` if the next line has destinations too,
    ``FullWidthCharacters`` if its marks, or those of the first one, are full-width, and ``PasswordWouldBeDrawn``
    if that has the password.
    """
    begin = _first_line(text)
    line = _COMMAND_LINE.match(text, begin)
    if line is None or "!*" not in line[0]:
        raise FullWidthCharacters(position=1) if _has_full_width_mark(text, begin) else NoRecipientsFound
    written = (match[0].strip() for match in _ENTRY.finditer(line[0]))
    entries = tuple(islice(filter(None, written), limit + 1))
    if len(entries) > limit:
        raise TooManyRecipients
    _require_no_more(text, line.end(), len(entries), promised=line[0].rstrip().endswith(";"))
    return entries, text[line.end() :]


def _first_line(text: str, position: int = 0) -> int:
    blank = _BLANK_LINES.match(text, position)
    return position if blank is None else blank.end()


def _require_no_more(text: str, position: int, count: int, *, promised: bool) -> None:
    """A destination on a line of its own would be drawn and not faxed to, a password there would be shown.

    ``promised``: a semicolon said that more would follow; then a number without its marks is one too.
    """
    begin = _first_line(text, position)
    if _PASSWORD.match(text, begin):
        raise PasswordWouldBeDrawn
    separator = _SEPARATORS.match(text, begin)
    begin = begin if separator is None else separator.end()
    if _has_full_width_mark(text, begin):
        raise FullWidthCharacters(position=count + 1)
    if text.startswith("!*", begin):
        raise InvalidNumber(position=count + 1)
    if promised and _is_number(text[begin : begin + _LONGEST_LINE].partition("\n")[0]):
        raise InvalidNumber(position=count + 1)


def _has_full_width_mark(text: str, position: int) -> bool:
    """Whether a destination begins there, with marks of which one at least is full-width."""
    mark = text[position : position + 2]
    return mark != "!*" and half_width(mark) == "!*"


def _is_number(line: str) -> bool:
    try:
        parse_number(line)
    except InvalidNumber:
        return False
    return True
