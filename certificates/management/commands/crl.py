"""``crl import FILE`` and ``crl list``: certificate revocation lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext

from certificates.models import RevocationList
from certificates.revocation import import_crl
from certificates.smime import UnusableCrl


class Command(BaseCommand):
    help = "Certificate revocation lists of the authorities whose certificates customers use."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("import", help="keep the list in a file, PEM or DER").add_argument(
            "file", type=Path
        )
        actions.add_parser("list", help="issuer, entries and next update of each")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "import":
            rows = [self._import(options["file"])]
        else:
            rows = list(RevocationList.objects.defer("content").order_by("issuer", "pk"))
        for row in rows:
            self.stdout.write(self._line(row))

    def _import(self, file: Path) -> RevocationList:
        try:
            return import_crl(file.read_bytes(), at=timezone.now())
        except OSError as error:
            raise CommandError(f"{file}: {error}") from error
        except UnusableCrl as error:
            raise CommandError(f"{file}: {gettext(str(error))}") from error

    def _line(self, row: RevocationList) -> str:
        due = (
            "no next update stated"
            if row.next_update is None
            else f"next update {row.next_update:%Y-%m-%d %H:%M}"
        )
        overdue = row.next_update is not None and row.next_update < timezone.now()
        return f"{row.issuer}  {row.entries} entries, {due}{' (overdue)' if overdue else ''}"
