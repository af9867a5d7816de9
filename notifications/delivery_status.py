"""The answer to an order that was refused: a delivery status notification (RFC 3464, RFC 6522).

Says nothing that came encrypted: no body, and no detail of an encrypted order. The first two lines of the
text are those of the user guide, chapter 14, 2-1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.charset import QP, Charset
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from notifications.answer_limit import answer_key
from notifications.originals import headers_of, message_id_of
from notifications.outbox import OutboxOptions, deliverable, new_message_id, queue
from notifications.refusals import Rejection

SUBJECT = "Undelivered Mail Returned to Sender"
FIRST_LINE = "The Postfix program has encountered the following problem:"

_NULL_SENDER = ""
# Quoted-printable: the two lines that programs look for can be found without decoding.
_TEXT = Charset("utf-8")
_TEXT.body_encoding = QP

log = structlog.get_logger(__name__)


def refuse(
    rejection: Rejection,
    *,
    key: str,
    to: str,
    original: bytes,
    recipients: Sequence[str],
    encrypted: bool,
    language: str,
    arrived_at: datetime,
) -> None:
    """Queue the notification for the sender ``to``, once per ``key`` (at most 80 characters), in the caller's
    transaction.

    ``original``: the mail as it came, of which only header fields are returned. ``recipients``: its envelope's.
    ``language`` of the account; English follows in any case. Nothing goes to the null sender (RFC 5321, 6.1)
    or to what cannot be an address, and no more than ``answer_limit.MOST_A_DAY`` to one address.
    """
    if not (deliverable(to) and to.isascii()):
        log.info("refusal_not_told", reason="no address", code=rejection.code)
        return
    outbox_key = answer_key("refuse", to=to, key=key)
    if outbox_key is None:
        log.warning("refusal_not_told", reason="too many", code=rejection.code)
        return
    parts = [
        _text_part("plain", explain(rejection, encrypted=encrypted, language=language)),
        _status_part(rejection, recipients, arrived_at, encrypted=encrypted),
        _text_part("rfc822-headers", headers_of(original)),
    ]
    mail = _report(to, original, parts)
    queue(mail, recipient=to, options=OutboxOptions(key=outbox_key, envelope_sender=_NULL_SENDER))


def explain(rejection: Rejection, *, encrypted: bool, language: str) -> str:
    """The text for a human: what a program reads first, the account's language, English."""
    languages = dict.fromkeys((language, "en"))
    parts = [_explanation(rejection, encrypted, each) for each in languages]
    return "\n".join(
        [
            FIRST_LINE,
            _one_line(rejection.diagnostic(encrypted=encrypted)),
            "",
            ("\n" + "-" * 70 + "\n\n").join(parts),
        ]
    )


def _explanation(rejection: Rejection, encrypted: bool, language: str) -> str:
    with translation.override(language):
        context = {
            "explanation": gettext(rejection.explanation),
            "place": place_of(type(rejection), rejection.position),
            "detail": "" if encrypted else _one_line(rejection.detail),
            "site": settings.SITE_URL,
        }
        return render_to_string("mail/refusal/body.txt", context).strip() + "\n"


def place_of(kind: type[Rejection], position: int | None) -> str:
    """Which destination or document it was, in the active language; empty where that is not known."""
    if position is None:
        return ""
    if kind.counts == "document":
        return gettext("Attachment no. %(number)d") % {"number": position}
    return gettext("Destination no. %(number)d") % {"number": position}


def _report(to: str, original: bytes, parts: Sequence[Message]) -> Message:
    mail = MIMEMultipart("report", _subparts=parts, report_type="delivery-status")
    mail["From"] = f"Mail Delivery System <MAILER-DAEMON@{settings.FAX_DOMAIN}>"
    mail["To"] = to
    mail["Subject"] = SUBJECT
    mail["Date"] = format_datetime(timezone.localtime())
    mail["Message-ID"] = new_message_id()
    mail["Auto-Submitted"] = "auto-replied"
    if answered := message_id_of(original):
        mail["In-Reply-To"] = mail["References"] = answered
    return mail


def _status_part(
    rejection: Rejection, recipients: Sequence[str], arrived_at: datetime, *, encrypted: bool
) -> Message:
    """RFC 3464, 2.2 and 2.3: one group of fields about the mail, one about each recipient."""
    about_mail = Message()
    about_mail["Reporting-MTA"] = f"dns; {settings.FAX_DOMAIN}"
    about_mail["Arrival-Date"] = format_datetime(arrived_at)
    part = MIMEBase("message", "delivery-status")
    diagnostic = _field_value(rejection.diagnostic(encrypted=encrypted))
    about_recipients = (_recipient_fields(rejection.status, diagnostic, address) for address in recipients)
    part.set_payload([about_mail, *about_recipients])
    return part


def _recipient_fields(status: str, diagnostic: str, address: str) -> Message:
    fields = Message()
    fields["Final-Recipient"] = f"rfc822; {_field_value(address)}"
    fields["Action"] = "failed"
    fields["Status"] = status
    fields["Diagnostic-Code"] = f"smtp; 550 {status} {diagnostic}"
    return fields


def _text_part(subtype: str, text: str) -> Message:
    part = MIMENonMultipart("text", subtype)
    part.set_payload(text, _TEXT)
    return part


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))[:500]


def _field_value(text: str) -> str:
    """Printable ASCII is what these fields may hold; nothing in it can start a field of its own."""
    return re.sub(r"[^ -~]", "?", _one_line(text))
