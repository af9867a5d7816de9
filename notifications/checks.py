"""What ``manage.py check`` says about the way of mail out of the house."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from notifications.relay import EML


def check_relay(**_options: Any) -> list[CheckMessage]:
    """W001: mail becomes files on a database of the operator's own."""
    if settings.EMBEDDED or settings.RELAY["EMAIL_BACKEND"] != EML:
        return []
    text = "EMAIL_URL is eml: (the default): mail is written into files and reaches nobody."
    hint = "Give smtp://host:25 or smtp+tls://user:password@host:587."
    return [Warning(text, hint=hint, id="notifications.W001")]
