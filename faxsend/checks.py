"""What ``manage.py check`` says about the settings of the sending service."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from faxsend.txt_records import server_of


def check_dns_resolver(**_options: Any) -> list[CheckMessage]:
    """E001: an entry of ``DNS_RESOLVER`` is no address."""
    return [error for text in settings.DNS_RESOLVER for error in _problems(text)]


def _problems(text: str) -> list[CheckMessage]:
    try:
        server_of(text)
    except ValueError as error:
        hint = "Write 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353, separated by commas."
        return [Error(f"DNS_RESOLVER: {error}", hint=hint, id="faxsend.E001")]
    return []
