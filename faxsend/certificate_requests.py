"""What became of the mails with the service certificate, address by address (証明書の取得)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from certificates.models import CertificateRequest
from certificates.waiting import GIVE_UP_AFTER
from notifications.mail_status import meaning_of
from notifications.models import OutgoingMail

NEWEST = 20
_REPLY_CODE = re.compile(r"[45]\d\d(?= )")


class RequestState(StrEnum):
    """``BOUNCED``: it left, and came back. ``UNKNOWN``: mailed, and the outbox no longer keeps how it ended."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        return _LABELS[self]


_LABELS: dict[RequestState, Promise] = {
    RequestState.WAITING: gettext_lazy("Waiting to be sent"),
    RequestState.SENT: gettext_lazy("Sent"),
    RequestState.FAILED: gettext_lazy("Could not be sent"),
    RequestState.BOUNCED: gettext_lazy("Returned"),
    RequestState.UNKNOWN: gettext_lazy("No longer recorded"),
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """``error``: a sentence in the active language, empty if nothing is wrong; never the other server's words.

    ``by_itself``: nobody asked for it, the service certificate has changed.
    """

    address: str
    requested_at: datetime
    sent_at: datetime | None
    state: RequestState
    error: str
    by_itself: bool


def latest(account: Account) -> list[RequestLine]:
    """The account's newest 20 requests, the newest first."""
    requests = list(account.certificate_requests.order_by("-requested_at", "pk")[:NEWEST])
    rows = OutgoingMail.objects.filter(key__in=[request.mail_key for request in requests])
    mails = {mail.key: mail for mail in rows.defer("content", "wire")}
    return [_line(request, mails.get(request.mail_key)) for request in requests]


def _line(request: CertificateRequest, mail: OutgoingMail | None) -> RequestLine:
    state = _state(request, mail)
    return RequestLine(
        address=request.address,
        requested_at=request.requested_at,
        sent_at=mail.sent_at if mail else None,
        state=state,
        error=_reason(state, mail),
        by_itself=bool(request.replaces),
    )


def _state(request: CertificateRequest, mail: OutgoingMail | None) -> RequestState:
    if mail is not None:
        return RequestState.BOUNCED if mail.bounced_at else RequestState(mail.state)
    if request.mailed_at is not None:
        return RequestState.UNKNOWN
    given_up = timezone.now() - request.requested_at > GIVE_UP_AFTER
    return RequestState.FAILED if given_up else RequestState.WAITING


def _reason(state: RequestState, mail: OutgoingMail | None) -> str:
    """The class of what went wrong, by the reply code that the outbox has kept in front of the text."""
    error = mail.error if mail else ""
    code = _REPLY_CODE.match(error)
    match state:
        case RequestState.BOUNCED if mail is not None:
            return _(meaning_of(mail.bounce_status))
        case RequestState.FAILED if code is not None and code[0].startswith("5"):
            return _("The receiving server refused the mail (%(code)s). Please check the address.") % {
                "code": code[0]
            }
        case RequestState.FAILED if error:
            return _("The receiving server could not be reached for days.")
        case RequestState.FAILED:
            return _("The mail could not be made. Please ask for it again.")
        case RequestState.WAITING if error:
            return _("The receiving server does not take it yet; it is tried again by itself.")
        case _:
            return ""
