"""What a reading of a thread consists of: stage, asked-by times, steps, who is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from detente.procedures.consultation import Role, Stage, is_open


@dataclass(frozen=True, slots=True)
class Deadline:
    """An asked-by time and whether it passed before what it asks for was said.

    Names: ``acknowledgement``, ``interim``, ``answer`` and, after an interim answer, ``next-update``. ``met_at`` is
    when what it asks for was recorded.
    """

    name: str
    by: datetime
    passed: bool
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A change of stage: when, to which, by which verb of whom, with which statement (None: the clock)."""

    at: datetime
    stage: Stage
    verb: str
    role: Role
    statement_id: str | None


@dataclass(frozen=True, slots=True)
class LadderStep:
    """Somebody else who is told: when, and whether that time has come."""

    name: str
    due_at: datetime
    due: bool


@dataclass(frozen=True, slots=True)
class Permit:
    """Something that may be said now, asked by ``until`` where there is an asked-by time."""

    verb: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a thread stands towards one addressee.

    ``awaiting`` names each correction that is not acknowledged yet, and the side that is asked to. ``prior`` is the
    stage that a suspended or dormant thread goes back to. ``request_id`` is the statement that opened the present
    round: what an acknowledgement or an answer is about.
    """

    stage: Stage
    since: datetime
    round: int
    opened_by: str
    request_id: str
    deadlines: tuple[Deadline, ...]
    history: tuple[Step, ...]
    irregular: frozenset[str]
    ladder: tuple[LadderStep, ...]
    flags: frozenset[str]
    awaiting: tuple[tuple[str, Role], ...]
    outcome: str | None
    next_due_at: datetime | None
    handed_over_at: datetime | None
    acknowledged_at: datetime | None
    prior: Stage | None

    @property
    def is_open(self) -> bool:
        """Say whether anything more is expected."""
        return is_open(self.stage)

    @property
    def silence(self) -> str | None:
        """One of four different things (invariant 25), or None: undelivered, silent, declined, suspended."""
        return _SILENCE.get(self.stage)

    @property
    def awaiting_reacknowledgement(self) -> frozenset[str]:
        """The corrections that are not acknowledged yet."""
        return frozenset(statement_id for statement_id, _ in self.awaiting)

    @property
    def answer_asked(self) -> Deadline | None:
        """The earliest asked-by time of an answer that was not recorded yet."""
        asked = [each for each in self.deadlines if each.name != "acknowledgement" and each.met_at is None]
        return min(asked, key=lambda each: each.by, default=None)

    def deadline(self, name: str) -> Deadline | None:
        """Return the deadline called ``name``."""
        return next((each for each in self.deadlines if each.name == name), None)


_SILENCE = {
    Stage.UNDELIVERED: "undelivered",
    Stage.EXPIRED: "undelivered",
    Stage.ACK_TIME_PASSED: "silent",
    Stage.ANSWER_TIME_PASSED: "silent",
    Stage.DECLINED: "declined",
    Stage.SUSPENDED: "suspended",
}
