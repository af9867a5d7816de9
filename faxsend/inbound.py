"""How the gateway, an asyncio process, reads senders and writes mail: psycopg directly, a small pool."""

from __future__ import annotations

import asyncio
from typing import Any

from django.db import connections
from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg_pool import AsyncConnectionPool

from accounts.models import AuthorizedSender
from faxsend.columns import column_of, table_of, values_of
from faxsend.models import Content, InboundMessage

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

CONNECTIONS = 8
LARGE = 1024 * 1024
WAIT_SECONDS = 2.0
"""How long a client waits for a connection, and how long one is tried before the next client asks anew."""


FIND_ACCOUNT = sql.SQL(
    "SELECT {account} FROM {table} WHERE lower({address}) = lower(%s) AND {at} IS NOT NULL"
).format(
    account=column_of(AuthorizedSender, "account"),
    table=table_of(AuthorizedSender),
    address=column_of(AuthorizedSender, "address"),
    at=column_of(AuthorizedSender, "verified_at"),
)


def new_pool() -> Pool:
    """Return a pool, not yet open, of autocommit connections to Django's default database."""
    parameters = connections["default"].get_connection_params()
    # These two belong to Django's synchronous connection.
    parameters |= {"cursor_factory": AsyncCursor, "autocommit": True}
    parameters.setdefault("connect_timeout", int(WAIT_SECONDS))
    return AsyncConnectionPool(
        kwargs=parameters,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=WAIT_SECONDS,
        reconnect_timeout=WAIT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        name="gateway",
        open=False,
    )


async def account_of(pool: Pool, sender: str) -> int | None:
    """Return the key of the account for which the address ``sender`` may fax, None if there is none.

    Raises ``psycopg.Error`` (``PoolTimeout`` included) when the database cannot tell.
    """
    async with pool.connection() as connection:
        row = await (await connection.execute(FIND_ACCOUNT, [sender])).fetchone()
    return None if row is None else int(row[0])


async def keep(pool: Pool, message: InboundMessage, raw: bytes) -> None:
    """Commit ``message``, not saved before, with its ``raw`` bytes, which are sealed on the way.

    Raises ``psycopg.Error`` when it may not have been committed.
    """
    statement, values = await asyncio.to_thread(_insert, message, raw)
    async with pool.connection() as connection:
        await connection.execute(statement, values)
        if len(raw) > LARGE:  # libpq keeps a send buffer as large as the largest statement
            await connection.close()


def _insert(message: InboundMessage, raw: bytes) -> tuple[sql.Composed, list[Any]]:
    """One statement, so one round trip and one transaction, that writes both rows."""
    row = values_of(message)
    content = values_of(Content(raw=raw))
    statement = sql.SQL(
        "WITH message AS (INSERT INTO {messages} ({columns}) VALUES ({values}) RETURNING {key}) "
        "INSERT INTO {contents} ({content_columns}) SELECT {key}, {content_values} FROM message"
    ).format(
        messages=table_of(InboundMessage),
        columns=sql.SQL(", ").join(map(sql.Identifier, row)),
        values=sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        key=column_of(InboundMessage, "id"),
        contents=table_of(Content),
        content_columns=sql.SQL(", ").join([column_of(Content, "message"), *map(sql.Identifier, content)]),
        content_values=sql.SQL(", ").join([sql.Placeholder()] * len(content)),
    )
    return statement, [*row.values(), *content.values()]
