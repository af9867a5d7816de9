"""FAX履歴 → 履歴の表示削除: takes an order out of the list of sent faxes, puts it back, lists what is hidden."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import account_page
from accounts.models import Account
from faxsend import hiding
from faxsend.views.history import found, page_of_list


@account_page
def hidden(request: HttpRequest, account: Account) -> HttpResponse:
    context = {"page": page_of_list(request, account, hidden=True), "before": request.GET.get("before")}
    return render(request, "faxsend/hidden.html", context)


@account_page
def hide(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    """Back to the list, on top of which a button undoes it."""
    order = found(account, token)
    if request.method != "POST":
        return redirect(order)
    if hiding.hide(account, token):
        return _to_list(request, hidden=token)
    if order.open:
        messages.warning(request, _("What is in process cannot be hidden."))
    return _to_list(request)


@account_page
def show(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    order = found(account, token)
    if request.method == "POST" and hiding.show(account, token):
        messages.success(request, _("The order is in the list of sent faxes again."))
    return _to_list(request) if "list" in request.POST else redirect(order)


def _to_list(request: HttpRequest, **more: str) -> HttpResponse:
    """To the part of the list where the button stood."""
    before = request.POST.get("before", "")
    query = urlencode(more | ({"before": before} if before else {}))
    return redirect(f"{reverse('faxsend:history')}?{query}" if query else "faxsend:history")
