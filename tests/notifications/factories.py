"""Typed makers of what notifications are about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Account
from notifications.outbox import OutboxMessage, OutboxOptions
from notifications.reports import FaxLine, SubmissionReport

TOKYO = ZoneInfo("Asia/Tokyo")
ARRIVED = datetime(2024, 11, 25, 9, 30, 12, tzinfo=TOKYO)
NOT_IN_SERVICE = 3912
REMEDY = "FAX番号をご確認ください。"


def fax_line(number: str = "03-1111-2222", *, sent: bool = True, **facts: Any) -> FaxLine:
    outcome = (0, "OK", "", 2) if sent else (NOT_IN_SERVICE, "FAX番号が使用不可です", REMEDY, 0)
    defaults: dict[str, Any] = {
        "transaction_id": 1024,
        "number": number,
        "contact_name": "",
        "sent": sent,
        "result_code": outcome[0],
        "result_text": outcome[1],
        "remedy": outcome[2],
        "pages_sent": outcome[3],
        "duration": timedelta(seconds=72 if sent else 9),
        "completed_at": ARRIVED + timedelta(minutes=3),
        "remote_csid": "+81 3 1111 2222" if sent else "",
    }
    return FaxLine(**(defaults | facts))


def report(*faxes: FaxLine, **facts: Any) -> SubmissionReport:
    faxes = faxes or (fax_line(),)
    sent = sum(fax.sent for fax in faxes)
    defaults: dict[str, Any] = {
        "sent": sent,
        "failed": len(faxes) - sent,
        "duration": sum((fax.duration for fax in faxes), timedelta()),
        "submitted_at": ARRIVED,
        "completed_at": max(fax.completed_at for fax in faxes),
        "token": "Zk3vQ9",
        "subject": "御見積書 No.2024-118",
        "page_count": 2,
        "url": "http://localhost:8000/history/sent/Zk3vQ9/",
    }
    return SubmissionReport(faxes=faxes, **(defaults | facts))


def account(**facts: Any) -> Account:
    return Account.objects.create(name="株式会社テスト", **facts)


def message(to: str = "taro@example.jp", **options: Any) -> OutboxMessage:
    mail = OutboxMessage(subject="件名", body="本文です。", from_email="InterFAX <send@fax.tc>", to=[to])
    mail.outbox = OutboxOptions(**options)
    return mail
