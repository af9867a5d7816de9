"""The notice that leaves when a mail may not: the address has a certificate that cannot be used."""

from __future__ import annotations

import email
from email.message import EmailMessage

from django.conf import settings
from django.template.loader import render_to_string

_KEPT = ("From", "To", "Date", "Message-ID", "Auto-Submitted")


def notice_instead_of(content: bytes) -> bytes:
    """A mail (CRLF, 7 bit) to the same person with the same Message-ID and nothing of what ``content`` says.

    The subject is our own too: it stands outside every encryption. Both languages, since nobody here knows
    the reader's.
    """
    withheld = email.message_from_bytes(content)
    notice = EmailMessage()
    for name in _KEPT:
        if name in withheld:
            notice[name] = str(withheld[name])
    context = {"site": settings.SITE_URL, "digitalid": settings.DIGITALID_ADDRESS}
    notice["Subject"] = render_to_string("mail/withheld/subject.txt").strip()
    notice.set_content(render_to_string("mail/withheld/body.txt", context), cte="base64")
    return notice.as_bytes(policy=notice.policy.clone(linesep="\r\n", cte_type="7bit"))
