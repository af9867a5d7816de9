"""FAX履歴 → 送信履歴の検索: single faxes, on screen or as a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.access import account_page
from accounts.models import Account
from faxsend import resending
from faxsend.forms.focus import focus_first_error
from faxsend.forms.search import SearchForm
from faxsend.history import SHOWN_AS, Shown, scheduled_for
from faxsend.models import Fax
from faxsend.numbers import display
from faxsend.search_export import MOST_ROWS, csv_lines
from faxsend.searching import Question, search
from faxsend.states import FaxStatus
from faxsend.views.history import transaction_id
from faxsend.wording import result_text


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One fax as the result shows it."""

    fax: Fax
    shown: Shown
    number: str
    result: str
    resendable: bool
    scheduled_for: datetime | None


@account_page
def search_faxes(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Before anything is asked there is only the form."""
    form = SearchForm(request.GET) if request.GET else SearchForm()
    if not form.is_valid():
        focus_first_error(form)
        return _page(request, form)
    if request.GET.get("output") == "csv":
        return _csv(account, form.question())
    before = request.GET.get("before")
    found = search(account, form.question(), before=None if before is None else transaction_id(before))
    rows = [_row(fax) for fax in found.faxes]
    return _page(request, form, rows=rows, older=found.older, before=before)


def _page(request: HttpRequest, form: SearchForm, **result: object) -> HttpResponse:
    return render(request, "faxsend/search.html", {"form": form, "most_rows": f"{MOST_ROWS:,}"} | result)


def _csv(account: Account, question: Question) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_lines(account, question),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sent-faxes.csv"'},
    )


def _row(fax: Fax) -> FoundRow:
    return FoundRow(
        fax=fax,
        shown=SHOWN_AS[FaxStatus(fax.status)],
        number=display(fax.number),
        result=result_text(fax.result_code),
        resendable=fax.status in resending.UNSUCCESSFUL,
        scheduled_for=scheduled_for(fax.submission) if fax.status == FaxStatus.QUEUED else None,
    )
