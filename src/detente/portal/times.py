"""Instants, spans and numbers as a person reads them, in the viewer's language and zone.

Digits are always Western (0-9), in Arabic too: times and references are dictated by telephone between offices,
and one set of digits leaves nothing to convert. A zone is named by its distance from UTC, because names of zones
such as ``Etc/GMT+3`` say the opposite of what they seem to say.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import get_language, ngettext

_DAY_AND_TIME = "EEE d MMM y, HH:mm"
_WITH_SECONDS = "EEE d MMM y, HH:mm:ss"
_MINUS = "\N{MINUS SIGN}"


def active_locale() -> Locale:
    """Return Babel's locale for the language of the page."""
    return Locale.parse((get_language() or "en").replace("-", "_"))


def format_instant(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Return day and time of ``at`` in ``zone``, 24-hour clock, without the zone's name."""
    pattern = _WITH_SECONDS if seconds else _DAY_AND_TIME
    return format_datetime(at, pattern, tzinfo=zone, locale=active_locale())


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
    return format_decimal(value, locale=active_locale(), numbering_system="latn")


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
