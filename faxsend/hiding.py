"""履歴の表示削除: a finished order is taken out of the list of sent faxes, and put back. The row stays.

It is still found by the search, and by whoever has its address; billing and retention do not ask.
"""

from __future__ import annotations

from django.utils import timezone

from accounts.models import Account
from faxsend.models import Submission


def hide(account: Account, token: str) -> bool:
    """False if it stays in the list: something of it is in process, and wants to be seen. So if it is hidden already.

    Raises ``Submission.DoesNotExist``.
    """
    order = account.submissions.only("pk").get(token=token)
    finished = account.submissions.filter(pk=order.pk, open=0, hidden_at=None)
    return finished.update(hidden_at=timezone.now()) == 1


def just_hidden(account: Account, token: str) -> Submission | None:
    """The order, if it is hidden."""
    return account.submissions.only("token", "subject").filter(token=token, hidden_at__isnull=False).first()


def anything_hidden(account: Account) -> bool:
    return account.submissions.filter(hidden_at__isnull=False).exists()


def show(account: Account, token: str) -> bool:
    """False if it was in the list already. Raises ``Submission.DoesNotExist``."""
    order = account.submissions.only("pk").get(token=token)
    return account.submissions.filter(pk=order.pk, hidden_at__isnull=False).update(hidden_at=None) == 1
