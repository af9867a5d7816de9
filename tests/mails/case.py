"""A mail, and what must become of it: a fax or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from faxsend.mail import Document
from notifications.refusals import Rejection

NUMBER = "03-1111-2222"
SERVICE = "send@fax.tc"


@dataclass(frozen=True, slots=True)
class Faxed:
    """``drawn``: the documents that must look like the pages of the fax, or how many pages it has.

    ``numbers`` as pages show them; ``options``: other fields of the submission.
    """

    drawn: tuple[Document, ...] | int
    subject: str = ""
    numbers: tuple[str, ...] = (NUMBER,)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    reason: type[Rejection]
    position: int | None = None
    detail: str | None = None
    """What the account's own page says of it; None: not looked at."""


@dataclass(frozen=True, slots=True)
class Case:
    """``name``: who writes it, and what is special. ``to``: the recipients of the envelope.

    ``raw`` is a function where other programs have to be run for it. ``account``: fields that differ from a new one's.
    """

    name: str
    raw: bytes | Callable[[], bytes]
    outcome: Faxed | Refused
    to: tuple[str, ...] = (SERVICE,)
    account: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> bytes:
        """The mail's bytes as the gateway keeps them."""
        raw = self.raw if isinstance(self.raw, bytes) else self.raw()
        return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def text(content: str) -> tuple[Document, ...]:
    """Pages that show a body of this text."""
    return (Document(name="", media_type="text/plain", content=content.encode(), is_body=True),)


def html(content: str) -> tuple[Document, ...]:
    """Pages that show a body of this HTML."""
    return (Document(name="", media_type="text/html", content=content.encode(), is_body=True),)
