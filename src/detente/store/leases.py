"""Leases: one of several processes does a job, and another takes it up when that one is gone.

A lease is a row with its holder and the instant at which it ends; it changes hands by one conditional update, so that
two can never both have taken it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from detente.clock import from_milliseconds, to_milliseconds
from detente.errors import MalformedError
from detente.store.models import Fact

_PREFIX = "lease:"


def take(name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take or renew the lease ``name`` for ``holder``; return whether it holds it.

    A lease is renewed in its second half only, so that holding one costs few writes.
    """
    value = f"{to_milliseconds(now + lasts)} {holder}"
    row = Fact.objects.filter(name=_PREFIX + name).first()
    if row is None:
        try:
            with transaction.atomic():
                Fact.objects.create(name=_PREFIX + name, value=value)
        except IntegrityError:
            return False
        return True
    ends, _, owner = row.value.partition(" ")
    left = _instant(ends) - now
    if owner == holder and lasts / 2 < left <= lasts:
        return True
    if owner != holder and timedelta(0) < left <= lasts:
        return False
    return Fact.objects.filter(name=_PREFIX + name, value=row.value).update(value=value) == 1


def release(name: str, holder: str) -> None:
    """Give the lease back if ``holder`` has it."""
    Fact.objects.filter(name=_PREFIX + name, value__endswith=f" {holder}").delete()


def _instant(text: str) -> datetime:
    try:
        return from_milliseconds(int(text))
    except (ValueError, MalformedError):
        return from_milliseconds(0)
