"""リスト: entries from a CSV file, by way of a preview, and a list as a CSV file."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faxsend import lists
from faxsend.forms.lists import ImportForm
from faxsend.list_export import write_rows
from faxsend.list_preview import preview, unseal
from faxsend.models import ContactList
from faxsend.numbers import display
from faxsend.views.one_list import list_page


@list_page
def choose_file(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    """The form, or the preview of the file that it brings."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid():
        try:
            found = preview(chosen, form.cleaned_data["file"])
        except ValidationError as error:
            form.add_error("file", error)
        else:
            sample = [(entry, display(entry.number)) for entry in found.sample]
            context = {"list": chosen, "preview": found, "sample": sample}
            return render(request, "faxsend/lists/preview.html", context)
    return render(request, "faxsend/lists/import.html", {"list": chosen, "form": form})


@list_page
def confirm(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    """The rows of the preview come into the list."""
    if request.method != "POST":
        return redirect("faxsend:list-import", chosen.pk)
    try:
        done = lists.import_entries(chosen, unseal(chosen, request.POST.get("rows", "")))
    except BadSignature:
        messages.error(request, _("The preview has expired. Please choose the file again."))
        return redirect("faxsend:list-import", chosen.pk)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("faxsend:list-import", chosen.pk)
    text = ngettext("%(count)d entry has been imported.", "%(count)d entries have been imported.", done.added)
    messages.success(request, text % {"count": done.added})
    return redirect(chosen)


@list_page
def export(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    """The whole list; its name is made of characters that a header can carry."""
    headers = {"Content-Disposition": f'attachment; filename="{chosen.name}.csv"'}
    return HttpResponse(
        write_rows(lists.all_entries(chosen)), content_type="text/csv; charset=utf-8", headers=headers
    )
