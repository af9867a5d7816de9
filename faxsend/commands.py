"""Mail commands: where the mail says its fax shall go (送信指示). Source: user guide, chapter 14 (1-2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faxsend.mail import Mail
from faxsend.numbers import parse_number
from notifications.refusals import InvalidNumber, MixedAddressing, NoRecipientsFound, TooManyRecipients

SUBJECT_LIMIT = 60
"""Characters of the decoded subject within which ``/fax=`` and its first number must stand."""

MAX_NUMBERS_IN_SUBJECT = 100
MAX_NUMBERS_BY_ADDRESS = 500

FAX_COMMAND = re.compile(r"(?:^|(?<=\s))/fax=(?P<first>[^;\s]*)(?P<rest>(?:;[^;\s]*)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instructions:
    """``numbers`` are canonical, each once, in the order of the mail; ``duplicates`` counts those left out."""

    numbers: tuple[str, ...]
    duplicates: int
    subject: str
    """The subject without its commands: what the history and the notification call the fax."""


def read_commands(mail: Mail, addressed: tuple[str, ...]) -> Instructions:
    """Read the destinations from the subject, or from ``addressed``: the local parts of number mailboxes.

    Raises ``NoRecipientsFound``, ``TooManyRecipients``, ``MixedAddressing`` and ``InvalidNumber`` (with
    the destination's position).
    """
    match = FAX_COMMAND.search(mail.subject)
    if addressed:
        if match is not None:
            raise MixedAddressing
        return _instructions(addressed, MAX_NUMBERS_BY_ADDRESS, mail.subject)
    if match is None or not match["first"] or match.end("first") > SUBJECT_LIMIT:
        raise NoRecipientsFound
    written = tuple(entry for entry in (match["first"] + match["rest"]).split(";") if entry)
    remaining = (mail.subject[: match.start()] + mail.subject[match.end() :]).strip()
    return _instructions(written, MAX_NUMBERS_IN_SUBJECT, remaining)


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
