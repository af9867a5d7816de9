"""What every refusal is made of."""

from __future__ import annotations

from typing import ClassVar, Literal

Counted = Literal["destination", "document"]


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


class Rejection(Exception):
    """An order that cannot become a fax.

    ``position``: which destination or document (``counts`` says which) it was, counted from 1. ``detail``:
    the offending value, for the account's own page only.
    """

    code: ClassVar[str]
    status: ClassVar[str] = "5.6.0"
    wire_text: ClassVar[str]
    explanation: ClassVar[str]
    counts: ClassVar[Counted] = "destination"
    detail_is_msgid: ClassVar[bool] = False
    """Whether ``detail`` is a sentence of ours, for the pages to translate."""

    def __init__(self, *, position: int | None = None, detail: str = "") -> None:
        super().__init__(self.code)
        self.position = position
        self.detail = detail

    def diagnostic(self, *, encrypted: bool) -> str:
        """The sentence that goes over the wire; of a mail that came ``encrypted`` it says nothing but the class."""
        return self.wire_text
