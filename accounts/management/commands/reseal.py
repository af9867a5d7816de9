"""``reseal``: after a new key was put in front of CONTENT_SECRETS or KEY_SECRETS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.resealing import reseal


class Command(BaseCommand):
    help = "Seal with the newest keys what older ones have sealed, while everything runs."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for column in reseal():
            self.stdout.write(f"{column.column}: {column.done} sealed again, {column.unreadable} unreadable")
            unreadable += column.unreadable
        if unreadable:
            raise CommandError("No key opens the unreadable ones: keep the older keys and look for more.")
