"""From an order's targets to its faxes, inside PostgreSQL: one INSERT … SELECT, whatever the lists hold.

The faxes of an order get their keys in its order, which is also the order in which they are called.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from psycopg import sql

from faxsend.billing import HEAD_SQL, PRICE_SQL
from faxsend.columns import column_of, table_of, values_of
from faxsend.expanding import MAX_FAXES, Expansion
from faxsend.models import Contact, Fax, Submission
from notifications.refusals import EmptyList, TooManyRecipients

NAMED = ("number", "contact_name", "company")
"""What a destination brings to its fax."""

# Each number once, where it stands first. Its names are those of the first list that has it, also for a number
# that stands alone before.
_OF_TARGETS = sql.SQL("""
SELECT DISTINCT ON (number) number, place, entry,
    first_value(contact_name) OVER lists_first AS contact_name,
    first_value(company) OVER lists_first AS company
FROM (
    WITH target AS (
        SELECT * FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY AS target (number, list, place)
    )
    SELECT place, 0 AS entry, number, '' AS contact_name, '' AS company FROM target WHERE list IS NULL
    UNION ALL
    SELECT place, contact.{key}, contact.{number}, contact.{name}, contact.{company}
    FROM target JOIN {contacts} AS contact ON contact.{list} = target.list
) AS written
WINDOW lists_first AS (PARTITION BY number ORDER BY entry = 0, place)
ORDER BY number, place, entry
""").format(
    contacts=table_of(Contact),
    list=column_of(Contact, "contact_list"),
    key=column_of(Contact, "id"),
    number=column_of(Contact, "number"),
    name=column_of(Contact, "name"),
    company=column_of(Contact, "company"),
)

_OF_AN_ORDER = sql.SQL(
    "SELECT {number} AS number, 0 AS place, {key} AS entry, {name} AS contact_name, {company} AS company"
    " FROM {faxes} WHERE {submission} = %s"
).format(
    faxes=table_of(Fax),
    submission=column_of(Fax, "submission"),
    key=column_of(Fax, "id"),
    number=column_of(Fax, "number"),
    name=column_of(Fax, "contact_name"),
    company=column_of(Fax, "company"),
)

# Priced by heads: to ask a tariff of hundreds of prefixes about each number would take longer than all the rest.
_INSERT = """
INSERT INTO {faxes} ({columns})
WITH destination AS MATERIALIZED (
    SELECT *, {head} AS head FROM ({destinations}) AS named
), tariff AS MATERIALIZED (
    SELECT head, {price} AS price FROM (SELECT DISTINCT head FROM destination) AS heads
)
SELECT {values} FROM destination JOIN tariff ON tariff.head = destination.head
ORDER BY destination.place, destination.entry LIMIT {most}
"""


@transaction.atomic
def fan_out(submission: Submission, expansion: Expansion) -> None:
    """Save an order with its faxes; its counters are set.

    Raises ``TooManyRecipients`` for more than ``MAX_FAXES``, and ``EmptyList`` if its lists have lost all
    entries since they were looked up; then nothing is kept.
    """
    numbers = [target if isinstance(target, str) else None for target in expansion.targets]
    lists = [target if isinstance(target, int) else None for target in expansion.targets]
    _save_with_faxes(submission, _OF_TARGETS, [numbers, lists])
    if submission.open > MAX_FAXES:
        raise TooManyRecipients
    if not submission.open:
        raise EmptyList
    # An entry may have come or gone since the lists were looked up.
    submission.duplicates = max(expansion.written - submission.open, 0)
    submission.save(update_fields=["duplicates"])


@transaction.atomic
def fan_out_again(submission: Submission, original: Submission) -> None:
    """Save an order with the destinations of another, in the same order; its counters are set."""
    _save_with_faxes(submission, _OF_AN_ORDER, [original.pk])


def _save_with_faxes(submission: Submission, destinations: sql.Composed, parameters: list[Any]) -> None:
    """``destinations``: a query of number, contact_name, company, and place and entry, which order them."""
    submission.open = 0
    submission.save()
    begin = submission.send_at or submission.created_at
    row = values_of(
        Fax(
            submission=submission,
            account_id=submission.account_id,
            created_at=submission.created_at,
            next_attempt_at=begin,
        )
    )
    own: dict[str, sql.Composable] = {name: sql.Identifier("destination", name) for name in NAMED}
    own["price"] = sql.Identifier("tariff", "price")
    selected = {column: own.get(column, sql.Placeholder()) for column in row}
    statement = sql.SQL(_INSERT).format(
        faxes=table_of(Fax),
        head=sql.SQL(HEAD_SQL % {"expressions": "named.number"}),
        destinations=destinations,
        price=sql.SQL(PRICE_SQL % {"expressions": "heads.head"}),
        most=MAX_FAXES + 1,
        columns=sql.SQL(", ").join(map(sql.Identifier, selected)),
        values=sql.SQL(", ").join(selected.values()),
    )
    constants = [value for column, value in row.items() if column not in own]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *constants])
        submission.open = cursor.rowcount
    submission.save(update_fields=["open"])
