"""``createoperator USERID --password-stdin``."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.creating import create_operator


class Command(BaseCommand):
    help = "Create an operator: a user of the admin site without an account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERID")
        parser.add_argument("--password-stdin", action="store_true", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            create_operator(username=options["username"], password=sys.stdin.readline().rstrip("\n"))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"operator {options['username']} created")
