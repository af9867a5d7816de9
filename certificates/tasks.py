"""The mail worker looks for requests of the service certificate. What is to be done stands in their table."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from certificates.identity import NoServiceIdentity
from certificates.requests import mail_request, waiting_requests

log = structlog.get_logger(__name__)


@shared_task(name="certificates.tasks.look_for_requests")
def look_for_requests() -> None:
    """Put the mails of all waiting requests into the outbox; one that cannot be made does not stop the others."""
    for pk in waiting_requests(timezone.now()):
        try:
            mail_request(pk)
        except NoServiceIdentity:
            log.error("there is no valid service certificate", step="certificate request")
            return
        except Exception:
            log.exception("certificate_request_broken", request=pk)


def wake() -> None:
    """Say "look"; without a broker the sweep will say it a few seconds later."""
    try:
        look_for_requests.delay()
    except OperationalError:
        log.warning("broker is down")
