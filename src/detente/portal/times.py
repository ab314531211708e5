"""Instants, spans and numbers as a person reads them, in the viewer's language and zone.

Digits are always Western (0-9), in Arabic too: times and references are dictated by telephone between offices,
and one set of digits leaves nothing to convert. A zone is named by its distance from UTC, because names of zones
such as ``Etc/GMT+3`` say the opposite of what they seem to say.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from babel import Locale
from babel.dates import get_day_names, get_month_names
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

_MINUS = "\N{MINUS SIGN}"


def active_locale() -> Locale:
    """Return Babel's locale for the language of the page."""
    return _locale(get_language() or "en")


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


@lru_cache
def _names(locale: str) -> tuple[dict[int, str], dict[int, str]]:
    """Return short names of days and months; a page shows hundreds of instants, so patterns are not read for each."""
    days, months = (
        dict(names("abbreviated", "format", locale=locale).items()) for names in (get_day_names, get_month_names)
    )
    return days, months


def format_instant(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Return day and time of ``at`` in ``zone``, 24-hour clock, without the zone's name."""
    days, months = _names(str(active_locale()))
    there = at.astimezone(zone)
    time = f"{there:%H:%M:%S}" if seconds else f"{there:%H:%M}"
    comma = gettext(", ")  # each script has its own
    return f"{days[there.weekday()]} {there.day} {months[there.month]} {there.year}{comma}{time}"


def zone_label(at: datetime, zone: tzinfo) -> str:
    """Return how far ``zone`` is from UTC at ``at``: ``UTC``, ``UTC+4``, ``UTC−3:30``."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    if not offset:
        return "UTC"
    sign = "+" if offset > timedelta() else _MINUS
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{sign}{hours}" + (f":{minutes:02d}" if minutes else "")


def viewer_zone() -> tzinfo:
    """Return the zone in which the person at the page reads times (UTC unless one is active)."""
    return timezone.get_current_timezone()


def format_number(value: float) -> str:
    """Return ``value`` grouped as the language of the page does, in Western digits."""
    return _grouped(value, str(active_locale()))


@lru_cache(maxsize=4096)
def _grouped(value: float, locale: str) -> str:
    return format_decimal(value, locale=locale, numbering_system="latn")


def format_span(span: timedelta) -> str:
    """Return a span in its two largest units of days, hours and minutes, rounded down; its sign is dropped."""
    minutes = abs(span) // timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts: list[str] = []
    if days:
        parts.append(ngettext("%(count)d day", "%(count)d days", days) % {"count": days})
    if hours:
        parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
    if minutes or not parts:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes})
    return " ".join(parts[:2])
