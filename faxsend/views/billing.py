"""アカウント管理 → 利用明細(送信サービス): the credit that is left, and each month as a CSV file."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from accounts.access import account_page
from accounts.models import Account
from faxsend.usage import months_of, standing_of
from faxsend.usage_export import csv_lines


@account_page
def usage(request: HttpRequest, account: Account) -> HttpResponse:
    months = months_of(account)
    context = {"standing": standing_of(account, months[0]), "months": months}
    return render(request, "faxsend/usage.html", context)


@account_page
def usage_csv(request: HttpRequest, account: Account, year: int, month: int) -> StreamingHttpResponse:
    for known in months_of(account):
        if (known.first.year, known.first.month) == (year, month):
            name = f"fax-usage-{known.first:%Y-%m}.csv"
            return StreamingHttpResponse(
                csv_lines(account, known),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
    raise Http404
