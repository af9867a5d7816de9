"""FAX履歴 → 受付エラー."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import account_page
from accounts.models import Account
from faxsend.parked import undecided
from faxsend.refused import refused_mails
from faxsend.views.history import transaction_id
from notifications.answer_limit import MOST_A_DAY


@account_page
def refused(request: HttpRequest, account: Account) -> HttpResponse:
    before = request.GET.get("before")
    mails, older = refused_mails(account, before=None if before is None else transaction_id(before))
    shown = {
        "undecided": undecided(account) if before is None else [],
        "mails": mails,
        "before": before,
        "older": older,
        "answers": MOST_A_DAY,
    }
    return render(request, "faxsend/refused.html", shown)
