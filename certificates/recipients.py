"""Addresses in one field, separated by the half-width comma and nothing else (user guide, chapter 14, 1-1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.addresses import is_address

SHOWN_ADDRESSES = 3
SHOWN_LENGTH = 80
# Full-width comma, the Japanese comma in all its widths, both semicolons, the middle dot.
_WRONG_SEPARATOR = re.compile("[\uff0c\u3001\ufe50\ufe51\uff64;\uff1b\u30fb]")


def read_recipients(text: str) -> list[str]:
    """The addresses in order. A blank or a line break may stand beside a comma, and a comma at the end.

    Raises ``ValidationError`` with one message for each kind of mistake, which names what is wrong.
    """
    pieces = [piece for each in text.split(",") if (piece := each.strip())]
    if not pieces:
        raise ValidationError(_("Type at least one mail address."))
    if wrong := _WRONG_SEPARATOR.search(text):
        raise ValidationError(
            _("Separate the addresses with the half-width comma (,). Replace “%(character)s” by it.")
            % {"character": wrong[0]}
        )
    problems = [*_unseparated(pieces), *_bad(pieces), *_repeated(pieces)]
    if problems:
        raise ValidationError(problems)
    return pieces


def _unseparated(pieces: list[str]) -> list[str]:
    """Two addresses with only a blank or a line break between them."""
    for piece in pieces:
        if _is_several(piece):
            first, second, *_rest = piece.split()
            names = {"first": _short(first), "second": _short(second)}
            return [_("Put a half-width comma (,) between “%(first)s” and “%(second)s”.") % names]
    return []


def _bad(pieces: list[str]) -> list[str]:
    single = [piece for piece in pieces if not _is_several(piece)]
    problems = []
    if wide := [piece for piece in single if not piece.isascii()]:
        problems.append(
            _("Type the address in half-width characters: %(address)s") % {"address": _named(wide)}
        )
    if bad := [piece for piece in single if piece.isascii() and not is_address(piece)]:
        problems.append(_("This is not a mail address: %(address)s") % {"address": _named(bad)})
    return problems


def _repeated(pieces: list[str]) -> list[str]:
    often = [address for address, count in Counter(map(str.lower, pieces)).items() if count > 1]
    return (
        [_("This address stands there more than once: %(address)s") % {"address": _named(often)}]
        if often
        else []
    )


def _is_several(piece: str) -> bool:
    words = piece.split()
    return len(words) > 1 and all("@" in word for word in words)


def _named(addresses: Iterable[str]) -> str:
    """The first few, shortened: what is wrong may be as long as the field."""
    named = [_short(address) for address in dict.fromkeys(addresses)]
    return ", ".join(named[:SHOWN_ADDRESSES]) + (" …" if len(named) > SHOWN_ADDRESSES else "")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…"
