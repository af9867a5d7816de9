"""How the gateway, an asyncio process, reads senders and writes mail: psycopg directly, a small pool.

Tables and columns are those of the models, asked by name: one that is renamed fails at the import.
"""

from __future__ import annotations

import asyncio
import json
import select
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections, models
from django.utils import timezone
from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg_pool import AsyncConnectionPool

from accounts.models import AuthorizedSender
from accounts.sealing import seal
from accounts.tokens import new_token
from faxsend.batching import Batches
from faxsend.models import Content, InboundMessage
from notifications.models import OutgoingMail

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

CONNECTIONS = 8
LARGE = 1024 * 1024
"""Bytes of a mail that is written alone."""
SEALED_IN_PLACE = 64 * 1024
"""Bytes of a mail whose sealing takes less time than a thread to do it."""
TOGETHER = 16
WAIT_SECONDS = 2.0
"""How long a client waits for a connection, and how long one is tried before the next client asks anew."""
STATEMENT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as the gateway took it; ``size`` in bytes, before it was sealed."""

    account_id: int | None
    sender: str
    recipients: Sequence[str]
    client_address: str
    size: int
    token: str = field(default_factory=new_token)
    received_at: datetime = field(default_factory=timezone.now)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def _column(model: type[models.Model], name: str) -> sql.Identifier:
    return sql.Identifier(str(_field(model, name).column))


FIND_ACCOUNTS = (
    sql.SQL(
        "SELECT asked.number, {account} FROM unnest(%s::text[]) WITH ORDINALITY AS asked(sender, number) "
        "JOIN {table} ON lower({address}) = lower(asked.sender) AND {at} IS NOT NULL"
    )
    .format(
        account=_column(AuthorizedSender, "account"),
        table=sql.Identifier(AuthorizedSender._meta.db_table),
        address=_column(AuthorizedSender, "address"),
        at=_column(AuthorizedSender, "verified_at"),
    )
    .as_bytes()
)

FIND_BOUNCED = (
    sql.SQL("SELECT EXISTS (SELECT FROM {table} WHERE {token} = %s)")
    .format(table=sql.Identifier(OutgoingMail._meta.db_table), token=_column(OutgoingMail, "bounce_token"))
    .as_bytes()
)

VARYING = (
    "token",
    "account",
    "sender",
    "recipients",
    "client_address",
    "size",
    "received_at",
    "next_try_at",
)
"""The fields of a message that differ from mail to mail: ``_row`` gives them in this order."""


def _insertion() -> bytes:
    """One statement, so one round trip and one transaction, that writes both rows of all mails of a batch.

    Each varying field is an array. The others have what Django would insert: its defaults are Python's, the
    database has none.
    """
    django = connections["default"]
    fields = [_field(InboundMessage, name) for name in VARYING]
    arrays = [
        sql.SQL("%b::{}[]").format(sql.SQL(str(each.db_type(django)).partition("(")[0])) for each in fields
    ]
    empty = InboundMessage()
    others = {
        str(each.column): each.get_db_prep_save(getattr(empty, each.attname), django)
        for each in InboundMessage._meta.concrete_fields
        if not each.primary_key and each not in fields
    }
    statement = sql.SQL(
        "WITH arrived AS (SELECT * FROM unnest({arrays}, %b::bytea[]) AS arrived({varying}, sealed)), "
        "message AS (INSERT INTO {messages} ({varying}, {others}) SELECT {varying}, {values} FROM arrived "
        "RETURNING {key}, {token}) "
        "INSERT INTO {contents} ({message}, {raw}) SELECT {key}, sealed FROM message JOIN arrived USING ({token})"
    ).format(
        arrays=sql.SQL(", ").join(arrays),
        varying=sql.SQL(", ").join([sql.Identifier(str(each.column)) for each in fields]),
        others=sql.SQL(", ").join(map(sql.Identifier, others)),
        values=sql.SQL(", ").join(map(sql.Literal, others.values())),
        messages=sql.Identifier(InboundMessage._meta.db_table),
        key=_column(InboundMessage, "id"),
        token=_column(InboundMessage, "token"),
        contents=sql.Identifier(Content._meta.db_table),
        message=_column(Content, "message"),
        raw=_column(Content, "raw"),
    )
    return statement.as_bytes()  # put together once, not for each mail


def new_pool() -> Pool:
    """Return a pool, not yet open, of autocommit connections to Django's default database."""
    parameters = connections["default"].get_connection_params()
    # These two belong to Django's synchronous connection.
    parameters |= {"cursor_factory": AsyncCursor, "autocommit": True, "prepare_threshold": 0}
    parameters.setdefault("connect_timeout", int(WAIT_SECONDS))
    return AsyncConnectionPool(
        kwargs=parameters,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=WAIT_SECONDS,
        reconnect_timeout=WAIT_SECONDS,
        check=_check,
        configure=_configure,
        name="gateway",
        open=False,
    )


