"""Times on the pages are the account's own."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def account_time_zone(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Activate the time zone of the logged-in user's account for the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        account = getattr(request.user, "account", None)
        if account is None:
            return get_response(request)
        with timezone.override(ZoneInfo(account.time_zone)):
            return get_response(request)

    return middleware
