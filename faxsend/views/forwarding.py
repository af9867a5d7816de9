"""プロパティ → FAX受信: the forwarding addresses, and 「セキュリティ設定」 of each."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import account_page
from accounts.models import Account
from faxsend.forms.addresses import AddressForm
from faxsend.forms.focus import focus_first_error
from faxsend.forms.forwarding import SecurityForm
from notifications import forwarding
from notifications.models import ForwardingAddress
from notifications.problem_addresses import problems_of

PAGE = "faxsend:fax-receiving"


@account_page
def fax_receiving(request: HttpRequest, account: Account) -> HttpResponse:
    return _page(request, account, AddressForm())


@account_page
def add(request: HttpRequest, account: Account) -> HttpResponse:
    if request.method != "POST":
        return redirect(PAGE)
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            added = forwarding.add_forwarding(account, form.cleaned_data["address"])
        except ValidationError as error:
            form.add_error("address", error)
        else:
            messages.success(request, _("%(address)s has been added.") % {"address": added.address})
            return redirect(PAGE)
    focus_first_error(form)
    return _page(request, account, form)


@account_page
def delete(request: HttpRequest, account: Account, pk: int) -> HttpResponse:
    if request.method == "POST":
        try:
            address = forwarding.delete_forwarding(account, pk)
        except ForwardingAddress.DoesNotExist as error:
            raise Http404 from error
        messages.success(request, _("%(address)s has been deleted.") % {"address": address})
    return redirect(PAGE)


@account_page
def security(request: HttpRequest, account: Account, pk: int) -> HttpResponse:
    """セキュリティ設定 of one address; a page of its own, shown in a dialog where there is script."""
    try:
        chosen = forwarding.one_forwarding(account, pk)
    except ForwardingAddress.DoesNotExist as error:
        raise Http404 from error
    form = SecurityForm(request.POST) if request.method == "POST" else SecurityForm.of(chosen)
    if form.is_bound and form.is_valid():
        try:
            forwarding.save_security(chosen, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("encrypt", error)
        except ForwardingAddress.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("The changes have been saved."))
            return redirect(PAGE)
    context = {
        "form": form,
        "forwarding": chosen,
        "registration": forwarding.registration_of(chosen.address),
    }
    return render(request, "faxsend/properties/security.html", context)


def _page(request: HttpRequest, account: Account, adding: AddressForm) -> HttpResponse:
    problems = problems_of(account)
    rows = [
        (row, problems.get(row.forwarding.address.lower())) for row in forwarding.forwarding_rows(account)
    ]
    context = {"rows": rows, "adding": adding}
    return render(request, "faxsend/properties/fax_receiving.html", context)
