"""The confirmation mail as its reader has it."""

from __future__ import annotations

import email
import re
from email import policy
from email.message import EmailMessage

from notifications.models import OutgoingMail


def last_mail() -> EmailMessage:
    """The newest mail in the outbox."""
    content = bytes(OutgoingMail.objects.latest("pk").content)
    return email.message_from_bytes(content, policy=policy.default)


def link_in(mail: EmailMessage) -> str:
    """The one link, as the path that a browser asks for."""
    links = re.findall(r"^http://localhost:8000(/\S+)$", mail.get_content(), re.MULTILINE)
    assert len(links) == 1
    return str(links[0])
