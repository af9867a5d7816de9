"""「再開」: mail to an address that it did not reach is tried again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import account_page
from accounts.models import Account
from faxsend.tasks import wake
from notifications import problem_addresses
from notifications.models import AddressProblem
from notifications.tasks import look_for_outgoing


@account_page
def resume(request: HttpRequest, account: Account, pk: int, page: str) -> HttpResponse:
    """``page``: the name of the one on which the button stands."""
    if request.method == "POST":
        try:
            address = problem_addresses.clear(account, pk)
        except AddressProblem.DoesNotExist as error:
            raise Http404 from error
        wake(look_for_outgoing)
        messages.success(request, _("Mail is sent to %(address)s again.") % {"address": address})
    return redirect(page)
