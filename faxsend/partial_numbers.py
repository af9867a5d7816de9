"""A part of a fax number as people type it into a search, and the canonical numbers that it fits. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from faxsend.numbers import CALLING_ABROAD, HOME_PREFIX

MOST_DIGITS = 20
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ", "-"))
_TYPED = re.compile(r"\+?[0-9\-() ]*")


@dataclass(frozen=True, slots=True)
class PartialNumber:
    """Fits a canonical number that has ``inside`` anywhere in it, or begins with one of ``beginnings``.

    Without ``inside`` (a number typed with its country) only the beginnings count. All are digits.
    """

    inside: str
    beginnings: tuple[str, ...]


def read_partial_number(text: str) -> PartialNumber:
    """``03-1111`` begins ``0081 3 1111``; so do ``+81 3 1111``, ``0081-3-1111`` and ``010 81 3 1111``.

    Full-width characters are read too. Raises ``ValueError`` for what has no digits, too many, or anything
    that a number does not have.
    """
    typed = unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip()
    digits = re.sub(r"\D", "", typed, flags=re.ASCII)
    if not _TYPED.fullmatch(typed) or not 0 < len(digits) <= MOST_DIGITS:
        raise ValueError("no part of a number")
    if typed.startswith("+"):
        return PartialNumber("", _with_country("00" + digits))
    if digits.startswith(CALLING_ABROAD):
        # Also a number of Japan's may go on like this somewhere inside.
        return PartialNumber(digits, _with_country("00" + digits.removeprefix(CALLING_ABROAD)))
    if digits.startswith("00"):
        return PartialNumber(digits, _with_country(digits))
    if digits.startswith("0"):
        return PartialNumber(digits, (HOME_PREFIX + digits.removeprefix("0"),))
    return PartialNumber(digits, ())


def _with_country(digits: str) -> tuple[str, ...]:
    """As it stands, and without the 0 that was left in behind Japan's code."""
    left_in = HOME_PREFIX + "0"
    if digits.startswith(left_in):
        return (HOME_PREFIX + digits.removeprefix(left_in),)
    return (digits,)