async def _configure(connection: Connection) -> None:
    """Keep PostgreSQL from planning anew, with the mails themselves at hand, what is always done alike."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")


async def _check(connection: Connection) -> None:
    """Raise OperationalError if the server has ended an idle connection: it says so unasked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        await connection.execute("")


class Inbound:
    """What the gateway asks the database, for all its clients: what they ask at the same time goes together.

    All methods raise ``psycopg.Error`` (``PoolTimeout`` included) or TimeoutError when the database cannot
    tell, or may not have committed.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._insertion = _insertion()
        self._senders = Batches(self._find_accounts, at_most=TOGETHER, is_own_fault=_is_of_one_row)
        self._mails = Batches(self._insert, at_most=TOGETHER, is_own_fault=_is_of_one_row)

    async def account_of(self, sender: str) -> int | None:
        """Return the key of the account for which the address ``sender`` may fax, None if there is none."""
        return await self._senders.ask(sender)

    async def has_sent(self, bounce_token: UUID) -> bool:
        """Whether a mail of ours has had this token in its envelope sender."""
        async with asyncio.timeout(STATEMENT_SECONDS), self._pool.connection() as connection:
            found = await (await connection.execute(FIND_BOUNCED, [bounce_token])).fetchone()
        return found is not None and bool(found[0])

    async def keep(self, arrival: Arrival, raw: bytes) -> None:
        """Commit a mail with its ``raw`` bytes, which are sealed on the way."""
        in_place = len(raw) <= SEALED_IN_PLACE
        # Empty stays empty, as SealedField has it.
        sealed = seal(raw) if raw and in_place else await asyncio.to_thread(seal, raw) if raw else b""
        if len(raw) > LARGE:
            await self._insert([(arrival, sealed)])
        else:
            await self._mails.ask((arrival, sealed))

    async def _find_accounts(self, senders: Sequence[str]) -> list[int | None]:
        async with asyncio.timeout(STATEMENT_SECONDS), self._pool.connection() as connection:
            rows = await (await connection.execute(FIND_ACCOUNTS, [list(senders)])).fetchall()
        accounts = {int(number): int(account) for number, account in rows}
        return [accounts.get(number) for number in range(1, len(senders) + 1)]

    async def _insert(self, mails: Sequence[tuple[Arrival, bytes]]) -> list[None]:
        columns = [list(column) for column in zip(*[_row(arrival) for arrival, _ in mails], strict=True)]
        contents = [sealed for _, sealed in mails]
        async with asyncio.timeout(STATEMENT_SECONDS), self._pool.connection() as connection:
            await connection.execute(self._insertion, [*columns, contents])
            if len(contents[0]) > LARGE:  # libpq keeps a send buffer as large as the largest statement
                await connection.close()
        return [None] * len(mails)


def _row(arrival: Arrival) -> tuple[Any, ...]:
    return (
        arrival.token,
        arrival.account_id,
        arrival.sender,
        json.dumps(arrival.recipients),
        arrival.client_address,
        arrival.size,
        arrival.received_at,
        arrival.received_at,
    )


def _is_of_one_row(error: Exception) -> bool:
    """Whether one row may be to blame, rather than the server or the way to it."""
    return isinstance(error, psycopg.DatabaseError) and not isinstance(error, psycopg.OperationalError)
