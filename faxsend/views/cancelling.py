"""FAX履歴 → キャンセル: asks whether what waits is to be canceled, and cancels it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import account_page
from accounts.models import Account
from faxsend import cancelling, history
from faxsend.cancelling import Canceled
from faxsend.models import Fax, Submission
from faxsend.numbers import display
from faxsend.tasks import wake
from faxsend.views.history import found, found_fax
from notifications.tasks import look_for_outgoing


@account_page
def cancel(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    """All of an order that waits."""
    order = found(account, token)
    fax = history.only_fax(order) if order.total == 1 else None
    return _answer(request, order, fax, lambda: cancelling.cancel(account, token))


@account_page
def cancel_fax(request: HttpRequest, account: Account, token: str, pk: int) -> HttpResponse:
    """One fax of an order."""
    order = found(account, token)
    return _answer(request, order, found_fax(order, pk), lambda: cancelling.cancel_fax(account, token, pk))


def _answer(
    request: HttpRequest, order: Submission, fax: Fax | None, do: Callable[[], Canceled]
) -> HttpResponse:
    if request.method == "POST":
        return _done(request, order, do())
    context = {
        "order": order,
        "fax": fax,
        "number": display(fax.number) if fax else "",
        "outlook": cancelling.before_cancelling(order, fax),
    }
    return render(request, "faxsend/cancel.html", context)


def _done(request: HttpRequest, order: Submission, canceled: Canceled) -> HttpResponse:
    """Back at the order; what could not be canceled any more is said as well."""
    if canceled.faxes:
        wake(look_for_outgoing)
        text = ngettext(
            "%(count)s fax has been canceled.", "%(count)s faxes have been canceled.", canceled.faxes
        )
        messages.success(request, text % {"count": canceled.faxes})
    else:
        messages.warning(request, _("Nothing has been canceled: nothing of it was waiting any more."))
    if canceled.going_on:
        text = ngettext(
            "%(count)s fax is being transmitted and goes on.",
            "%(count)s faxes are being transmitted and go on.",
            canceled.going_on,
        )
        messages.info(request, text % {"count": canceled.going_on})
    return redirect(order)
