"""プロパティ → FAX送信: one page, and for each of its sections the place where its [更新] leads.

A section that cannot be saved comes back as it was typed; the others show what is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import confirming, senders
from accounts.access import account_page
from accounts.models import Account, AuthorizedSender
from faxsend import certificate_requests, properties
from faxsend.forms.addresses import AddressForm
from faxsend.forms.focus import focus_first_error
from faxsend.forms.properties import AuthenticationForm, NotificationForm, SendingForm
from faxsend.tasks import wake
from notifications.mailing import preference_of
from notifications.problem_addresses import problems_of
from notifications.tasks import look_for_outgoing

PAGE = "faxsend:fax-sending"


@account_page
def fax_sending(request: HttpRequest, account: Account) -> HttpResponse:
    return _page(request, account)


@account_page
def authentication(request: HttpRequest, account: Account) -> HttpResponse:
    return _update(request, account, "authentication", AuthenticationForm, properties.save_authentication)


@account_page
def sending(request: HttpRequest, account: Account) -> HttpResponse:
    return _update(request, account, "sending", SendingForm, properties.save_sending)


@account_page
def notification(request: HttpRequest, account: Account) -> HttpResponse:
    return _update(request, account, "notification", NotificationForm, properties.save_notification)


@account_page
def add_sender(request: HttpRequest, account: Account) -> HttpResponse:
    if request.method != "POST":
        return redirect(PAGE)
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            sender = senders.add_sender(account, form.cleaned_data["address"])
        except ValidationError as error:
            form.add_error("address", error)
        else:
            return _added(request, sender)
    return _page(request, account, adding=form)


@account_page
def delete_sender(request: HttpRequest, account: Account, pk: int) -> HttpResponse:
    if request.method == "POST":
        try:
            address = senders.delete_sender(account, pk)
        except AuthorizedSender.DoesNotExist as error:
            raise Http404 from error
        messages.success(request, _("%(address)s has been deleted.") % {"address": address})
    return redirect(PAGE)


@account_page
def ask_sender(request: HttpRequest, account: Account, pk: int) -> HttpResponse:
    """Send the confirmation mail again."""
    if request.method != "POST":
        return redirect(PAGE)
    try:
        sender = confirming.ask_again(account, pk)
    except AuthorizedSender.DoesNotExist as error:
        raise Http404 from error
    except ValidationError as error:
        return _page(request, account, not_asked=pk, why_not=error.messages)
    return _added(request, sender)


def _added(request: HttpRequest, sender: AuthorizedSender) -> HttpResponse:
    if sender.verified_at:
        text = _("%(address)s has been added.")
    else:
        wake(look_for_outgoing)
        text = _("A confirmation mail is on its way to %(address)s. The address counts once it is confirmed.")
    messages.success(request, text % {"address": sender.address})
    return redirect(PAGE)


def _update(
    request: HttpRequest, account: Account, section: str, form_class: type[Form], save: Callable[..., None]
) -> HttpResponse:
    """``save`` takes the account and the form's fields by name."""
    if request.method != "POST":
        return redirect(PAGE)
    form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, account, **{section: form})
    save(account, **form.cleaned_data)
    messages.success(request, _("The changes have been saved."))
    return redirect(PAGE)


def _page(request: HttpRequest, account: Account, **typed: Any) -> HttpResponse:
    """The page with what is stored, except for the section in ``typed``."""
    for part in typed.values():
        if isinstance(part, Form):
            focus_first_error(part)
    preference, problems = preference_of(account), problems_of(account)
    named = [(sender, problems.get(sender.address.lower())) for sender in senders.senders_of(account)]
    shown = {sender.address.lower() for sender, _problem in named} | {preference.default_address.lower()}
    context = {
        "account": account,
        "authentication": AuthenticationForm.of(account),
        "only_address": properties.is_address_all_the_proof(account),
        "certificate_requests": certificate_requests.latest(account),
        "adding": AddressForm(),
        "senders": named,
        "default_problem": problems.get(preference.default_address.lower()),
        "other_problems": [problem for address, problem in problems.items() if address not in shown],
        "confirmation": settings.SENDER_CONFIRMATION,
        "sending": SendingForm.of(account, properties.sending_properties_of(account)),
        "notification": NotificationForm.of(preference),
    }
    return render(request, "faxsend/properties/fax_sending.html", context | typed)
