"""Orders as they look once they have come to a certain end."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Value
from django.utils import timezone

from accounts.models import Account
from faxsend.billing import price_of
from faxsend.holding import reserve_or_hold
from faxsend.models import Fax, Submission
from faxsend.states import FaxStatus
from tests.factories import FaxFactory, SubmissionFactory, submission_with


def failed_list(account: Account, *numbers: str, sent: int = 0, **facts: Any) -> Submission:
    """A finished list send: the faxes to ``numbers`` have failed, ``sent`` others have not."""
    order = submission_with(
        *[FaxStatus.SENT] * sent, account=account, failed=len(numbers), completed_at=timezone.now(), **facts
    )
    for place, number in enumerate(numbers):
        FaxFactory.create(
            submission=order,
            number=number,
            status=FaxStatus.FAILED,
            result_code=3912,
            contact_name=f"担当{place}",
            company=f"会社{place}",
            completed_at=timezone.now(),
        )
    return order


def ordered(account: Account, *numbers: str, pages: int = 1, **facts: Any) -> Submission:
    """A new order as an accepted mail makes it: at the tariff's price, reserved or on hold."""
    with transaction.atomic():
        order = SubmissionFactory.create(
            account=account, open=len(numbers), pages__count=pages, retry_interval=0, **facts
        )
        Fax.objects.bulk_create(
            Fax(
                submission=order,
                account=account,
                number=number,
                price=price_of(Value(number)),
                next_attempt_at=order.send_at or order.created_at,
            )
            for number in numbers
        )
        reserve_or_hold([order])
    return order
