"""What is asked of the server for one call: the parameters of a job, and the tag by which it is known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faxsend.carriers.base import Call
from faxsend.carriers.engine_results import printable
from faxsend.numbers import HOME_PREFIX
from faxsend.rendering import Resolution

_TAG = re.compile(r"interfax (?P<reference>\w{1,40}) pages (?P<first>[0-9]{1,4})-(?P<last>[0-9]{1,4})")
LIFE = "000500"
"""ddhhmm: a job for which no modem becomes free in 5 hours ends undialled."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Says all that an outcome needs to know of its call. ``pages``: of the fax, those before ``first_page`` too."""

    reference: str
    first_page: int
    pages: int

    def __str__(self) -> str:
        return f"interfax {self.reference} pages {self.first_page}-{self.pages}"


def tag_of(text: str) -> Tag | None:
    """None for the tag of somebody else's job."""
    found = _TAG.fullmatch(text)
    return found and Tag(found["reference"], first_page=int(found["first"]), pages=int(found["last"]))


def parameters(call: Call, tag: Tag, resolution: Resolution, *, international: str) -> list[tuple[str, str]]:
    """Name and value of each ``JPARM``, for pages as we drew them, dialled once.

    Attempts are ours, so are header line, page length and notices; the identification needs ``UseJobTSI: yes`` there.
    """
    return [
        ("FROMUSER", '"interfax"'),
        ("NOTIFYADDR", '"interfax@localhost"'),
        ("NOTIFY", '"NONE"'),
        ("LASTTIME", LIFE),
        ("MAXDIALS", "1"),
        ("MAXTRIES", "1"),
        ("DIALSTRING", quoted(dial_string(call.number, international))),
        ("JOBINFO", quoted(str(tag))),
        ("TSI", quoted(printable(call.csid))),
        ("VRES", "196" if resolution is Resolution.FINE else "98"),
        ("PAGEWIDTH", "209"),
        ("PAGELENGTH", "296"),
        ("PAGECHOP", '"NONE"'),
        ("USETAGLINE", "NO"),
        ("USEECM", "YES"),
    ]


def dial_string(number: str, international: str) -> str:
    """A canonical number as a Japanese line must hear it: ``0081 3…`` is 03…, others get the international prefix.

    Raises ``ValueError`` for what is no canonical number: nothing else may reach a modem.
    """
    if not re.fullmatch(r"00[1-9][0-9]{3,20}", number):
        raise ValueError("not a canonical number")
    if number.startswith(HOME_PREFIX):
        return "0" + number.removeprefix(HOME_PREFIX)
    return international + number.removeprefix("00")


def quoted(text: str) -> str:
    """A string of the protocol; what would end it is left out."""
    return '"' + "".join(each for each in text if each not in '"\\%') + '"'
