"""Orders as they look once they have come to a certain end."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import Account
from faxsend.models import Submission
from faxsend.states import FaxStatus
from tests.factories import FaxFactory, submission_with


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
