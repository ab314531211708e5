"""Working days: right values, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from detente.procedures.calendar import EVERY_DAY, OfficeCalendar, add_working_days

BRYHOLT = OfficeCalendar("Etc/GMT-4", frozenset({4, 5}))
ALDERMERE = OfficeCalendar("Etc/GMT+3", frozenset({5, 6}))
CENTRAL = OfficeCalendar("CET", frozenset({5, 6}))
HANDED_OVER = datetime(2026, 3, 6, 18, 20, tzinfo=UTC)  # Friday 22:20 in Bryholt


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


RIGHT_VALUES = [
    # Friday night in Bryholt: Friday and Saturday are its weekend, Sunday is the first day, Monday the second.
    ("the issue's example", HANDED_OVER, 2, BRYHOLT, utc(2026, 3, 9, 13)),
    ("the same instant, one day", HANDED_OVER, 1, BRYHOLT, utc(2026, 3, 8, 13)),
    # Friday 15:20 in Aldermere: Monday, Tuesday.
    ("another weekend", HANDED_OVER, 2, ALDERMERE, utc(2026, 3, 10, 20)),
    # 21:00 UTC on Saturday is Sunday 01:00 in Bryholt: the local day is what counts.
    ("the local day", utc(2026, 3, 7, 21), 1, BRYHOLT, utc(2026, 3, 9, 13)),
    # Central Europe turns to summer time on Sunday 29 March 2026: 17:00 is 16:00 UTC before and 15:00 UTC after.
    ("before summer time", utc(2026, 3, 26, 12), 1, CENTRAL, utc(2026, 3, 27, 16)),
    ("across the start of summer time", utc(2026, 3, 27, 12), 1, CENTRAL, utc(2026, 3, 30, 15)),
    ("across the end of summer time", utc(2026, 10, 23, 12), 1, CENTRAL, utc(2026, 10, 26, 16)),
    # 29 February 2028 is a Tuesday; in 2026 the day after Friday 27 February is Monday 2 March.
    ("a leap day is a working day", utc(2028, 2, 28, 12), 1, ALDERMERE, utc(2028, 2, 29, 20)),
    ("after a leap day", utc(2028, 2, 28, 12), 2, ALDERMERE, utc(2028, 3, 1, 20)),
    ("no leap day", utc(2026, 2, 27, 12), 1, ALDERMERE, utc(2026, 3, 2, 20)),
    ("across a year", utc(2026, 12, 31, 12), 1, ALDERMERE, utc(2027, 1, 1, 20)),
    ("fifteen days are three weeks", utc(2026, 3, 2, 12), 15, ALDERMERE, utc(2026, 3, 23, 20)),
]


@pytest.mark.parametrize(
    ("name", "start", "days", "calendar", "by"), RIGHT_VALUES, ids=[row[0] for row in RIGHT_VALUES]
)
def test_working_days_end_at_the_close_of_office_there(name, start, days, calendar, by):
    """A number of working days ends at the close of office of the last one, in the addressee's zone."""
    assert add_working_days(start, days, calendar) == by


def test_a_holiday_known_at_the_start_is_no_working_day():
    """A holiday in the office's entry moves the deadline by a day."""
    calendar = OfficeCalendar("Etc/GMT-4", frozenset({4, 5}), holidays={date(2026, 3, 8): None})
    assert add_working_days(HANDED_OVER, 2, calendar) == utc(2026, 3, 10, 13)


def test_a_holiday_declared_before_the_start_counts():
    """A holiday declared later than the entry, yet before the clock started, moves the deadline."""
    holidays = {date(2026, 3, 8): HANDED_OVER - timedelta(milliseconds=1)}
    calendar = OfficeCalendar("Etc/GMT-4", frozenset({4, 5}), holidays=holidays)
    assert add_working_days(HANDED_OVER, 2, calendar) == utc(2026, 3, 10, 13)


def test_a_holiday_declared_after_the_start_is_not_retroactive():
    """A holiday declared after the clock started leaves that clock alone, and moves those that start later."""
    holidays = {date(2026, 3, 8): HANDED_OVER + timedelta(milliseconds=1)}
    calendar = OfficeCalendar("Etc/GMT-4", frozenset({4, 5}), holidays=holidays)
    assert add_working_days(HANDED_OVER, 2, calendar) == utc(2026, 3, 9, 13)
    assert add_working_days(HANDED_OVER + timedelta(hours=1), 2, calendar) == utc(2026, 3, 10, 13)


def test_as_of_forgets_what_was_declared_later():
    """A calendar as of an instant holds the holidays known then, and no others."""
    known, later = date(2026, 3, 8), date(2026, 3, 9)
    calendar = OfficeCalendar("UTC", frozenset({5, 6}), holidays={known: None, later: HANDED_OVER})
    assert set(calendar.as_of(HANDED_OVER - timedelta(seconds=1)).holidays) == {known}
    assert set(calendar.as_of(HANDED_OVER).holidays) == {known, later}


def test_a_calendar_of_holidays_still_has_an_end():
    """An office that declares every day a holiday does not make a deadline endless."""
    days = {date(2026, 3, 6) + timedelta(days=number): None for number in range(4000)}
    calendar = OfficeCalendar("UTC", frozenset(), holidays=days)
    assert add_working_days(HANDED_OVER, 2, calendar) == utc(2036, 3, 13, 17)


@pytest.mark.parametrize(
    ("at", "calendar", "is_open"),
    [
        (utc(2026, 3, 8, 5), BRYHOLT, True),
        (utc(2026, 3, 8, 4, 59), BRYHOLT, False),
        (utc(2026, 3, 8, 13), BRYHOLT, False),
        (HANDED_OVER, BRYHOLT, False),
        (HANDED_OVER, OfficeCalendar("Etc/GMT-4", frozenset({4, 5}), around_the_clock=True), True),
        (utc(2026, 3, 7, 12), EVERY_DAY, False),
    ],
)
def test_an_office_is_open_in_its_own_hours(at, calendar, is_open):
    """An office is staffed in its local hours on its working days, or always."""
    assert calendar.is_open(at) is is_open
