"""Faults of the database, said in our own words: what happened, that nothing was half stored, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

from detente.errors import UnavailableError


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn a fault of the database into ``UnavailableError``; the transaction around it has been rolled back."""
    try:
        yield
    except OperationalError as error:
        text = str(error).lower()
        if "full" in text or "no space" in text:
            raise UnavailableError(
                "disk-full", "The disk is full and nothing of this was stored. Make room on it, then send again."
            ) from error
        if "locked" in text or "busy" in text:
            raise UnavailableError(
                "database-busy", "The database is busy and nothing of this was stored. Send again in a minute."
            ) from error
        raise UnavailableError(
            "database-away", "The database does not answer and nothing of this was stored. Send again in a minute."
        ) from error
