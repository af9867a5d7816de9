"""Subject options: how the fax shall be drawn and sent, written into the subject as ``/rt 3`` or ``/h 株式会社さくら``.

An option begins with ``/`` at the start of the subject or behind a blank; whatever else has a slash is text. The
text of ``/h`` ends where the next option or ``/fax=`` begins, or with the subject. Pure. Source: user guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from faxsend.half_width import half_width
from faxsend.rendering.pages import Resolution
from faxsend.targets import detail_of
from notifications.refusals import BadOption, FullWidthCharacters, OptionTooLate

SUBJECT_LIMIT = 60
"""Characters of the decoded subject that are looked into for what the mail asks for."""

ATTEMPTS = (1, 6)
RETRY_MINUTES = (1, 30)
FONT_POINTS = (4, 72)
HEADER_LENGTH = 200
"""Characters of a page header."""

_WHOLE = re.compile(r"[0-9]{1,4}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{2}")


class BodyUse(Enum):
    """Whether the text of a mail is drawn: not beside attachments, before them, or in place of them."""

    ATTACHMENTS_ONLY = auto()
    BODY_AND_ATTACHMENTS = auto()
    BODY_ONLY = auto()


@dataclass(frozen=True, slots=True)
class Options:
    """What a mail asks for beside its destinations; None: what the account has chosen.

    ``page_header`` is as written, ``{To}`` and the like still in it, and empty for none. ``send_at`` has no time
    zone: it is the account's. ``font_size`` in points, ``retry_interval`` in minutes, ``max_attempts`` with the
    first one.
    """

    body_use: BodyUse | None = None
    page_header: str | None = None
    send_at: datetime | None = None
    resolution: Resolution | None = None
    font_size: int | None = None
    max_attempts: int | None = None
    retry_interval: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the subject that names no destinations; ``start``: which character of the subject is its first."""

    start: int
    text: str


Reader = Callable[[str, Options], Options]


@dataclass(frozen=True, slots=True)
class SubjectCommand:
    """``read`` adds the option with its argument to the options, or raises ``ValueError``.

    ``words``: how many the argument has; None: all up to the next option.
    """

    read: Reader
    words: int | None = 0


def _with(options: Options, **chosen: Any) -> Options:
    """Raises ``ValueError`` if the mail has chosen otherwise before."""
    for name, value in chosen.items():
        if getattr(options, name) not in (None, value):
            raise ValueError("contradicts another option")
    return replace(options, **chosen)


def _chosen(**chosen: Any) -> Reader:
    return lambda argument, options: _with(options, **chosen)


def _whole(name: str, limits: tuple[int, int]) -> Reader:
    lowest, highest = limits

    def read(argument: str, options: Options) -> Options:
        if not _WHOLE.fullmatch(argument) or not lowest <= int(argument) <= highest:
            raise ValueError("not within its limits")
        return _with(options, **{name: int(argument)})

    return read


def _header(argument: str, options: Options) -> Options:
    if not 0 < len(argument) <= HEADER_LENGTH:
        raise ValueError("no text, or too long")
    return _with(options, page_header=argument)


def _send_at(argument: str, options: Options) -> Options:
    argument = " ".join(argument.split())
    if not _TIME.fullmatch(argument):
        raise ValueError("not yyyy-mm-dd hh:mm")
    return _with(options, send_at=datetime.strptime(argument, "%Y-%m-%d %H:%M"))


SUBJECT_COMMANDS: dict[str, SubjectCommand] = {
    "/b": SubjectCommand(_chosen(body_use=BodyUse.BODY_AND_ATTACHMENTS)),
    "/bn": SubjectCommand(_chosen(body_use=BodyUse.ATTACHMENTS_ONLY)),
    "/bb": SubjectCommand(_chosen(body_use=BodyUse.BODY_ONLY)),
    "/h": SubjectCommand(_header, words=None),
    "/hn": SubjectCommand(_chosen(page_header="")),
    "/d": SubjectCommand(_send_at, words=2),
    "/rs": SubjectCommand(_chosen(resolution=Resolution.STANDARD)),
    "/rf": SubjectCommand(_chosen(resolution=Resolution.FINE)),
    "/fontsize": SubjectCommand(_whole("font_size", FONT_POINTS), words=1),
    "/rt": SubjectCommand(_whole("max_attempts", ATTEMPTS), words=1),
    "/ri": SubjectCommand(_whole("retry_interval", RETRY_MINUTES), words=1),
}


_NAMES = "|".join(sorted(SUBJECT_COMMANDS, reverse=True))
_NUMERIC = "|".join(name for name, command in SUBJECT_COMMANDS.items() if command.words)
# A number may follow its option at once: taken for text, the fax would go at another time than it says.
_OPTION = re.compile(rf"(?<!\S)(?:(?:{_NAMES})(?!\S)|(?:{_NUMERIC})(?=[=:0-9]))", re.IGNORECASE)
_LIKE_AN_OPTION = re.compile(r"(?<!\S)[/\N{FULLWIDTH SOLIDUS}]\S{1,8}(?!\S)")


def take_options(pieces: Sequence[Piece], *, password: str | None = None) -> tuple[Options, str]:
    """The options that stand in the pieces of a subject, and the text that remains.

    Raises ``BadOption`` for a value that it cannot have, or that contradicts another option; ``OptionTooLate``
    if it ends beyond ``SUBJECT_LIMIT`` (of ``/h``: if its text begins there); ``FullWidthCharacters``. None of
    them has the ``password`` in its detail.
    """
    options = Options()
    texts: list[str] = []
    for piece in pieces:
        _require_half_width(piece.text)
        names = list(_OPTION.finditer(piece.text))
        stops = [*(name.start() for name in names[1:]), len(piece.text)]
        position = 0
        for name, stop in zip(names, stops, strict=False):
            texts.append(piece.text[position : name.start()])
            position = _end(piece.text, name, stop)
            options = _read(piece, name, position, options, password)
        texts.append(piece.text[position:])
    return options, " ".join(filter(None, (text.strip("; \u3000") for text in texts)))


def _end(text: str, name: re.Match[str], stop: int) -> int:
    """Where the argument of the option ends; ``stop``: where the next one begins."""
    words = SUBJECT_COMMANDS[name[0].lower()].words
    if words is None:
        return stop
    argument = re.compile(rf"(?:\s*+\S++){{0,{words}}}").match(text, name.end(), stop)
    return name.end() if argument is None else argument.end()


def _read(piece: Piece, name: re.Match[str], end: int, options: Options, password: str | None) -> Options:
    command = SUBJECT_COMMANDS[name[0].lower()]
    written = piece.text[name.end() : end]
    argument = written.strip()
    detail = detail_of(f"{name[0].lower()} {argument}".strip(), password) or name[0].lower()
    begins = end - len(written.lstrip())
    counted = min(begins + 1, end) if command.words is None else end
    if piece.start + counted > SUBJECT_LIMIT:
        raise OptionTooLate(detail=detail)
    try:
        return command.read(argument, options)
    except ValueError:
        raise BadOption(detail=detail) from None


def _require_half_width(text: str) -> None:
    for word in _LIKE_AN_OPTION.findall(text):
        if not word.isascii() and half_width(word).lower() in SUBJECT_COMMANDS:
            raise FullWidthCharacters(detail=word)
