"""A real SMTP server that keeps what it is given, and a service identity that can sign."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from certificates.identity import keep
from certificates.smime import Identity
from tests.pki import authority


@dataclass
class Inbox:
    """What arrived, as the server saw it; ``replies`` are given first, in order, instead of taking a mail."""

    envelopes: list[Envelope] = field(default_factory=list)
    to_mail: list[str] = field(default_factory=list)
    to_rcpt: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    on_data: Callable[[], None] = lambda: None
    port: int = 0

    async def handle_MAIL(  # the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_mail:
            return self.to_mail.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_rcpt:
            return self.to_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.to_data:
            return self.to_data.pop(0)
        self.envelopes.append(envelope)
        self.on_data()
        return "250 OK"

    def contents(self) -> list[bytes]:
        return [bytes(envelope.original_content or b"") for envelope in self.envelopes]


def smtp_settings(port: int, **others: Any) -> dict[str, Any]:
    """What django-environ makes of ``smtp://127.0.0.1:port``."""
    where = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "EMAIL_HOST_USER": None}
    backend = "django.core.mail.backends.smtp.EmailBackend"
    return where | {"EMAIL_HOST_PASSWORD": None, "EMAIL_BACKEND": backend} | others


@contextmanager
def serving(handler: Inbox, **options: Any) -> Iterator[int]:
    """An SMTP server in a thread of its own, on a port that the system picks; gives the port."""
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0)
        started.set_result((server.sockets[0].getsockname()[1], loop, end))
        await end.wait()
        server.close()

    thread = Thread(target=asyncio.run, args=[serve()])
    thread.start()
    port, loop, end = started.result(5)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(5)


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    handler = Inbox()
    with serving(handler) as handler.port:
        settings.RELAY = smtp_settings(handler.port)
        yield handler


@pytest.fixture
def outbox_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return tmp_path / "outbox"


@pytest.fixture
def signing_service(db: None) -> None:
    service = authority().service
    keep(Identity(service.certificate, service.private_key, service.chain))
