"""What the login library asks this house: sign-up is closed, wrong passwords are counted."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

LOCK_SECONDS = 3600
FAILURES_FROM_ONE_ADDRESS = 3
FAILURES_FROM_ANYWHERE = 30


class AccountAdapter(DefaultAccountAdapter):
    """Three wrong passwords lock a user ID for one hour (user guide); 30 from all client addresses together."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        counts = cache.get_many(_failure_keys(request, credentials))
        if any(counts.get(key, 0) >= limit for key, limit in _failure_keys(request, credentials).items()):
            raise ValidationError(
                _("Too many failed attempts. This user ID is locked for one hour."), code="locked"
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        for key in _failure_keys(request, credentials):
            cache.add(key, 0, LOCK_SECONDS)
            cache.incr(key)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            cache.delete_many(_failure_keys(request, credentials))
        return user


def _failure_keys(request: HttpRequest, credentials: dict[str, Any]) -> dict[str, int]:
    """Cache key -> limit: per user ID and client address, and per user ID alone."""
    user = str(credentials.get("username", "")).casefold().encode().hex()
    client = request.META.get("REMOTE_ADDR", "")
    return {
        f"login-failed:{user}:{client}": FAILURES_FROM_ONE_ADDRESS,
        f"login-failed:{user}": FAILURES_FROM_ANYWHERE,
    }
