"""The notification (通知メール): one mail about one finished submission."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formataddr

import structlog
from django.conf import settings

from accounts.models import Account
from notifications.formats import format_of
from notifications.models import NotificationPreference, Protection, When
from notifications.outbox import OutboxMessage, OutboxOptions, deliverable
from notifications.reports import SubmissionReport

SENDER_NAME = "InterFAX"

log = structlog.get_logger(__name__)


def notify(report: SubmissionReport, *, account: Account, recipient: str) -> None:
    """Queue the notification if the account wants one, once per submission, in the caller's transaction.

    ``recipient``: Reply-To or From of the order; the account's default address takes its place if there is one.
    If that is no address nobody is told: a bad Reply-To must not undo the end of a fax. While mail to it comes back
    the notification is held back.
    Leaves signed, and encrypted to an address with a registered certificate.
    """
    preference = preference_of(account)
    address = preference.default_address or recipient
    if not wanted(When(preference.when), report):
        return
    if not deliverable(address):
        log.warning("notification_not_told", submission=report.token, reason="no address")
        return
    told = replace(report, number_in_subject=preference.number_in_subject)
    composed = format_of(preference.format).compose(told)
    message = OutboxMessage(
        subject=composed.subject,
        body=composed.text,
        from_email=formataddr((SENDER_NAME, settings.DEFAULT_FROM_EMAIL)),
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.encoding = composed.charset
    if composed.html:
        message.attach_alternative(composed.html, "text/html")
    message.outbox = OutboxOptions(
        key=f"notify:{report.token}", protection=Protection.PROTECT, account=account, can_be_withheld=True
    )
    message.send()


def preference_of(account: Account) -> NotificationPreference:
    """What the account chose; an account that never chose has the defaults."""
    chosen = NotificationPreference.objects.filter(account=account).first()
    return chosen or NotificationPreference(account=account)


def wanted(when: When, report: SubmissionReport) -> bool:
    """A list of which one fax failed is a failure: somebody has to look."""
    match when:
        case When.ALWAYS:
            return True
        case When.ON_SUCCESS:
            return report.failed == 0
        case When.ON_FAILURE:
            return report.failed > 0
        case When.NEVER:
            return False
