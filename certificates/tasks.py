"""What the mail worker does about certificates. What is to be done stands in tables and settings."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from certificates import revocation
from certificates.identity import NoServiceIdentity
from certificates.requests import mail_request, waiting_requests
from certificates.rollover import write_requests

log = structlog.get_logger(__name__)


@shared_task(name="certificates.tasks.look_for_requests")
def look_for_requests() -> None:
    """Put the mails of all waiting requests into the outbox; one that cannot be made does not stop the others.

    Among them are those that nobody asked for: for holders of a service certificate that has a successor.
    """
    write_requests(timezone.now())
    for pk in waiting_requests(timezone.now()):
        try:
            mail_request(pk)
        except NoServiceIdentity:
            log.error("there is no valid service certificate", step="certificate request")
            return
        except Exception:
            log.exception("certificate_request_broken", request=pk)


@shared_task(name="certificates.tasks.fetch_revocation_lists")
def fetch_revocation_lists() -> None:
    """Fetch what is due of the configured lists; one that fails does not stop the others."""
    revocation.fetch_due(timezone.now())


def wake() -> None:
    """Say "look"; without a broker the sweep will say it a few seconds later."""
    try:
        look_for_requests.delay()
    except OperationalError:
        log.warning("broker is down")
