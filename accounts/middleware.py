"""Words and times on the pages are the account's own."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


def account_locale(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Activate the language and the time zone of the logged-in user's account for the request.

    Everybody else gets what ``LocaleMiddleware`` read from ``Accept-Language``, and the site's time zone.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        account = getattr(request.user, "account", None)
        if account is None:
            return get_response(request)
        # Not undone here: LocaleMiddleware sets the language of every request and names it in the answer.
        translation.activate(account.language)
        request.LANGUAGE_CODE = account.language
        with timezone.override(ZoneInfo(account.time_zone)):
            return get_response(request)

    return middleware
