"""What the gateway knows of one mail on its way in, from MAIL to the reply to DATA."""

from __future__ import annotations

from aiosmtpd.smtp import Envelope

from faxsend.mailboxes import MailboxKind


class Transaction(Envelope):
    """One mail on its way in.

    ``kind``: of its first recipient, the only one it may have; ``account_id``: whose order it is, None before
    ``sender_looked_up`` and if nobody knows the sender; ``size_limit``: in bytes, if it has one of its own.
    """

    kind: MailboxKind | None = None
    sender_looked_up: bool = False
    account_id: int | None = None
    size_limit: int | None = None

    @property
    def sender(self) -> str:
        """The envelope sender; empty for the null sender."""
        return "" if self.mail_from in {None, "<>"} else str(self.mail_from)
