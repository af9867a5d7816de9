"""How the site says a state and a result, in the language of the page."""

from __future__ import annotations

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


def result_text(code: int | None) -> str:
    """A result as the guide writes it, ``3912-FAX番号が使用不可です``; nothing for success or no result yet."""
    if code is None or code == OK:
        return ""
    return f"{code}-{gettext(result_of(code).text)}"


def yen(amount: Decimal | int) -> str:
    """``1,234円``, with two decimals where there are any."""
    return gettext("%(amount)s yen") % {"amount": f"{amount:,.2f}".removesuffix(".00")}
