"""証明書の取得: the dialog 「証明書(デジタルID)の送信」."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import account_page
from accounts.models import Account
from certificates import requests
from certificates.forms import CertificateRequestForm
from certificates.identity import NoServiceIdentity
from certificates.published import published_certificate
from certificates.tasks import wake

AFTERWARDS = "faxsend:fax-sending"


@account_page
def request_page(request: HttpRequest, account: Account) -> HttpResponse:
    if request.method != "POST":
        suggested = {"recipients": requests.suggested_recipients(account)}
        return _page(request, CertificateRequestForm(initial=suggested))
    form = CertificateRequestForm(request.POST)
    if form.is_valid():
        try:
            requested = requests.request_certificate(account, form.cleaned_data["recipients"])
        except ValidationError as error:
            form.add_error("recipients", error)
        except NoServiceIdentity:
            form.add_error(None, _("The certificate cannot be sent at the moment. Please try again later."))
        else:
            wake()
            _tell(request, requested)
            return redirect(AFTERWARDS)
    return _page(request, form)


def _page(request: HttpRequest, form: CertificateRequestForm) -> HttpResponse:
    try:
        published = published_certificate(timezone.now())
    except NoServiceIdentity:
        published = None
    return render(request, "certificates/request.html", {"form": form, "published": published})


def _tell(request: HttpRequest, requested: requests.Requested) -> None:
    if requested.new:
        text = _(
            "The certificate is being sent to %(count)d addresses. Please allow a few minutes for it to arrive."
        )
        messages.success(request, text % {"count": requested.new})
    if requested.repeated:
        text = _(
            "%(count)d of the addresses were named less than a minute ago; they do not get the mail twice. "
            "Please allow a few minutes for it to arrive."
        )
        messages.info(request, text % {"count": requested.repeated})
