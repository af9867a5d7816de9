"""What the customer is told about a finished submission, as facts. ``faxsend.reporting`` fills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FaxLine:
    """One fax of a submission. ``result_text`` is the msgid of the sentence for ``result_code``."""

    transaction_id: int
    number: str
    """As the customer would write it: ``03-1111-2222``, ``+1 212-555-0100``."""
    sent: bool
    result_code: int
    result_text: str
    pages_sent: int
    duration: timedelta
    submitted_at: datetime
    completed_at: datetime
    remote_csid: str


@dataclass(frozen=True, slots=True)
class SubmissionReport:
    """All faxes have ended. Times are aware, in the account's zone."""

    token: str
    subject: str
    page_count: int
    url: str
    """The submission's page on the site."""
    faxes: tuple[FaxLine, ...]

    @property
    def sent(self) -> int:
        return sum(fax.sent for fax in self.faxes)

    @property
    def failed(self) -> int:
        return len(self.faxes) - self.sent

    @property
    def single(self) -> bool:
        """A single send (通常送付), told about in its own words."""
        return len(self.faxes) == 1
