"""What ``manage.py check`` says about the installation."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DatabaseError, connection

from accounts.installation import why_held


def check_installation(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """W001: this installation is held. Asked only with ``--database``; silent before the tables are there."""
    if not databases:
        return []
    try:
        hold = why_held()
    except DatabaseError:
        return []
    if hold is None:
        return []
    hint = (
        "Look at `manage.py installation status`, then `manage.py installation release` (docs/operations.md)."
    )
    return [Warning(f"Nothing is dialled or mailed: the database is {hold}.", hint=hint, id="accounts.W001")]


def check_secrets(**_options: Any) -> list[CheckMessage]:
    """E001: there is no key for content. E002: a key is none. No value is ever shown."""
    found: list[CheckMessage] = []
    if not any(settings.CONTENT_SECRETS):
        hint = "Give CONTENT_SECRETS or CONTENT_SECRETS_FILE; ./run makes one for its own database."
        found.append(Error("CONTENT_SECRETS is empty.", hint=hint, id="accounts.E001"))
    for name in ("CONTENT_SECRETS", "KEY_SECRETS"):
        for position, secret in enumerate(filter(None, getattr(settings, name)), start=1):
            if not _is_fernet_key(secret):
                hint = "Fernet keys are 32 bytes in URL-safe base64, separated by commas, the newest first."
                text = f"{name}: the value at position {position} is no Fernet key."
                found.append(Error(text, hint=hint, id="accounts.E002"))
    return found


def check_key_secrets_are_there(**_options: Any) -> list[CheckMessage]:
    """W003, of ``check --deploy``: there is nothing to open private keys with, as is right for most processes."""
    if any(settings.KEY_SECRETS):
        return []
    hint = (
        "Right for web, gateway, transmit and beat. The workers of intake and mail do not start without it."
    )
    return [Warning("KEY_SECRETS is empty.", hint=hint, id="accounts.W003")]


def check_site(**_options: Any) -> list[CheckMessage]:
    """E003: DEBUG. E004: METRICS_NETWORKS. W004: links in mails lead to a site without TLS."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        text = "DEBUG is on: pages of errors show mails, numbers and settings to everybody."
        found.append(Error(text, hint="Leave it off.", id="accounts.E003"))
    for text in settings.METRICS_NETWORKS:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            hint = "Write 192.0.2.0/24 or 2001:db8::/32, separated by commas."
            found.append(Error(f"METRICS_NETWORKS: {error}", hint=hint, id="accounts.E004"))
    if not settings.EMBEDDED and not settings.SITE_URL.startswith("https://"):
        hint = "Put a web server with TLS in front and give its address, https://… (docs/operations.md)."
        found.append(
            Warning(
                "SITE_URL does not begin with https://: passwords travel in clear.",
                hint=hint,
                id="accounts.W004",
            )
        )
    return found


def check_letters(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """W002: the database does not know Japanese letters as letters, or is not in UTF-8."""
    if not databases:
        return []
    query = (
        "SELECT pg_encoding_to_char(encoding), datctype FROM pg_database WHERE datname = current_database()"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            encoding, letters = cursor.fetchone()
    except DatabaseError:
        return []
    if encoding == "UTF8" and letters not in {"C", "POSIX"}:
        return []
    hint = (
        "Make it anew: createdb --encoding UTF8 --locale C.UTF-8 --template template0 (docs/operations.md)."
    )
    text = f"The database is in {encoding} with LC_CTYPE {letters}: a search for Japanese words is slow."
    return [Warning(text, hint=hint, id="accounts.W002")]


def _is_fernet_key(secret: str) -> bool:
    try:
        Fernet(secret)
    except ValueError:
        return False
    return True
