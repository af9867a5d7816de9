"""リスト: the lists of an account, and one list with its entries."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import account_page
from accounts.models import Account
from faxsend import lists
from faxsend.forms.focus import focus_first_error
from faxsend.forms.lists import ChosenEntriesForm, EntryForm, ListForm
from faxsend.models import ContactList
from faxsend.numbers import display
from faxsend.views.one_list import key, list_page

PAGE = "faxsend:lists"


@account_page
def all_lists(request: HttpRequest, account: Account) -> HttpResponse:
    return render(request, "faxsend/lists/lists.html", {"rows": lists.lists_of(account)})


@account_page
def create(request: HttpRequest, account: Account) -> HttpResponse:
    form = ListForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            created = lists.create_list(account, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, _("The list %(name)s has been created.") % {"name": created.name})
            return redirect(created)
    return render(request, "faxsend/lists/create.html", {"form": form})


@list_page
def rename(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    form = ListForm(request.POST) if request.method == "POST" else ListForm.of(chosen)
    if form.is_bound and form.is_valid():
        try:
            lists.rename_list(chosen, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, _("The list is now called %(name)s.") % {"name": chosen.name})
            return redirect(chosen)
    return render(request, "faxsend/lists/rename.html", {"form": form, "list": chosen})


@list_page
def delete(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    """A page that asks, and the deletion itself."""
    if request.method == "POST":
        lists.delete_list(chosen)
        messages.success(request, _("The list %(name)s has been deleted.") % {"name": chosen.name})
        return redirect(PAGE)
    return render(request, "faxsend/lists/delete.html", {"list": chosen, "count": chosen.contacts.count()})


@list_page
def one_list(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    return _page(request, chosen, EntryForm())


@list_page
def add_entry(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    if request.method != "POST":
        return redirect(chosen)
    form = EntryForm(request.POST)
    if form.is_valid():
        try:
            lists.add_entry(chosen, form.entry)
        except ValidationError as error:
            form.add_error("number", error)
        else:
            number = display(form.entry.number)
            messages.success(request, _("%(number)s has been added.") % {"number": number})
            return redirect(chosen)
    focus_first_error(form)
    return _page(request, chosen, form)


@list_page
def delete_entries(request: HttpRequest, chosen: ContactList) -> HttpResponse:
    """Those that are ticked; the page that they stood on is shown again."""
    if request.method != "POST":
        return redirect(chosen)
    form = ChosenEntriesForm(request.POST)
    if not form.is_valid():
        return _page(request, chosen, EntryForm(), choosing=form)
    count = lists.delete_entries(chosen, form.cleaned_data["keys"])
    text = ngettext("%(count)d entry has been deleted.", "%(count)d entries have been deleted.", count)
    messages.success(request, text % {"count": count})
    after = key(request.GET.get("after", "0"))
    return redirect(f"{chosen.get_absolute_url()}?after={after}" if after else chosen)


def _page(
    request: HttpRequest, chosen: ContactList, adding: EntryForm, choosing: ChosenEntriesForm | None = None
) -> HttpResponse:
    after = key(request.GET.get("after", "0"))
    entries, following = lists.entries_of(chosen, after=after)
    context = {
        "list": chosen,
        "count": chosen.contacts.count(),
        "entries": [(entry, display(entry.number)) for entry in entries],
        "after": after,
        "following": following,
        "adding": adding,
        "choosing": choosing,
    }
    return render(request, "faxsend/lists/list.html", context)
