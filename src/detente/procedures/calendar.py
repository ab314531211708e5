"""Working days: counted in the addressee's own calendar, ended at the close of its office.

A day counts when it is a working day *there*; the zone is the pinned release's. A holiday declared after a clock
started does not move that clock (decision of the practice paper: never retroactive).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from detente.clock import zone


@dataclass(frozen=True)
class OfficeCalendar:
    """When an office works: zone, weekend (Monday is 0), hours, holidays with the instant each was declared."""

    zone_name: str
    weekend: frozenset[int]
    opens: str = "09:00"
    closes: str = "17:00"
    around_the_clock: bool = False
    holidays: Mapping[date, datetime | None] = field(default_factory=dict)

    def as_of(self, at: datetime) -> OfficeCalendar:
        """Return the calendar as it was known at ``at``: without the holidays declared later."""
        known = {day: declared for day, declared in self.holidays.items() if declared is None or declared <= at}
        return replace(self, holidays=known)

    def is_working_day(self, day: date, as_of: datetime) -> bool:
        """Say whether ``day`` is a working day, as the calendar stood at ``as_of``."""
        if day.weekday() in self.weekend:
            return False
        declared = self.holidays.get(day, _UNDECLARED)
        return declared is _UNDECLARED or (isinstance(declared, datetime) and declared > as_of)

    def close_of(self, day: date) -> datetime:
        """Return the instant at which the office closes on ``day``, in UTC."""
        hour, minute = (int(part) for part in self.closes.split(":"))
        return datetime.combine(day, time(hour, minute), tzinfo=zone(self.zone_name)).astimezone(UTC)

    def is_open(self, at: datetime) -> bool:
        """Say whether the office is staffed at ``at``."""
        if self.around_the_clock:
            return True
        local = at.astimezone(zone(self.zone_name))
        return self.is_working_day(local.date(), at) and self.opens <= f"{local:%H:%M}" < self.closes


_UNDECLARED = object()
EVERY_DAY = OfficeCalendar("UTC", frozenset({5, 6}))
_LONGEST = 3660


def add_working_days(start: datetime, days: int, calendar: OfficeCalendar) -> datetime:
    """Return the close of office of the ``days``-th working day after the local day of ``start``, in UTC.

    ``days`` is 1 or more. The calendar counts as it was known at ``start``. One without enough working days within
    ten years ends there: a deadline always exists.
    """
    day = start.astimezone(zone(calendar.zone_name)).date()
    left = days
    for _ in range(_LONGEST):
        day += timedelta(days=1)
        if calendar.is_working_day(day, start):
            left -= 1
            if left == 0:
                break
    return calendar.close_of(day)
