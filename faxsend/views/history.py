"""FAX履歴 → 送信履歴: the list, one submission, and its pages as pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from accounts.access import account_page
from accounts.models import Account
from faxsend import hiding, history, resending, sender_domain
from faxsend.cancelling import CANCELABLE
from faxsend.models import Fax, Submission
from faxsend.numbers import display
from faxsend.rendering.tiff import page_png
from faxsend.states import FaxStatus
from faxsend.timeline import timeline_of
from faxsend.wording import MEANINGS, Remedy, remedies_of, result_text

THUMBNAIL_WIDTH = 220
REFRESH_SECONDS = 5
A_DAY = 24 * 60 * 60
PICTURE_SECONDS = 600
TOKEN = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class FaxRow:
    """One destination as the pages show it."""

    fax: Fax
    shown: history.Shown
    number: str
    result: str
    waiting: bool
    resendable: bool
    cancelable: bool


@account_page
def sent_faxes(request: HttpRequest, account: Account) -> HttpResponse:
    page = page_of_list(request, account)
    just_hidden = request.GET.get("hidden", "")
    context = {
        "page": page,
        "before": request.GET.get("before"),
        "just_hidden": hiding.just_hidden(account, just_hidden) if TOKEN.fullmatch(just_hidden) else None,
        "anything_hidden": hiding.anything_hidden(account),
        "refresh": _refresh(row.submission for row in page.rows),
        "on_hold": any(row.shown is history.Shown.ON_HOLD for row in page.rows),
    }
    return render(request, "faxsend/history.html", context)


@account_page
def submission(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    order = found(account, token)
    faxes, following = history.faxes_of(order, after=transaction_id(request.GET.get("after", "0")))
    shown = history.shown(order)
    context = {
        "submission": order,
        "shown": shown,
        "meaning": MEANINGS[shown],
        "scheduled_for": history.scheduled_for(order),
        "rows": [_fax_row(fax) for fax in faxes],
        "remedies": _remedies(faxes),
        "timeline": timeline_of(faxes[0]) if order.total == 1 and faxes else None,
        "following": following,
        "page_numbers": () if order.pages.removed_at else range(1, order.pages.count + 1),
        "thumbnail_width": THUMBNAIL_WIDTH,
        "refresh": _refresh([order]),
        "resends": history.resends_of(order),
        "resendable": bool(resending.offered(order)),
        "cancelable": history.cancelable(order),
        "sender_domain": sender_domain.in_words(order.message) if order.message else "",
        "signature_problem": gettext(order.signature_problem) if order.signature_problem else "",
    }
    return render(request, "faxsend/submission.html", context)


@account_page
def fax(request: HttpRequest, account: Account, token: str, pk: int) -> HttpResponse:
    """One destination of an order, with each call that was made for it."""
    order = found(account, token)
    one = found_fax(order, pk)
    row = _fax_row(one)
    context = {
        "submission": order,
        "row": row,
        "meaning": MEANINGS[row.shown],
        "remedies": _remedies([one]),
        "timeline": timeline_of(one),
        "refresh": _refresh([order]) if one.completed_at is None else None,
    }
    return render(request, "faxsend/fax.html", context)


@account_page
def page_picture(request: HttpRequest, account: Account, token: str, number: int) -> HttpResponse:
    """One page as PNG, 1728 pixels wide, or a small one with ``?small``."""
    pages = found(account, token).pages
    width = THUMBNAIL_WIDTH * 2 if "small" in request.GET else None
    try:
        png = page_png(pages.tiff, number, width=width)
    except (IndexError, ValueError) as error:
        raise Http404 from error
    headers = {"Cache-Control": f"private, max-age={PICTURE_SECONDS}"}
    return HttpResponse(png, content_type="image/png", headers=headers)


def page_of_list(request: HttpRequest, account: Account, *, hidden: bool = False) -> history.HistoryPage:
    """The part of the list that the link asks for (``before``), or the page that there is none."""
    before = request.GET.get("before")
    if before is not None and not TOKEN.fullmatch(before):
        raise Http404
    try:
        return history.sent_faxes(account, before=before, hidden=hidden)
    except Submission.DoesNotExist as error:
        raise Http404 from error


def found(account: Account, token: str) -> Submission:
    """The account's order of that token, or the page that there is none."""
    try:
        return history.one_submission(account, token)
    except Submission.DoesNotExist as error:
        raise Http404 from error


def found_fax(order: Submission, pk: int) -> Fax:
    """The fax of that TransactionID in the order, or the page that there is none."""
    try:
        return history.one_fax(order, pk)
    except Fax.DoesNotExist as error:
        raise Http404 from error


def _refresh(orders: Iterable[Submission]) -> int | None:
    """Seconds after which a page is asked for again: soon while something happens, else when the first is due."""
    return min((_seconds_to_wait(order) for order in orders if order.open), default=None)


def _seconds_to_wait(order: Submission) -> int:
    due = history.scheduled_for(order)
    if due is None:
        return REFRESH_SECONDS
    # Longer ones do not fit into the clock of every browser.
    return min(ceil((due - timezone.now()).total_seconds()) + 1, A_DAY)


def transaction_id(text: str) -> int:
    """The place in a list that a link names, or the page that there is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)


def _remedies(faxes: Iterable[Fax]) -> tuple[Remedy, ...]:
    """What can be done about those that have failed."""
    failed = (fax for fax in faxes if history.SHOWN_AS[FaxStatus(fax.status)] is history.Shown.ERROR)
    return remedies_of(fax.result_code for fax in failed)


def _fax_row(fax: Fax) -> FaxRow:
    return FaxRow(
        fax=fax,
        shown=history.SHOWN_AS[FaxStatus(fax.status)],
        number=display(fax.number),
        result=result_text(fax.result_code),
        waiting=fax.status == FaxStatus.QUEUED and (fax.attempts_made > 0 or fax.standard_only),
        resendable=fax.status in resending.UNSUCCESSFUL,
        cancelable=fax.status in CANCELABLE,
    )
