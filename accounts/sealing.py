"""Content and private keys at rest: sealed with keys that stand in the environment, not in the database.

Two rings, because two kinds of process need them: everything that touches a mail or a page holds
``CONTENT_SECRETS``, only what decrypts and signs holds ``KEY_SECRETS``. Each is a list of Fernet keys,
newest first (https://github.com/fernet/spec): the first seals, all of them unseal.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression

    BinaryField = models.BinaryField[bytes, bytes]
else:
    BinaryField = models.BinaryField


class Ring(StrEnum):
    """Which setting's keys seal a value."""

    CONTENT = "CONTENT_SECRETS"
    KEYS = "KEY_SECRETS"


def seal(data: bytes, ring: Ring = Ring.CONTENT) -> bytes:
    """Encrypt and authenticate ``data``; the result is a Fernet token."""
    return _fernet(tuple(getattr(settings, ring))).encrypt(data)


def unseal(token: bytes, ring: Ring = Ring.CONTENT) -> bytes:
    """The inverse of ``seal``; raises ``cryptography.fernet.InvalidToken`` for any other input."""
    return _fernet(tuple(getattr(settings, ring))).decrypt(token)


@lru_cache(maxsize=8)
def _fernet(secrets: tuple[str, ...]) -> MultiFernet:
    if not secrets:
        raise ImproperlyConfigured(
            "This process was started without the keys that seal or unseal this value."
        )
    return MultiFernet([Fernet(secret) for secret in secrets])


class SealedField(BinaryField):
    """Bytes that are sealed on their way into the database and unsealed on their way out.

    Empty stays empty: there is nothing to hide, and "nothing there" can be asked in a query.
    """

    def __init__(self, *args: Any, ring: Ring = Ring.CONTENT, **kwargs: Any) -> None:
        self.ring = ring
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"ring": self.ring}

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        sealed = seal(bytes(value), self.ring) if value else b""
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: bytes, expression: Expression, connection: BaseDatabaseWrapper) -> bytes:
        return unseal(bytes(value), self.ring) if value else b""
