"""The header fields that a sender's program repeats in the text, for readers that do not know protected ones. Pure.

Sources: RFC 9788, 4.5.3; draft-autocrypt-lamps-protected-headers, 4.2 (a part of its own).
"""

from __future__ import annotations

import re
from email.message import Message
from html.parser import HTMLParser

from faxsend.headers import parameter

_FIELDS = re.compile(r"(?:[!-9;-~]+:.*\n(?:[ \t]+\S.*\n)*)+[ \t]*\n")
_CLASS = "header-protection-legacy-display"
_BEFORE_THE_BODY = {"html", "head", "title", "meta", "link", "base", "style", "body"}
_WITHOUT_TEXT = {"title", "style"}
_LOOKED_INTO = 20_000
"""Characters of an HTML text; the parser can be made to take quadratic time."""


def has_protected_fields(root: Message) -> bool:
    """Whether the root entity says that its header fields are protected. Believe it only of what was in a layer."""
    return bool(parameter(root, "Content-Type", "hp") or parameter(root, "Content-Type", "protected-headers"))


def is_repetition(part: Message) -> bool:
    """Whether the part, which is not the root, holds such fields and nothing else."""
    return parameter(part, "Content-Type", "protected-headers").lower() == "v1"


def without_fields(part: Message, text: str) -> str:
    """The part's decoded text with ``\\n`` line ends, without such fields in front if the part says it has them."""
    if parameter(part, "Content-Type", "hp-legacy-display") != "1":
        return text
    if part.get_content_type() == "text/html":
        return _without_division(text)
    fields = _FIELDS.match(text)
    return text[fields.end() :] if fields else text


def _without_division(html: str) -> str:
    finder = _Finder()
    finder.feed(html[:_LOOKED_INTO])
    if finder.start is None or finder.end is None:
        return html
    return html[: finder.start] + html[finder.end :]


class _Finder(HTMLParser):
    """Where the division begins and ends, if it is the first element of the body."""

    start: int | None = None
    end: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._decided = False
        self._open = ""
        self._lines = [0]

    def feed(self, data: str) -> None:
        self._lines += [match.end() for match in re.finditer("\n", data)]
        super().feed(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        if not self._decided and tag not in _BEFORE_THE_BODY:
            self._decided = True
            if tag == "div" and _CLASS in (dict(attrs).get("class") or "").split():
                self.start = self._position()
        if self.start is not None and self.end is None and tag == "div":
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        self._open = ""
        if self.start is not None and self.end is None and tag == "div":
            self._depth -= 1
            if self._depth == 0:
                self.end = self.rawdata.index(">", self._position()) + 1

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open not in _WITHOUT_TEXT:
            self._decided = True

    def _position(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
