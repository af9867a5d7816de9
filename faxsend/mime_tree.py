"""A mail's bytes as the tree of its parts, which has bounds while it grows. Pure.

The library's parser asks at every line after every boundary it is inside of, so deep trees are refused before they
are whole. It also keeps each line as an object of its own, so lines are counted before.
"""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import Policy

from certificates.smime import mime
from faxsend.headers import LenientPolicy
from notifications.refusals import DocumentTooLarge, NotAMail

MAX_DEPTH = 20
MAX_ENTITIES = 1000
"""Parts, the multiparts around them, and those of enclosed mails."""
MAX_LINES = 1_000_000
"""Of the whole mail. As base64 the largest that the gateway takes has 700,000, a hundred pages have 14,000."""


class _Entity(Message):
    """Knows its place in the tree."""

    def __init__(self, policy: Policy[Message]) -> None:
        super().__init__(policy)
        self._depth = 0
        self._root = self
        self._number_of_entities = 1

    def attach(self, payload: Message | str) -> None:  # the parser calls it before it reads on
        if isinstance(payload, _Entity):
            payload._depth, payload._root = self._depth + 1, self._root
            self._root._number_of_entities += 1
            if payload._depth > MAX_DEPTH or self._root._number_of_entities > MAX_ENTITIES:
                raise NotAMail
        super().attach(payload)


def parse(message: bytes) -> Message:
    """Raises ``NotAMail`` if there are too many headers, parts or levels, or a boundary that cannot be read.

    ``DocumentTooLarge`` if there are too many lines.
    """
    if max(message.count(b"\n"), message.count(b"\r")) > MAX_LINES:
        raise DocumentTooLarge
    if not mime.is_bounded(mime.split(message)[0]):
        raise NotAMail
    try:
        return BytesParser(policy=LenientPolicy(message_factory=_Entity)).parsebytes(message)
    except (
        RecursionError,
        TypeError,
        ValueError,
    ) as error:  # the last two: a boundary in contradictory pieces
        raise NotAMail from error
