"""Rows for statements that Django cannot write: tables and columns are those of the models, asked by name.

A column that is renamed fails at the import, and one that is added is in every statement.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, models
from psycopg import sql


def table_of(model: type[models.Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def column_of(model: type[models.Model], field: str) -> sql.Identifier:
    found = model._meta.get_field(field)
    assert isinstance(found, models.Field)
    return sql.Identifier(str(found.column))


def values_of(instance: models.Model) -> dict[str, Any]:
    """What Django would insert, by column, without the key: its defaults are Python's, the database has none."""
    connection = connections["default"]
    return {
        str(field.column): field.get_db_prep_save(getattr(instance, field.attname), connection)
        for field in instance._meta.concrete_fields
        if not field.primary_key
    }
