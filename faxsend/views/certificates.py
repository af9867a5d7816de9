"""プロパティ → 証明書: the service's certificate, and those registered for the account's own addresses."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import account_page
from accounts.models import Account
from certificates.files import files_of
from certificates.identity import NoServiceIdentity
from certificates.models import RegisteredCertificate
from certificates.published import PublishedCertificate, published_certificate
from faxsend.forms.certificates import RemovalForm
from faxsend.tasks import wake
from notifications import registrations
from notifications.mailing import preference_of
from notifications.tasks import look_for_outgoing

PAGE = "faxsend:certificates"


@account_page
def certificates(request: HttpRequest, account: Account) -> HttpResponse:
    published = _published()
    context = {
        "published": published,
        "files": list(files_of(published).values()) if published else [],
        "registrations": registrations.registrations_of(account),
        "removal": RemovalForm.of(preference_of(account)),
        "digitalid": settings.DIGITALID_ADDRESS,
    }
    return render(request, "faxsend/properties/certificates.html", context)


@account_page
def removal_by_mail(request: HttpRequest, account: Account) -> HttpResponse:
    """[更新] of the switch."""
    form = RemovalForm(request.POST)
    if request.method == "POST" and form.is_valid():
        registrations.save_removal_by_mail(account, **form.cleaned_data)
        messages.success(request, _("The changes have been saved."))
    return redirect(PAGE)


@account_page
def remove(request: HttpRequest, account: Account, pk: int) -> HttpResponse:
    """What removing means, then the removal; a page of its own, shown in a dialog where there is script."""
    try:
        if request.method != "POST":
            asked = registrations.asked_to_remove(account, pk)
            context = {"removal": asked, "digitalid": settings.DIGITALID_ADDRESS}
            return render(request, "faxsend/properties/certificate_remove.html", context)
        address = registrations.remove(account, pk)
    except RegisteredCertificate.DoesNotExist as error:
        raise Http404 from error
    wake(look_for_outgoing)
    text = _("The certificate of %(address)s has been removed. Mail to it is no longer encrypted.")
    messages.success(request, text % {"address": address})
    return redirect(PAGE)


@account_page
def service_file(request: HttpRequest, account: Account, name: str) -> HttpResponse:
    """The service certificate to be saved; 404 if there is no such file now."""
    published = _published()
    file = files_of(published).get(name) if published else None
    if published is None or file is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return HttpResponse(file.content(published), content_type=file.media_type, headers=headers)


def _published() -> PublishedCertificate | None:
    try:
        return published_certificate(timezone.now())
    except NoServiceIdentity:
        return None
