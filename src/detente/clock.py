"""Instants: the only module that reads the wall clock.

An instant is an aware ``datetime`` in UTC with milliseconds. On the wire it is RFC 3339 with exactly three
decimals and ``Z`` (``2026-03-06T18:20:03.000Z``); in ledger entries it is milliseconds since the epoch.
Time zones come from the pinned ``tzdata`` package, never from the machine, so that two nodes compute the
same deadline (design decision A5).
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Protocol

from detente.errors import MalformedError

zoneinfo.reset_tzpath(to=())

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Return the present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, cut to milliseconds."""
        return truncate(datetime.now(UTC))


class SetClock:
    """A clock that stands still until it is told to move: for tests, the simulator and the demo."""

    def __init__(self, at: datetime) -> None:
        self._at = truncate(at)

    def now(self) -> datetime:
        """Return the instant that the clock was set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """Set the clock to ``at``."""
        self._at = truncate(at)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward by ``by``."""
        self._at = truncate(self._at + by)


def truncate(at: datetime) -> datetime:
    """Return ``at`` in UTC, cut to milliseconds."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def render_instant(at: datetime) -> str:
    """Return ``at`` as RFC 3339 in UTC with three decimals."""
    at = truncate(at)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def parse_instant(text: str) -> datetime:
    """Return the instant that ``text`` names; raise ``MalformedError`` unless it has exactly our form."""
    if not _INSTANT.fullmatch(text):
        raise MalformedError("instant-form", f"A time must look like 2026-03-06T18:20:03.000Z, not {text[:40]!r}.")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedError("instant-form", f"There is no such time as {text}.") from error


def to_milliseconds(at: datetime) -> int:
    """Return milliseconds since the epoch."""
    return (at - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the instant ``milliseconds`` after the epoch; raise ``MalformedError`` when out of range."""
    try:
        return _EPOCH + milliseconds * _MILLISECOND
    except OverflowError as error:
        raise MalformedError("instant-range", f"{milliseconds} ms since 1970 is no time that can be shown.") from error


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the time zone called ``name`` in the pinned release; raise ``MalformedError`` for an unknown name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{name[:60]!r} is not a time zone; write one such as Etc/GMT-4."
        raise MalformedError("zone-unknown", message) from error
