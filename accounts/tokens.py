"""Handles for what leaves the house: random, so that nobody counts or guesses; keys stay inside."""

from __future__ import annotations

import secrets


def new_token() -> str:
    """22 characters that may stand in a URL."""
    return secrets.token_urlsafe(16)
