"""Rows of the hot path, without the cost of building queries.

Django's ``bulk_create`` builds one long SQL text for each batch, and its query sets cost as much as the query; what
runs for every statement goes through here instead. The same SQL serves SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` into the model's table; every value must be what the database keeps."""
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    places = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})", list(rows))  # noqa: S608, SLF001 - names from our own models


def fetch(sql: str, parameters: Sequence[Any] = (), *, lock: bool = False) -> list[tuple[Any, ...]]:
    """Return the rows of ``sql``; ``lock`` holds them until the transaction ends, where the database locks rows."""
    if lock and connection.features.has_select_for_update:
        sql += " FOR UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return list(cursor.fetchall())


def change(sql: str, parameters: Sequence[Any]) -> int:
    """Run ``sql`` and return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return int(cursor.rowcount)
