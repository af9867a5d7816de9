"""What the login library asks this house: sign-up is closed, wrong passwords are counted."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

LOCK_SECONDS = 3600
FAILURES_FROM_ONE_ADDRESS = 3
FAILURES_FROM_ANYWHERE = 30


class AccountAdapter(DefaultAccountAdapter):
    """Three wrong passwords lock a user ID for one hour (user guide); 30 from all client addresses together."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The user ID or the password is wrong."),
        "locked": _("Too many failed attempts. This user ID is locked for one hour."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Take one of the tries before the password is looked at, so that parallel requests share them.

        Raises ``ValidationError`` (code ``locked``) when there is none left.
        """
        tries = _tries(request, credentials)
        if any(cache.get(key, 0) >= limit for key, limit in tries.items()):
            raise _locked(self)
        if not all(_take(key, limit) for key, limit in tries.items()):
            raise _locked(self)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            from_here, from_anywhere = _tries(request, credentials)
            cache.delete(from_here)
            # Given back, not wiped: what others have tried elsewhere still counts.
            with suppress(ValueError):
                cache.decr(from_anywhere)
        return user


def _tries(request: HttpRequest, credentials: dict[str, Any]) -> dict[str, int]:
    """Cache key -> limit: per user ID and client address, then per user ID alone."""
    user = str(credentials.get("username", "")).casefold().encode().hex()
    client = request.META.get("REMOTE_ADDR", "")
    return {
        f"login-tries:{user}:{client}": FAILURES_FROM_ONE_ADDRESS,
        f"login-tries:{user}": FAILURES_FROM_ANYWHERE,
    }


def _take(key: str, limit: int) -> bool:
    """Count one try; the hour runs from the last one that was allowed."""
    if not cache.add(key, 0, LOCK_SECONDS):
        cache.touch(key, LOCK_SECONDS)
    return cache.incr(key) <= limit


def _locked(adapter: AccountAdapter) -> ValidationError:
    return ValidationError(adapter.error_messages["locked"], code="locked")
