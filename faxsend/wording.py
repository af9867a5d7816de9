"""How the site says a state and a result, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from faxsend.history import Shown
from faxsend.results import OK, result_of

LABELS: dict[Shown, str | Promise] = {
    Shown.IN_PROCESS: _("In process"),
    Shown.ON_HOLD: _("On hold"),
    Shown.CHECKING: _("Being checked"),
    Shown.OK: _("OK"),
    Shown.ERROR: _("Error"),
}


MEANINGS: dict[Shown, str | Promise] = {
    Shown.IN_PROCESS: _("Waiting for a line or for the next call, or being transmitted."),
    Shown.ON_HOLD: _("Waiting until the credit limit covers it."),
    Shown.CHECKING: _(
        "A call has ended so that nobody knows whether the fax has arrived. It is not called again by itself, so that"
        " it does not arrive twice. What has not been cleared up after 24 hours becomes an error (206090)."
    ),
    Shown.OK: _("The receiver's machine has confirmed every page."),
    Shown.ERROR: _("Not everything has arrived, and no further call is made."),
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What can be done after faxes have failed for one cause."""

    cause: str
    sentence: str


def remedies_of(codes: Iterable[int | None]) -> tuple[Remedy, ...]:
    """One for each cause among the results, in their order; in the language of the page."""
    results = dict.fromkeys(result_of(code) for code in codes if code is not None)
    return tuple(Remedy(gettext(result.text), gettext(result.remedy)) for result in results if result.remedy)


def result_text(code: int | None) -> str:
    """A result as the guide writes it, ``3912-FAX番号が使用不可です``; nothing for success or no result yet."""
    if code is None or code == OK:
        return ""
    return f"{code}-{gettext(result_of(code).text)}"


def yen(amount: Decimal | int) -> str:
    """``1,234円``, with two decimals where there are any."""
    return gettext("%(amount)s yen") % {"amount": f"{amount:,.2f}".removesuffix(".00")}
