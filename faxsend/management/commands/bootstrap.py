"""``bootstrap``: what the embedded default needs once: a root, a service certificate, a demo account."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.creating import create_account
from accounts.models import User
from certificates.identity import create_identity, load_or_create_authority
from certificates.models import ServiceIdentity

DEMO_USER = "demo"
DEMO_SENDER = "demo@example.jp"


class Command(BaseCommand):
    help = "Prepare the embedded default: service certificate and demo account, each only if there is none."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if not ServiceIdentity.objects.exists():
            authority = load_or_create_authority(settings.DATA_DIR / "ca", at=now)
            create_identity(authority, address=settings.SERVICE_ADDRESS, at=now)
        if not User.objects.exists():
            self._create_demo_account()

    @transaction.atomic
    def _create_demo_account(self) -> None:
        """A password that nobody has seen before; it lies beside the other secrets of this instance."""
        login = {"username": DEMO_USER, "password": secrets.token_urlsafe(12), "sender": DEMO_SENDER}
        create_account(
            username=login["username"],
            email=DEMO_SENDER,
            senders=[DEMO_SENDER],
            password=login["password"],
            name="デモ株式会社",
        )
        path = settings.DATA_DIR / "demo.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(login, indent=2) + "\n")
