"""The way to the pages of one list."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import account_page
from accounts.models import Account
from faxsend import lists
from faxsend.models import ContactList

Rest = ParamSpec("Rest")


def list_page(
    view: Callable[Concatenate[HttpRequest, ContactList, Rest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Hand the account's list of the key ``pk`` to ``view``; 404 for one that is another's, gone or just going."""

    @account_page
    @wraps(view)
    def found(
        request: HttpRequest, account: Account, /, pk: int, *args: Rest.args, **kwargs: Rest.kwargs
    ) -> HttpResponse:
        try:
            return view(request, lists.one_list(account, pk), *args, **kwargs)
        except ContactList.DoesNotExist as error:
            raise Http404 from error

    return found


def key(text: str) -> int:
    """The key of an entry as an address has it. Raises ``Http404`` for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)
