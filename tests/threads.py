"""A short way to write down what was said in one thread of Aldermere (opener) towards Bryholt (addressee)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.procedures.calendar import OfficeCalendar
from detente.procedures.consultation import Role, Said
from detente.procedures.reading import permits, read

BRYHOLT = OfficeCalendar("Etc/GMT-4", frozenset({4, 5}))
OPENER, ADDRESSEE = Role.OPENER, Role.ADDRESSEE
SENT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
HANDED_OVER = datetime(2026, 3, 6, 18, 20, 7, tzinfo=UTC)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


class Thread:
    """Statements in the order written; each is recorded at the next index."""

    def __init__(self, urgency="priority", opening="request", **more):
        self.urgency = urgency
        self.said = []
        self.opener(opening, SENT, name="request", **more)

    def opener(self, verb, at, **more):
        """Aldermere says ``verb``."""
        return self._add(verb, OPENER, at, **more)

    def addressee(self, verb, at, **more):
        """Bryholt says ``verb``."""
        return self._add(verb, ADDRESSEE, at, **more)

    def handed_over(self, at=HANDED_OVER, refers_to="request", **more):
        """Bryholt's machine has it."""
        return self._add("handed_over", ADDRESSEE, at, refers_to=refers_to, **more)

    def _add(self, verb, role, at, *, name=None, refers_to=None, context="real", **more):
        if refers_to is None:
            refers_to = "request" if verb in ("acknowledgement", "withdrawal", "quarantined") else ""
        if verb.startswith("callback"):
            refers_to = "request"
        number = len(self.said)
        name = name or f"{number}-{verb}"
        self.said.append(
            Said(name, verb, role, at, number, context, self.urgency, refers_to=refers_to, **more),
        )
        return self

    def at(self, now, calendar=BRYHOLT):
        """Return the reading at ``now``."""
        return read(self.said, calendar, now)

    def may(self, role, now):
        """Return the verbs that ``role`` may say at ``now``."""
        return [permit.verb for permit in permits(self.at(now), role)]


def hours(number):
    """Return that many hours after handing over."""
    return HANDED_OVER + timedelta(hours=number)


def days(number):
    """Return that many days after handing over."""
    return HANDED_OVER + timedelta(days=number)
