"""What the customer is told about a finished submission, as facts. ``faxsend.reporting`` fills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_NAMED = 100
"""Faxes that one report names; the site has all of them."""


@dataclass(frozen=True, slots=True)
class FaxLine:
    """One fax of a submission.

    ``result_text`` is the msgid of the sentence for ``result_code``, ``remedy`` that of what the customer can do;
    empty where there is nothing to do.
    """

    transaction_id: int
    number: str
    """As the customer would write it: ``03-1111-2222``, ``+1 212-555-0100``."""
    contact_name: str
    """担当者 of the list entry; empty for a number that came from no list."""
    sent: bool
    result_code: int
    result_text: str
    remedy: str
    pages_sent: int
    duration: timedelta
    completed_at: datetime
    remote_csid: str


@dataclass(frozen=True, slots=True)
class SubmissionReport:
    """All faxes have ended. Times are aware, in the account's zone.

    ``sent`` and ``failed`` count all faxes, ``duration`` is the sum of theirs.
    """

    token: str
    subject: str
    page_count: int
    url: str
    """The submission's page on the site."""
    sent: int
    failed: int
    duration: timedelta
    submitted_at: datetime
    completed_at: datetime
    faxes: tuple[FaxLine, ...]
    """At least one, at most ``MOST_NAMED``, the failed ones first: those want something done."""
    number_in_subject: bool = True
    """A subject is never encrypted: whoever keeps numbers secret leaves them out of it."""

    @property
    def total(self) -> int:
        return self.sent + self.failed

    @property
    def unnamed(self) -> int:
        """How many faxes are not in ``faxes``."""
        return self.total - len(self.faxes)

    @property
    def single(self) -> bool:
        """A single send (通常送付), told about in its own words."""
        return self.total == 1
