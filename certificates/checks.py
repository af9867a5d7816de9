"""What ``manage.py check`` says about the service certificate and the settings of S/MIME.

With ``--database default`` it looks at the certificates too; so does every start of ``./run`` that prepares the
database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, transaction
from django.utils import timezone

from certificates.models import ServiceIdentity
from certificates.standing import ends_soon, last_day

SUCCESSOR = "Make a new one: manage.py serviceidentity create, or import FILE for one of an authority."


def check_service_certificate(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[CheckMessage]:
    """E001: nothing can be signed. W001: the last service certificate ends within 60 days."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    now = timezone.now()
    try:
        with transaction.atomic():
            list(ServiceIdentity.objects.defer("private_key")[:1])
            end = last_day(now)
    except ProgrammingError:  # a database that is to be migrated yet
        return []
    if end is None:
        return [Error("There is no valid service certificate.", hint=SUCCESSOR, id="certificates.E001")]
    if ends_soon(now) is not None:
        text = f"The service certificate ends on {end:%Y-%m-%d}, in {(end - now).days} days."
        return [Warning(text, hint=SUCCESSOR, id="certificates.W001")]
    return []


def check_settings(**_options: Any) -> list[CheckMessage]:
    """E002: SMIME_SHA1_UNTIL. E003: SMIME_TRUST_ROOTS. E004: CRL_URLS."""
    found: list[CheckMessage] = []
    if settings.SMIME_SHA1_UNTIL and not _is_date(settings.SMIME_SHA1_UNTIL):
        hint = "Give a day as yyyy-mm-dd, or nothing."
        found.append(Error("SMIME_SHA1_UNTIL is not a date.", hint=hint, id="certificates.E002"))
    if settings.SMIME_TRUST_ROOTS and not Path(settings.SMIME_TRUST_ROOTS).exists():
        hint = "Name a PEM file or a directory that is there, or nothing for the system's bundle."
        found.append(Error("SMIME_TRUST_ROOTS does not exist.", hint=hint, id="certificates.E003"))
    if not all(map(_is_web_address, settings.CRL_URLS)):
        hint = "Give addresses that begin with http:// or https://, separated by commas."
        found.append(
            Error("CRL_URLS holds something else than web addresses.", hint=hint, id="certificates.E004")
        )
    return found


def _is_date(text: str) -> bool:
    """``yyyy-mm-dd`` and none of the other forms of ISO 8601."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
