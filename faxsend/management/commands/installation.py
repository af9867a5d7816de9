"""``installation status`` and ``installation release [--give-up-before TIME]``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.installation import Hold, why_held
from faxsend.restoring import NotHeld, release, waiting
from faxsend.tasks import look_for_faxes, wake
from notifications.tasks import look_for_outgoing

WHY = {
    None: "This installation works.",
    Hold.RESTORED: "HELD: the database was restored from a backup. Nothing is dialled or mailed.",
    Hold.ELSEWHERE: "HELD: the database belongs to another installation. Nothing is dialled or mailed.",
}


class Command(BaseCommand):
    """A time without a zone is one of ``TIME_ZONE``."""

    help = "Tell whether this installation may dial and send mail, or let it."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("status", help="whether it is held, and what waits")
        releasing = what.add_parser("release", help="let it dial and send mail, and no other")
        releasing.add_argument(
            "--give-up-before",
            metavar="TIME",
            help="when the lost installation stopped (2026-05-01T12:00): what was due before fails with 206090",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "status":
            self._status()
        else:
            self._release(options["give_up_before"])

    def _status(self) -> None:
        self.stdout.write(WHY[why_held()])
        found = waiting()
        self.stdout.write(
            f"faxes: {found.queued} queued, {found.on_hold} on hold, {found.uncertain} being checked;"
            f" calls under way: {found.calls}"
        )
        self.stdout.write(f"mails: {found.inbound} to read, {found.mails} to send")
        if found.oldest:
            self.stdout.write(f"oldest: {timezone.localtime(found.oldest):%Y-%m-%d %H:%M}")

    def _release(self, stopped: str | None) -> None:
        try:
            done = release(give_up_before=None if stopped is None else _moment(stopped))
        except NotHeld as error:
            raise CommandError("This installation is not held.") from error
        wake(look_for_outgoing, *[look_for_faxes] * settings.FAX_LINES)
        self.stdout.write(
            f"released; calls being checked: {done.calls},"
            f" given up: {done.given_up_faxes} faxes, {done.given_up_mails} mails"
        )


def _moment(text: str) -> datetime:
    """Not in the future: what is ordered meanwhile is nobody else's."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError("--give-up-before wants a time such as 2026-05-01T12:00")
    aware = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    if aware > timezone.now():
        raise CommandError("--give-up-before lies in the future")
    return aware
