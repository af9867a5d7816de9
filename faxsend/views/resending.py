"""FAX履歴 → 再送信: asks what is to be sent again, and sends it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import account_page
from accounts.models import Account
from faxsend import history, resending
from faxsend.forms.resend import ResendForm, ResendListForm
from faxsend.models import Fax, Submission
from faxsend.numbers import display
from faxsend.resending import NothingToResend, PagesNotStored, What
from faxsend.tasks import look_for_faxes, wake
from faxsend.views.history import found, found_fax
from notifications.refusals import CountryNotAllowed


@account_page
def resend(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    """A single send is confirmed; of a list the customer chooses."""
    order = found(account, token)
    offered = resending.offered(order)
    typed = request.POST if request.method == "POST" else None
    single = order.total == 1
    form = ResendForm(typed) if single else ResendListForm(typed, offered=offered)

    def send(once: str) -> tuple[Submission, ...]:
        chosen = What.FAILED if single and What.FAILED in offered else What.ALL
        what = chosen if single else What(form.cleaned_data["what"])
        return resending.resend(account, token, what, once=once)

    fax = history.only_fax(order) if single else None
    return _answer(request, form, send, order=order, fax=fax, possible=bool(offered))


@account_page
def resend_fax(request: HttpRequest, account: Account, token: str, pk: int) -> HttpResponse:
    """One failed fax of an order."""
    order = found(account, token)
    fax = found_fax(order, pk)
    form = ResendForm(request.POST if request.method == "POST" else None)

    def send(once: str) -> tuple[Submission, ...]:
        return resending.resend_fax(account, token, pk, once=once)

    possible = fax.status in resending.UNSUCCESSFUL
    return _answer(request, form, send, order=order, fax=fax, possible=possible)


def _answer(
    request: HttpRequest,
    form: ResendForm,
    send: Callable[[str], tuple[Submission, ...]],
    *,
    order: Submission,
    fax: Fax | None,
    possible: bool,
) -> HttpResponse:
    if "once" in form.errors:
        messages.error(request, _("This form could not be read. Please send it again."))
        return redirect(request.path)
    if form.is_valid():
        try:
            return _accepted(request, send(form.cleaned_data["once"]))
        except (NothingToResend, PagesNotStored, CountryNotAllowed) as refusal:
            form.add_error(None, _why_not(refusal))
    context = {
        "form": form,
        "order": order,
        "fax": fax,
        "number": display(fax.number) if fax else "",
        "possible": possible,
    }
    return render(request, "faxsend/resend.html", context)


def _why_not(refusal: NothingToResend | PagesNotStored | CountryNotAllowed) -> str:
    """The sentence at the form; nothing has been sent."""
    match refusal:
        case NothingToResend():
            return _(
                "There is nothing to send again: these faxes have not ended with an error, or have been "
                "sent again already."
            )
        case PagesNotStored():
            return _(
                "The page images are no longer stored, so it cannot be sent again. Nothing has been sent. "
                "Please send the document anew."
            )
        case CountryNotAllowed(detail=number):
            text = _("The account may not send to the country of %(number)s any more. Nothing has been sent.")
            return text % {"number": number}


def _accepted(request: HttpRequest, made: tuple[Submission, ...]) -> HttpResponse:
    wake(*[look_for_faxes] * settings.FAX_LINES)
    count = sum(order.total for order in made)
    text = ngettext("%(count)s fax is being sent again.", "%(count)s faxes are being sent again.", count)
    messages.success(request, text % {"count": count})
    return redirect("faxsend:history")
