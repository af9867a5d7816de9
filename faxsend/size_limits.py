"""How much a mail may bring. Pure. Source: user guide."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from faxsend.mail import Document
from notifications.refusals import AttachmentsTooLarge

MEGABYTE = 1024 * 1024
MAX_ATTACHED = 20 * MEGABYTE
"""Bytes of all attachments together, without their transfer encoding."""
MAX_ATTACHED_SIGNED = 10 * MEGABYTE
"""The same where the mail has a signature, whatever that is worth."""


def require_size(attached: Sequence[Document], *, signed: bool) -> None:
    """Raises ``AttachmentsTooLarge`` with the position of the attachment that is the first too many."""
    most = MAX_ATTACHED_SIGNED if signed else MAX_ATTACHED
    for position, total in enumerate(accumulate(len(each.content) for each in attached), start=1):
        if total > most:
            raise AttachmentsTooLarge(position=position)
