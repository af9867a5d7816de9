"""Fax numbers as people type them into a form or keep them in a spreadsheet, and why one cannot be read. Pure.

Beside what a mail may write, full-width characters are read here: nothing has to be found again in a text.
"""

from __future__ import annotations

import re
from enum import StrEnum

from faxsend.half_width import half_width
from faxsend.numbers import parse_number
from notifications.refusals import InvalidNumber, gettext_noop

_WITHOUT_ZERO = re.compile(r"[1-9][0-9\- ()]+")
_SHORTENED = re.compile(r"[0-9]+(\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)


class NumberFault(StrEnum):
    """Why a text is no fax number, as a msgid for the one who typed it."""

    EMPTY = gettext_noop("There is no fax number.")
    MISSING_ZERO = gettext_noop("The leading 0 is missing.")
    SHORTENED = gettext_noop("The spreadsheet has shortened the number. Format its column as text.")
    NOT_A_NUMBER = gettext_noop("This is not a fax number that can be dialled.")


class NumberError(ValueError):
    """A text that is no fax number; ``fault`` says why."""

    def __init__(self, fault: NumberFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


def read_typed_number(text: str) -> str:
    """The canonical form of a number, half-width or full-width.

    Raises ``NumberError``. What a spreadsheet has robbed of its leading 0 is refused, not guessed.
    """
    text = half_width(text).strip()
    number = _parsed(text)
    if number is None:
        raise NumberError(_fault_of(text))
    return number


def _parsed(text: str) -> str | None:
    try:
        return parse_number(text)
    except InvalidNumber:
        return None


def _fault_of(text: str) -> NumberFault:
    if not text:
        return NumberFault.EMPTY
    if _SHORTENED.fullmatch(text):
        return NumberFault.SHORTENED
    if _WITHOUT_ZERO.fullmatch(text) and (_parsed("0" + text) or _parsed("00" + text)):
        return NumberFault.MISSING_ZERO
    return NumberFault.NOT_A_NUMBER
