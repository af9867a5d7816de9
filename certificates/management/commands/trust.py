"""``trust add FILE`` and ``trust list``: roots accepted for customers' certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates.models import TrustedRoot
from certificates.roots import add_root


class Command(BaseCommand):
    help = "Roots accepted for customers' certificates, beside those of SMIME_TRUST_ROOTS."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("add", help="accept the certificates in a PEM file").add_argument(
            "file", type=Path
        )
        actions.add_parser("list", help="fingerprint and subject of each")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            rows = list(TrustedRoot.objects.order_by("pk"))
        else:
            try:
                rows = add_root(options["file"].read_bytes())
            except (OSError, ValueError) as error:
                raise CommandError(f"{options['file']}: {error}") from error
        for row in rows:
            self.stdout.write(f"{row.fingerprint}  {row.subject}")
