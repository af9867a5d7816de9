"""Encrypted orders of alice@example.com by the openssl program, and what others make of a captured one."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from asn1crypto import cms

from accounts.models import Account
from faxsend import intake
from faxsend.models import InboundMessage
from notifications.models import OutgoingMail
from tests.factories import ContentFactory, InboundMessageFactory
from tests.notifications.signing import ALICE

TEXT = "お見積書をお送りいたします。"
LETTER = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{TEXT}\r\n".encode()

_CHANGING = re.compile(rb"(?m)^(?:Message-ID|Date|Arrival-Date): .*$|={15}\d+==")


def order(
    content: bytes, *, subject: str = "/fax=03-1111-2222", message_id: str = "<1@example.com>", more: str = ""
) -> bytes:
    """A mail to the service around an S/MIME entity; ``more``: header fields, each with its line end."""
    head = f"{more}From: {ALICE}\r\nTo: send@fax.tc\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n"
    raw = head.encode() + content
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def changed(entity: bytes, change: Callable[[cms.EnvelopedData], None]) -> bytes:
    """An encrypted entity after somebody who cannot read it has worked on its structure."""

    def change_all(der: bytes) -> bytes:
        info = cms.ContentInfo.load(der)
        change(info["content"])
        return bytes(info.dump(force=True))

    return recoded(entity, change_all)


def recoded(entity: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """An entity whose body is one CMS structure, after ``change`` of its bytes."""
    head, _, body = entity.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head + b"\n\n" + base64.encodebytes(change(base64.b64decode(body)))


def received(raw: bytes, account: Account, *to: str, sender: str = ALICE, **facts: object) -> InboundMessage:
    """A mail as the gateway leaves it."""
    message = InboundMessageFactory.create(
        account=account, sender=sender, recipients=list(to) or ["send@fax.tc"], size=len(raw), **facts
    )
    ContentFactory.create(message=message, raw=raw)
    return message


def processed(raw: bytes, account: Account, *to: str, sender: str = ALICE, **facts: object) -> InboundMessage:
    message = received(raw, account, *to, sender=sender, **facts)
    assert intake.process_next()
    message.refresh_from_db()
    return message


def told(message: InboundMessage) -> bytes:
    """What its sender got, apart from identifiers and dates; empty for nothing."""
    found = OutgoingMail.objects.filter(key__startswith="refuse:", key__endswith=f":{message.token}").first()
    return b"" if found is None else _CHANGING.sub(b"", bytes(found.content))
