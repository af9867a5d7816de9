"""The last step: finished bytes go to a directory or to an SMTP server. Knows no rows and no settings of S/MIME.

Which of the two is said by ``EMAIL_URL``: ``eml:``, ``smtp://``, ``smtp+tls://`` (STARTTLS), ``smtp+ssl://``.
"""

from __future__ import annotations

import email
import hashlib
import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import punycode

from notifications.mail_status import status_in

PATIENCE = 30.0
"""Seconds of silence from the relay before a try is given up (RFC 5321, 4.5.3.2 allows more)."""
PATIENCE_WITH_DATA = 600.0
"""Seconds for the mail itself and for the word that it is taken: who does not wait for that word delivers twice
(RFC 5321, 4.5.3.2.6)."""
TOO_LARGE = 552
"""RFC 1870, 6.1."""
AGAINST_POLICY = "5.7."
"""RFC 3463, 3.8: relay access denied, client host rejected, and the like."""
EML = "notifications.relay.eml"
SMTP = "django.core.mail.backends.smtp.EmailBackend"

log = structlog.get_logger(__name__)


class RelayError(Exception):
    """``code`` is the reply's, 0 if there was none."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}" if code else text)
        self.code = code


class RelayRefused(RelayError):
    """This mail to this address will never be taken: 5xx to RCPT or DATA, or to MAIL for its size."""


class RelayUnavailable(RelayError):
    """Not this mail now: 4xx; a 5xx that no address is to blame for; or the connection broke while it was handed over."""


class RelayDown(RelayUnavailable):
    """No mail at all now, and this one was not handed over: no connection, a login that fails, 421, or nowhere to
    write a file.
    """


def relay_name() -> str:
    """Which relay it is, without the password: ``eml`` or ``host:port``."""
    where: dict[str, Any] = settings.RELAY
    if where["EMAIL_BACKEND"] == EML:
        return "eml"
    return f"{where['EMAIL_HOST'] or 'localhost'}:{where['EMAIL_PORT'] or 0}"


def relay(wire: bytes, *, sender: str, recipient: str) -> None:
    """Hand ``wire`` (CRLF) on. ``sender`` empty: the null sender.

    Returns once the other side has taken the mail over; raises ``RelayRefused`` or ``RelayUnavailable``.
    """
    where: dict[str, Any] = settings.RELAY
    if where["EMAIL_BACKEND"] == EML:
        try:
            eml(wire, sender=sender, recipient=recipient)
        except OSError as error:
            raise RelayDown(0, f"{type(error).__name__}: {error.strerror}") from error
    elif where["EMAIL_BACKEND"] == SMTP:
        smtp(wire, where, sender=sender, recipient=recipient)
    else:
        raise ImproperlyConfigured("EMAIL_URL must be eml:, smtp://, smtp+tls:// or smtp+ssl://")


def eml(wire: bytes, *, sender: str, recipient: str) -> None:
    """One file a mail under ``OUTBOX_DIR``, whole or not at all; a second delivery replaces the first."""
    directory = settings.OUTBOX_DIR
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    trace = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()
    number, name = tempfile.mkstemp(dir=directory, prefix=".", suffix=".part")
    unfinished = Path(name)
    try:
        with open(number, "wb") as file:
            file.write(trace + wire)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(directory / file_name(wire))
    finally:
        unfinished.unlink(missing_ok=True)


def file_name(wire: bytes) -> str:
    """``20241124T034500Z-<id>.eml``: from Date and Message-ID, so the same for the same mail."""
    head = email.message_from_bytes(wire)
    identity = re.sub(r"[^A-Za-z0-9]", "", str(head["Message-ID"] or "").partition("@")[0])
    try:
        time = parsedate_to_datetime(str(head["Date"])).astimezone(UTC)
    except ValueError:
        return f"undated-{identity or hashlib.sha256(wire).hexdigest()[:32]}.eml"
    return f"{time:%Y%m%dT%H%M%SZ}-{identity[:64] or hashlib.sha256(wire).hexdigest()[:32]}.eml"


def smtp(wire: bytes, where: dict[str, Any], *, sender: str, recipient: str) -> None:
    """One conversation with the server of ``where`` (django-environ's ``email_url``)."""
    with _errors_sorted():
        client = _connect(where)
        try:
            client.ehlo_or_helo_if_needed()
            options = ["BODY=8BITMIME"] if not wire.isascii() and client.has_extn("8bitmime") else []
            if sender and client.has_extn("dsn"):
                options.append("RET=HDRS")  # RFC 3461, 4.3: a mail that comes back need not bring its pages
            _hand_over(client, wire, options, sender=_ascii(sender), recipient=_ascii(recipient))
        finally:
            # What is answered to QUIT changes nothing: the mail is taken over or it is not.
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()


def _hand_over(client: smtplib.SMTP, wire: bytes, options: list[str], *, sender: str, recipient: str) -> None:
    """Not by ``sendmail``, which does not tell whether the connection broke before the mail was on its way."""
    size = [f"SIZE={len(wire)}"] if client.has_extn("size") else []
    code, said = client.mail(sender, size + options)
    if code != 250:
        raise _sorted(code, said, is_final=code == TOO_LARGE)
    code, said = client.rcpt(recipient)
    if code not in {250, 251}:
        raise _sorted(code, said, is_final=not status_in(_text(said)).startswith(AGAINST_POLICY))
    assert client.sock is not None
    client.sock.settimeout(PATIENCE_WITH_DATA)
    try:
        code, said = client.data(wire)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise RelayUnavailable(0, f"the relay broke off: {error}") from error
    client.sock.settimeout(PATIENCE)
    if code != 250:
        raise _sorted(code, said)


def _connect(where: dict[str, Any]) -> smtplib.SMTP:
    host, port = where["EMAIL_HOST"] or "localhost", where["EMAIL_PORT"] or 0
    context = ssl.create_default_context()
    name = settings.FAX_DOMAIN
    client: smtplib.SMTP
    if where.get("EMAIL_USE_SSL"):
        client = smtplib.SMTP_SSL(host, port, name, timeout=PATIENCE, context=context)
    else:
        client = smtplib.SMTP(host, port, name, timeout=PATIENCE)
    try:
        if where.get("EMAIL_USE_TLS"):
            client.starttls(context=context)
        if where["EMAIL_HOST_USER"]:
            client.login(where["EMAIL_HOST_USER"], where["EMAIL_HOST_PASSWORD"] or "")
    except BaseException:
        client.close()
        raise
    return client


@contextmanager
def _errors_sorted() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPDataError as error:
        raise _sorted(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        raise RelayDown(error.smtp_code, _text(error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise RelayDown(0, f"{type(error).__name__}: {error}") from error


def _sorted(code: int, text: bytes | str, *, is_final: bool = True) -> RelayError:
    """530 (log in first, RFC 4954) and 421 (it closes, RFC 5321, 4.2.3) are not about the mail.

    ``is_final``: what 5xx says of this mail stays true. Of a relay that takes nothing from us, as when its list of
    clients has been changed, it does not: its operator would find every mail of that hour given up.
    """
    if code in {421, 530}:
        return RelayDown(code, _text(text))
    return (RelayRefused if is_final and 500 <= code <= 599 else RelayUnavailable)(code, _text(text))


def _text(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _ascii(address: str) -> str:
    """The address with a domain that every server can read (RFC 5891). Raises ``RelayRefused`` if there can be none."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{punycode(domain)}" if at else address
    except UnicodeError as error:
        raise RelayRefused(553, "5.1.3 This can be no domain") from error
