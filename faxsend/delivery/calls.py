"""What one call brings to the carrier: the stored pages as this receiver takes them, under this call's header line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography.fernet import InvalidToken

from faxsend.carriers import Call
from faxsend.models import Attempt, Fax
from faxsend.numbers import display
from faxsend.page_header import filled
from faxsend.rendering.header_line import with_header
from faxsend.rendering.standard import in_standard


class PagesNotReadable(Exception):
    """They are gone, damaged, or sealed with a key that is missing. The text names the class of the failure alone."""


def call_of(attempt: Attempt) -> Call:
    """Raises ``PagesNotReadable``; then nothing has been dialled."""
    try:
        fax = Fax.objects.select_related("submission__pages", "account").get(pk=attempt.fax_id)
        pages = _pages_of(fax, at=attempt.started_at)
    except (InvalidToken, ValueError) as error:
        raise PagesNotReadable(type(error).__name__) from error
    return Call(
        reference=str(attempt.pk),
        fax_id=fax.pk,
        number=fax.number,
        tiff=pages,
        first_page=attempt.first_page,
        csid=fax.account.csid,
    )


def _pages_of(fax: Fax, *, at: datetime) -> bytes:
    order, account = fax.submission, fax.account
    pages = order.pages.tiff
    if not pages:
        raise ValueError("the pages have been removed")
    if fax.standard_only:
        pages = in_standard(pages)
    if not order.page_header:
        return pages
    line = filled(
        order.page_header,
        at=at.astimezone(ZoneInfo(account.time_zone)),
        to=display(fax.number),
        sender=account.csid or account.name,
        pages=order.pages.count,
    )
    return with_header(pages, line)
