"""Mail commands: where the mail says its fax shall go (送信指示). Source: user guide, chapter 14 (1-2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from faxsend.mail import Mail
from faxsend.numbers import parse_number
from notifications.refusals import InvalidNumber, MixedAddressing, NoRecipientsFound, TooManyRecipients

SUBJECT_LIMIT = 60
"""Characters of the decoded subject within which ``/fax=`` and its first number must stand."""

MAX_NUMBERS_IN_SUBJECT = 100
MAX_NUMBERS_BY_ADDRESS = 500

FAX_COMMAND = re.compile(r"(?<!\S)/fax=", re.IGNORECASE)
SEPARATOR = re.compile(r"[;\s]*")
# Digits after a blank may belong to the number (03 1111 2222) or begin the text (03-1111-2222 2024): see _length.
DESTINATION = re.compile(r"[^;\s]+(?:\s+[-+()0-9]+(?![^;\s]))*")
TEXT = re.compile(r"/|[^;\s\d]+(?!\S)")
MORE_FOLLOW = re.compile(r"\s*;")


@dataclass(frozen=True, slots=True)
class Instructions:
    """``numbers`` are canonical, each once, in the order of the mail; ``duplicates`` counts those left out."""

    numbers: tuple[str, ...]
    duplicates: int
    subject: str
    """The subject without its commands: what the history and the notification call the fax."""


@dataclass(frozen=True, slots=True)
class _Command:
    """One ``/fax=`` with its destinations as written. Positions count characters of the subject."""

    start: int
    first_end: int
    end: int
    destinations: tuple[str, ...]


def read_commands(mail: Mail, addressed: tuple[str, ...]) -> Instructions:
    """Read the destinations from the subject, or from ``addressed``: the local parts of number mailboxes.

    Raises ``NoRecipientsFound``, ``TooManyRecipients``, ``MixedAddressing`` and ``InvalidNumber`` (with
    the destination's position).
    """
    commands = list(_commands(mail.subject))
    if addressed:
        if commands:
            raise MixedAddressing
        return _instructions(addressed, MAX_NUMBERS_BY_ADDRESS, mail.subject.strip())
    if not commands or any(
        not command.destinations or command.first_end > SUBJECT_LIMIT for command in commands
    ):
        raise NoRecipientsFound
    written = tuple(destination for command in commands for destination in command.destinations)
    return _instructions(written, MAX_NUMBERS_IN_SUBJECT, _without(mail.subject, commands))


def _commands(subject: str) -> Iterator[_Command]:
    position = 0
    while match := FAX_COMMAND.search(subject, position):
        # What begins too late is refused whatever it says: it is not read.
        spans = [] if match.start() > SUBJECT_LIMIT else _destinations(subject, match.end())
        position = spans[-1][1] if spans else match.end()
        yield _Command(
            start=match.start(),
            first_end=spans[0][1] if spans else position,
            end=position,
            destinations=tuple(subject[start:end] for start, end in spans),
        )
        if not spans:
            return


def _destinations(subject: str, position: int) -> list[tuple[int, int]]:
    """Where each destination begins and ends. Blanks may stand around ``;`` and within a number.

    After a blank a word without a digit, and anything with a slash before it, is text; a destination that
    was mistyped is never taken for text.
    """
    spans: list[tuple[int, int]] = []
    while len(spans) <= MAX_NUMBERS_IN_SUBJECT:
        separator = SEPARATOR.match(subject, position)
        begin = position if separator is None else separator.end()
        match = DESTINATION.match(subject, begin)
        if match is None or (spans and ";" not in subject[position:begin]):
            return spans
        if begin > position and subject[begin - 1] != ";" and TEXT.match(subject, begin):
            return spans
        position = begin + _length(match[0], last=not MORE_FOLLOW.match(subject, match.end()))
        spans.append((begin, position))
        if position < match.end():
            break
    return spans


def _length(written: str, *, last: bool) -> int:
    """How many of the characters are the number; the rest begins the text that follows the last one."""
    if not last:
        return len(written)
    ends = [match.start() for match in re.finditer(r"\s+|$", written) if match.start() <= SUBJECT_LIMIT]
    for end in [*ends[:1], *reversed(ends)]:
        if _is_number(written[:end]):
            return end
    return len(written)


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except InvalidNumber:
        return False
    return True


def _without(subject: str, commands: list[_Command]) -> str:
    """What remains of the subject, in one piece."""
    starts = [*(command.start for command in commands), len(subject)]
    ends = [0, *(command.end for command in commands)]
    pieces = (subject[end:start].strip("; \u3000") for end, start in zip(ends, starts, strict=True))
    return " ".join(piece for piece in pieces if piece)


def _instructions(written: tuple[str, ...], limit: int, subject: str) -> Instructions:
    if len(written) > limit:
        raise TooManyRecipients
    numbers: dict[str, None] = {}
    for position, entry in enumerate(written, start=1):
        try:
            numbers[parse_number(entry)] = None
        except InvalidNumber as error:
            raise InvalidNumber(position=position, detail=entry) from error
    return Instructions(numbers=tuple(numbers), duplicates=len(written) - len(numbers), subject=subject)
