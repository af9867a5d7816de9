"""The 利用明細 of one month as a CSV file: one line a fax, in the order of the orders."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Account
from faxsend.billing import ZONE
from faxsend.csv_writing import csv_of, written_moment
from faxsend.history import SHOWN_AS
from faxsend.models import Fax
from faxsend.numbers import display
from faxsend.states import FaxStatus
from faxsend.usage import Month, faxes_in
from faxsend.wording import LABELS, result_text, yen

ROWS_AT_ONCE = 2000


def csv_lines(account: Account, month: Month) -> Iterator[str]:
    """In the language of the account; of a month whose faxes are gone the last line says what they cost."""
    return csv_of(_rows(account, month))


def _rows(account: Account, month: Month) -> Iterator[list[str]]:
    with translation.override(account.language):
        head = _head()
    yield head
    for fax in faxes_in(account, month).iterator(ROWS_AT_ONCE):
        # Each line by itself: between two of them the thread may be writing to somebody else.
        with translation.override(account.language):
            cells = _cells(fax)
        yield cells
    if not month.detailed:
        with translation.override(account.language):
            gone = _("The details of this month have been deleted. Its total: %(amount)s")
            total = gone % {"amount": yen(month.used)}
        yield [total]


def _head() -> list[str]:
    return [
        _("Submitted (Japan time)"),
        _("Completed (Japan time)"),
        _("Subject"),
        _("Fax number"),
        _("Contact"),
        _("Company"),
        _("Pages sent"),
        _("Yen a page"),
        _("Charged (yen)"),
        _("Status"),
        _("Result"),
        _("Transaction"),
    ]


def _cells(fax: Fax) -> list[str]:
    return [
        written_moment(fax.submission.created_at, ZONE),
        written_moment(fax.completed_at, ZONE),
        fax.submission.subject,
        display(fax.number),
        fax.contact_name,
        fax.company,
        str(fax.pages_sent),
        _plain(fax.price),
        _plain(fax.charged),
        str(LABELS[SHOWN_AS[FaxStatus(fax.status)]]),
        result_text(fax.result_code),
        str(fax.pk),
    ]


def _plain(amount: Decimal) -> str:
    """``20`` or ``20.50``."""
    return f"{amount:.2f}".removesuffix(".00")
