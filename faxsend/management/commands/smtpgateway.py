"""``smtpgateway``: receives mail on both SMTP ports until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from faxsend.gateway import serve


class Command(BaseCommand):
    """Runs in the foreground; ends with 0 on SIGTERM and SIGINT."""

    help = "Receive mail by SMTP: with STARTTLS on SMTP_PORT, over TLS on SMTPS_PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve; what the operator can repair is said in one line."""
        # aiosmtpd logs commands with their addresses, the pool each connection it lends.
        for name in ("mail.log", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            asyncio.run(serve())
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from error
