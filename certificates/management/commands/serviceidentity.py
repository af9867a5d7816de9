"""``serviceidentity create``, ``serviceidentity list`` and ``serviceidentity export``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from certificates.identity import create_identity, load_or_create_authority, pem, signing_identity
from certificates.models import ServiceIdentity


class Command(BaseCommand):
    help = "The service's own certificates."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("create", help="issue a new one from the local root; from then on it signs")
        actions.add_parser("list", help="fingerprint and validity of each")
        actions.add_parser("export", help="the certificate that customers encrypt to, as PEM")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["action"] == "export":
            self.stdout.write(pem(signing_identity(now).certificate), ending="")
            return
        if options["action"] == "create":
            authority = load_or_create_authority(settings.DATA_DIR / "ca", at=now)
            create_identity(authority, address=settings.SERVICE_ADDRESS, at=now)
        for row in ServiceIdentity.objects.order_by("pk"):
            state = "key destroyed" if row.destroyed_at else f"until {row.not_after:%Y-%m-%d}"
            self.stdout.write(f"{row.fingerprint}  from {row.not_before:%Y-%m-%d} {state}")
