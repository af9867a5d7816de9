"""What older keys have sealed, sealed again with the newest: the middle step of a rotation of secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import models, transaction

from accounts.sealing import SealedField


@dataclass(frozen=True, slots=True)
class Resealed:
    """Of one column ``table.column``: how many values were sealed again, how many no key opens."""

    column: str
    done: int
    unreadable: int


def reseal() -> Iterator[Resealed]:
    """Go through every sealed column, value by value, while everything runs; again changes nothing but time.

    A row that is locked (a mail in work) is waited for. A value that no key opens stays as it is.
    """
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield _reseal(model, field)


def _reseal(model: type[models.Model], field: SealedField) -> Resealed:
    filled = model._default_manager.exclude(**{field.name: b""}).order_by("pk")
    done = unreadable = 0
    for pk in filled.values_list("pk", flat=True).iterator(chunk_size=1000):
        try:
            done += _reseal_one(model, field.name, pk)
        except InvalidToken:
            unreadable += 1
    return Resealed(f"{model._meta.db_table}.{field.column}", done, unreadable)


@transaction.atomic
def _reseal_one(model: type[models.Model], name: str, pk: Any) -> int:
    """1, or 0 for a row that is gone by now. What is written is sealed with the newest key."""
    row = model._default_manager.select_for_update().only(name).filter(pk=pk).first()
    if row is None:
        return 0
    row.save(update_fields=[name])
    return 1
