"""Who may see a page: everything that a page shows begins at the account of the one who asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import Account, User

Rest = ParamSpec("Rest")
Answer = TypeVar("Answer", bound=HttpResponseBase)


def account_page(
    view: Callable[Concatenate[HttpRequest, Account, Rest], Answer],
) -> Callable[Concatenate[HttpRequest, Rest], Answer | HttpResponse]:
    """Hand the account of the logged-in user to ``view``.

    Nobody logged in: to the login page. An operator, who has no account: 403 and a way to the admin.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Answer | HttpResponse:
        account = request.user.account if isinstance(request.user, User) else None
        if account is None:
            return render(request, "accounts/operator.html", status=403)
        answer = view(request, account, *args, **kwargs)
        # On a shared computer the browser must not show it again after the logout.
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer

    return guarded


def operator_login(request: HttpRequest) -> HttpResponse:
    """The admin's login: operators log in where everybody does, so that wrong passwords are counted.

    Raises ``PermissionDenied`` for people of accounts.
    """
    if not isinstance(request.user, User):
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(wanted)
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")
