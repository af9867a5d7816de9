"""What `fanout` measures, in a process of its own: orders to a list of an account, and COPY of the same faxes."""

import json
import secrets
from pathlib import Path

import structlog
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Connection, sql

from accounts.models import Account, AuthorizedSender
from faxsend import intake
from faxsend.columns import column_of, table_of
from faxsend.models import Contact, ContactList, Content, Fax, InboundMessage, Submission, Tariff
from interfax_site.local.bench.measuring import medians

ROWS_AT_ONCE = 1000
TARIFFS = 300
MAIL = """\
From: {sender}
Message-ID: <{token}@example.jp>
Subject: /fax=body
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

!*list=members*!
お見積書をお送りいたします。
"""


def main(entries: int, rounds: int) -> None:
    """Print as JSON how much memory (MiB) one order took at most, then seconds of turns with COPY, if any."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    sender = _sender_with_list(entries)
    first = _waiting(sender)
    _accept()
    figures = {"peak": _peak()}
    if rounds:
        faxes = Submission.objects.get(message=first)
        assert faxes.open == entries
        twins = [_twin(faxes) for _ in range(rounds)]
        for _ in range(rounds):
            _waiting(sender)
        figures |= medians(
            {"ours": lambda _number: _accept(), "copy": lambda number: _copy(twins[number])}, rounds=rounds
        )
        assert set(Submission.objects.values_list("open", flat=True)) == {entries}
        assert Fax.objects.count() == entries * (1 + 2 * rounds)
    print(json.dumps(figures))


def _sender_with_list(entries: int) -> AuthorizedSender:
    account = Account.objects.create(name="bench")
    Tariff.objects.bulk_create(
        (Tariff(prefix=f"00{country}", yen_per_page=20) for country in range(1, TARIFFS)),
        ignore_conflicts=True,
    )
    members = ContactList.objects.create(account=account, name="members")
    for begin in range(0, entries, ROWS_AT_ONCE):
        Contact.objects.bulk_create(
            Contact(contact_list=members, number=f"00813{number:08}", name="担当", company="お客様")
            for number in range(begin, min(begin + ROWS_AT_ONCE, entries))
        )
    address = f"{secrets.token_hex(8)}@example.jp"
    return AuthorizedSender.objects.create(account=account, address=address, verified_at=timezone.now())


def _waiting(sender: AuthorizedSender) -> InboundMessage:
    raw = MAIL.format(sender=sender.address, token=secrets.token_hex(8)).replace("\n", "\r\n").encode()
    message = InboundMessage.objects.create(
        account=sender.account, sender=sender.address, recipients=["send@fax.tc"], size=len(raw)
    )
    Content.objects.create(message=message, raw=raw)
    return message


def _accept() -> None:
    """Accept the mail that has waited longest."""
    assert intake.process_next()


def _twin(original: Submission) -> bytes:
    """The faxes of an order, for another of the same account, as COPY takes them."""
    twin = Submission.objects.get(pk=original.pk)
    twin.pk, twin.message, twin.token = None, None, secrets.token_urlsafe(16)
    twin.save()
    its_key = sql.SQL("{key}::bigint").format(key=twin.pk)
    columns = [its_key if column == column_of(Fax, "submission") else column for column in _columns()]
    statement = sql.SQL(
        "COPY (SELECT {columns} FROM {faxes} WHERE {submission} = {original} ORDER BY {key})"
        " TO STDOUT (FORMAT binary)"
    ).format(
        columns=sql.SQL(", ").join(columns),
        faxes=table_of(Fax),
        submission=column_of(Fax, "submission"),
        original=original.pk,
        key=column_of(Fax, "id"),
    )
    with _psycopg().cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(copy)


def _copy(rows: bytes) -> None:
    statement = sql.SQL("COPY {faxes} ({columns}) FROM STDIN (FORMAT binary)").format(
        faxes=table_of(Fax), columns=sql.SQL(", ").join(_columns())
    )
    with transaction.atomic(), _psycopg().cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows)


def _columns() -> list[sql.Identifier]:
    return [column_of(Fax, field.name) for field in Fax._meta.concrete_fields if not field.primary_key]


def _psycopg() -> Connection[tuple[object, ...]]:
    connection.ensure_connection()
    psycopg: Connection[tuple[object, ...]] = connection.connection
    return psycopg


def _peak() -> float:
    """MiB of this program at most; `ru_maxrss` would begin with those of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
