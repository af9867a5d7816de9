"""``createaccount USERID --email A --sender A --password-stdin``."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.creating import create_account


class Command(BaseCommand):
    help = "Create an account with its first user and its authorized senders, who count as confirmed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERID")
        parser.add_argument("--email", required=True, help="the user's own address")
        parser.add_argument(
            "--sender", action="append", required=True, help="an authorized sender; repeatable"
        )
        parser.add_argument("--name", default="", help="the company; default: the user ID")
        parser.add_argument("--password-stdin", action="store_true", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            create_account(
                username=options["username"],
                email=options["email"],
                senders=options["sender"],
                password=sys.stdin.readline().rstrip("\n"),
                name=options["name"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"account of {options['username']} created")
