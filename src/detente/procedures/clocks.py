"""The clocks of a consultation: how long each step is asked to take, and who is reminded meanwhile.

The figures are those of the practice paper, section 7. They are requests under voluntary frameworks: a time that
passed is recorded as passed, and nothing else follows from it by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from detente.clock import truncate
from detente.procedures.calendar import OfficeCalendar, add_working_days

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNDELIVERED_FOR = 30 * DAY
QUARANTINE_FOR = 3 * DAY
PAUSE_AT_MOST = 48 * HOUR
MEETING_REPLY = 48 * HOUR
DORMANT_AFTER = 90 * DAY
REACTION_DAYS = 5
DECLINED_DAYS = 10
REMINDERS = (50, 80, 100)


@dataclass(frozen=True)
class Profile:
    """Times of one urgency: durations, or working days of the addressee where a duration is None."""

    receipt: timedelta
    acknowledge: timedelta | None
    answer: timedelta | None
    interim: timedelta | None = None
    acknowledge_days: int = 0
    answer_days: int = 0
    ladder: tuple[tuple[str, timedelta], ...] = ()


def _ladder(times: int) -> tuple[tuple[str, timedelta], ...]:
    steps = (("alternate", 1), ("other-category", 4), ("authority", 12), ("facilitator-offered", 24))
    return tuple((name, hours * times * HOUR) for name, hours in steps)


PROFILES: dict[str, Profile] = {
    "immediate": Profile(HOUR / 4, 4 * HOUR, 48 * HOUR, 24 * HOUR, ladder=_ladder(1)),
    "priority": Profile(HOUR, 24 * HOUR, 7 * DAY, 72 * HOUR, ladder=_ladder(6)),
    "routine": Profile(DAY, None, None, acknowledge_days=2, answer_days=15),
}


def acknowledge_by(urgency: str, start: datetime, calendar: OfficeCalendar) -> datetime:
    """Return by when an acknowledgement is asked for a statement handed over at ``start``."""
    profile = PROFILES[urgency]
    if profile.acknowledge is not None:
        return start + profile.acknowledge
    return add_working_days(start, profile.acknowledge_days, calendar)


def answer_by(urgency: str, start: datetime, calendar: OfficeCalendar) -> datetime:
    """Return by when an answer in substance is asked for a request handed over at ``start``."""
    profile = PROFILES[urgency]
    if profile.answer is not None:
        return start + profile.answer
    return add_working_days(start, profile.answer_days, calendar)


def ladder(urgency: str, start: datetime, acknowledge: datetime, answer: datetime | None) -> dict[str, datetime]:
    """Return who is told and when, by name: people while nobody acknowledged, then reminders of the answer.

    Where no people are told (routine), reminders of the acknowledgement take their place. Nothing else follows.
    """
    people = PROFILES[urgency].ladder
    steps = {name: start + after for name, after in people}
    if not people:
        steps |= _reminders("acknowledgement-reminder", start, acknowledge)
    if answer is not None:
        steps |= _reminders("reminder", start, answer)
    return steps


def _reminders(name: str, start: datetime, by: datetime) -> dict[str, datetime]:
    return {f"{name}-{percent}": truncate(start + (by - start) * percent / 100) for percent in REMINDERS}
