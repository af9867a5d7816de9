"""Destinations as a mail names them, before lists are expanded. Source: user guide, chapter 14 (1-2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from faxsend.half_width import is_full_width
from faxsend.numbers import parse_number
from notifications.refusals import (
    FullWidthCharacters,
    InvalidNumber,
    Rejection,
    TooManyRecipients,
    UnknownList,
)

DETAIL_LENGTH = 200
"""Characters of a wrong destination that are kept for the account's page."""

_MARKED = re.compile(r"!\*([^*!]*+)\*!")
_LIST = re.compile(r"list=", re.IGNORECASE)
_LIST_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")


@dataclass(frozen=True, slots=True)
class ToNumber:
    """A fax number, canonical."""

    number: str


@dataclass(frozen=True, slots=True)
class ToList:
    """A list by its name as written; whether the account has it is not known here."""

    name: str


Target = ToNumber | ToList


def names_list(written: str) -> bool:
    """Whether it begins with ``list=``, whatever the case."""
    return _LIST.match(written) is not None


def read_targets(
    written: Sequence[str], *, limit: int, password: str | None = None, marked: bool = False
) -> tuple[Target, ...]:
    """One target for each destination, in order, repeated ones too: ``NUMBER`` or ``list=NAME``.

    ``marked``: as in a body, between ``!*`` and ``*!``; what is not is no destination. Raises
    ``TooManyRecipients``, and with the destination's position ``InvalidNumber``, ``UnknownList`` (no list can
    have such a name) or ``FullWidthCharacters``.
    """
    if len(written) > limit:
        raise TooManyRecipients
    targets = []
    for position, entry in enumerate(written, start=1):
        found = _MARKED.fullmatch(entry) if marked else None
        if marked and found is None:
            raise _refusal(InvalidNumber, entry, position, password)
        targets.append(_target(entry if found is None else found[1].strip(), position, password))
    return tuple(targets)


def _target(written: str, position: int, password: str | None) -> Target:
    if names_list(written):
        name = written[len("list=") :].strip()
        if _LIST_NAME.fullmatch(name) is None:
            raise _refusal(UnknownList, name, position, password)
        return ToList(name)
    try:
        return ToNumber(parse_number(written))
    except InvalidNumber:
        # Not chained: the first one has all that was written in it.
        raise _refusal(InvalidNumber, written, position, password) from None


def _refusal(kind: type[Rejection], written: str, position: int, password: str | None) -> Rejection:
    kind = FullWidthCharacters if is_full_width(written) else kind
    return kind(position=position, detail=detail_of(written, password))


def detail_of(written: str, password: str | None) -> str:
    """What a refusal may keep of a wrong destination: a piece, and nothing that has the password in it."""
    if "!#" in written or (password and password in written):
        return ""
    return written[:DETAIL_LENGTH]
