"""bounces+<token>@: mails of ours that came back. The token alone says which mail it was; nothing is ever answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from notifications.bounce_reports import Outcome, read
from notifications.models import OutgoingMail
from notifications.problem_addresses import came_back

log = structlog.get_logger(__name__)


def handle(raw: bytes, *, token: UUID, at: datetime, key: str) -> None:
    """Note it if the mail that ``token`` stands for has failed, in the caller's transaction.

    ``raw``: as it came; ``at``: when; ``key``: of the inbound message. Whatever it says, it is no error.
    """
    bounce = read(raw)
    log.info("bounce", message=key, outcome=str(bounce.outcome), status=bounce.status)
    if bounce.outcome is not Outcome.FAILED:
        return
    mail = OutgoingMail.objects.filter(bounce_token=token).values_list("pk", flat=True).first()
    if mail is not None:  # retention may have taken it meanwhile
        came_back(mail, bounce.status, at=at)
