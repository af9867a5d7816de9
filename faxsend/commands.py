"""Mail commands: where the mail says its fax shall go (送信指示). Source: user guide, chapter 14 (1-2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from faxsend.body_commands import take_destinations, take_password
from faxsend.mail import Mail
from faxsend.numbers import parse_number
from faxsend.options import SUBJECT_LIMIT, Options, Piece, take_options
from faxsend.targets import Target, detail_of, names_list, read_targets
from notifications.refusals import (
    FullWidthCharacters,
    InvalidNumber,
    ListInSubject,
    MixedAddressing,
    NoRecipientsFound,
    TooManyRecipients,
)

MAX_TARGETS = 100
"""Counted as written, a list as one."""
MAX_NUMBERS_BY_ADDRESS = 500

FAX_COMMAND = re.compile(r"(?<!\S)/fax=", re.IGNORECASE)
FULL_WIDTH_COMMAND = re.compile(r"(?<!\S)(?!/fax=)[/／][fｆ][aａ][xｘ][=＝]", re.IGNORECASE)
SEPARATOR = re.compile(r"[;\s]*")
BODY = re.compile(r"body(?![^;\s])", re.IGNORECASE)
# Digits after a blank may belong to the number (03 1111 2222) or begin the text (03-1111-2222 2024): see _length.
DESTINATION = re.compile(r"[^;\s]+(?:\s+[-+()0-9]+(?![^;\s]))*")
TEXT = re.compile(r"(?!list=|!\*)(?:/|[^;\s\d]+(?!\S))", re.IGNORECASE)
MORE_FOLLOW = re.compile(r"\s*;")
# Where a destination would stand if the list went on: at once, or behind a semicolon.
LEFT_OVER = re.compile(r"(?:\A|;)\s*([+0][0-9()\-]{8,20})(?![^;\s])")
LEFT_OVER_LIMIT = 2000


class Place(Enum):
    """Where a mail names its destinations."""

    ADDRESS = auto()
    SUBJECT = auto()
    BODY = auto()


@dataclass(frozen=True, slots=True)
class Instructions:
    """``targets`` in the order of the mail, as often as it names them."""

    targets: tuple[Target, ...]
    password: str | None = field(repr=False)
    """What the first line of the body says; None if it has none."""
    subject: str
    """The subject without its commands and options: what the history and the notification call the fax."""
    text: str
    """The body without its command lines."""
    place: Place = Place.SUBJECT
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class _Command:
    """One ``/fax=`` with its destinations as written. Positions count characters of the subject."""

    start: int
    first_end: int
    end: int
    destinations: tuple[str, ...]


def read_commands(mail: Mail, addressed: tuple[str, ...]) -> Instructions:
    """Read the destinations from the subject, from the body if the subject is ``/fax=body``, or from
    ``addressed``: the local parts of number mailboxes. In every mail the body may begin with a password.

    Raises ``NoRecipientsFound``, ``TooManyRecipients``, ``MixedAddressing``, ``ListInSubject``,
    ``InvalidNumber`` and ``UnknownList`` (the last three with the destination's position),
    ``PasswordWouldBeDrawn``, ``FullWidthCharacters``, and ``BadOption`` with its kind. No refusal's detail has the password in it.
    """
    password, text = take_password(mail.text)
    commands = list(_commands(mail.subject))
    if addressed:
        if commands:
            raise MixedAddressing
        targets = read_targets(addressed, limit=MAX_NUMBERS_BY_ADDRESS, password=password)
        options, subject = take_options([Piece(0, mail.subject)], password=password)
        return Instructions(targets, password, subject, text, Place.ADDRESS, options)
    if not commands or any(
        not command.destinations or command.first_end > SUBJECT_LIMIT for command in commands
    ):
        raise (
            FullWidthCharacters
            if FULL_WIDTH_COMMAND.search(mail.subject[:SUBJECT_LIMIT])
            else NoRecipientsFound
        )
    written = tuple(destination for command in commands for destination in command.destinations)
    options, subject = take_options(_between(mail.subject, commands), password=password)
    if len(written) <= MAX_TARGETS:
        _require_none_left(mail.subject, commands, len(written), password)
    if not any(map(BODY.fullmatch, written)):
        return Instructions(_in_subject(written, password), password, subject, text, options=options)
    if not all(map(BODY.fullmatch, written)):
        raise MixedAddressing
    entries, text = take_destinations(text, limit=MAX_TARGETS)
    targets = read_targets(entries, limit=MAX_TARGETS, password=password, marked=True)
    return Instructions(targets, password, subject, text, Place.BODY, options)


def _require_none_left(subject: str, commands: list[_Command], count: int, password: str | None) -> None:
    """A number behind the last destination would become text of the subject, and nobody would fax to it."""
    for command in commands:
        for match in LEFT_OVER.finditer(subject[command.end : command.end + LEFT_OVER_LIMIT]):
            if _is_number(match[1]):
                raise InvalidNumber(position=count + 1, detail=detail_of(match[1], password))


def _in_subject(written: tuple[str, ...], password: str | None) -> tuple[Target, ...]:
    if len(written) > MAX_TARGETS:
        raise TooManyRecipients
    for position, entry in enumerate(written, start=1):
        if names_list(entry):
            raise ListInSubject(position=position, detail=detail_of(entry, password))
    return read_targets(written, limit=MAX_TARGETS, password=password)


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
    while len(spans) <= MAX_TARGETS:
        separator = SEPARATOR.match(subject, position)
        begin = position if separator is None else separator.end()
        match = DESTINATION.match(subject, begin)
        if match is None or (spans and ";" not in subject[position:begin]):
            return spans
        if body := BODY.match(subject, begin):
            spans.append(body.span())
            position = body.end()
            continue
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


def _between(subject: str, commands: list[_Command]) -> list[Piece]:
    """What remains of the subject."""
    starts = [*(command.start for command in commands), len(subject)]
    ends = [0, *(command.end for command in commands)]
    return [Piece(end, subject[end:start]) for end, start in zip(ends, starts, strict=True)]
