"""MONEY: what a page costs, what an account may still spend this month, what it has spent.

Amounts are yen. Source: user guide (与信限度額, 料金); months are calendar months of Asia/Tokyo.
"""

from __future__ import annotations

from typing import Any

from django.db.models import DecimalField, F, Func
from django.db.models.expressions import Combinable

from faxsend.models import Tariff
from faxsend.numbers import TEST_NUMBER

_TARIFF = Tariff._meta.db_table

# The longest prefix that the number begins with; none at all costs nothing, and so do test numbers. The
# number stands in it once only, so that it may be a parameter.
PRICE_SQL = (
    f"COALESCE((SELECT tariff.yen_per_page FROM {_TARIFF} AS tariff,"  # noqa: S608
    " (SELECT %(expressions)s AS number) AS dialled"
    f" WHERE dialled.number !~ '^{TEST_NUMBER.pattern}$' AND starts_with(dialled.number, tariff.prefix)"
    " ORDER BY length(tariff.prefix) DESC LIMIT 1), 0)"
).replace(r"\d", "[0-9]")
"""Yen a page as SQL; ``PRICE_SQL % {"expressions": "contact.number"}`` for a statement of one's own."""


class PriceOf(Func):
    """Yen a page for a canonical number: ``price_of``."""

    template = PRICE_SQL
    output_field = DecimalField(max_digits=8, decimal_places=2)


def price_of(number: str | Combinable) -> Any:
    """What a page to ``number`` (a field's name, or ``Value`` of a canonical number) costs at this moment."""
    return PriceOf(F(number) if isinstance(number, str) else number)
