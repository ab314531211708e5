"""Reading a consultation: the stage, deadlines and history that a set of statements gives at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from detente.errors import PolicyError
from detente.procedures import clocks
from detente.procedures.calendar import OfficeCalendar, add_working_days
from detente.procedures.consultation import (
    ASIDE,
    EVIDENCE_VERBS,
    OPEN_STAGES,
    SHOWS_RECEIPT,
    TRANSITIONS,
    Move,
    Role,
    Said,
    Stage,
)


@dataclass(frozen=True)
class Deadline:
    """An asked-by time and whether it passed before what it asks for was said."""

    name: str
    by: datetime
    passed: bool


@dataclass(frozen=True)
class Step:
    """A change of stage: when, to which, by which verb of whom, with which statement (None: the clock)."""

    at: datetime
    stage: Stage
    verb: str
    role: Role
    statement_id: str | None


@dataclass(frozen=True)
class LadderStep:
    """Somebody else who is told: when, and whether that time has come."""

    name: str
    due_at: datetime
    due: bool


@dataclass(frozen=True)
class Permit:
    """Something that may be said now, asked by ``until`` where there is an asked-by time."""

    verb: str
    until: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """Where a thread stands towards one addressee."""

    stage: Stage
    since: datetime
    round: int
    deadlines: tuple[Deadline, ...]
    history: tuple[Step, ...]
    irregular: frozenset[str]
    ladder: tuple[LadderStep, ...]
    flags: frozenset[str]
    awaiting_reacknowledgement: frozenset[str]
    outcome: str | None
    next_due_at: datetime | None
    handed_over_at: datetime | None
    acknowledged_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Say whether anything more is expected."""
        return self.stage in OPEN_STAGES

    @property
    def silence(self) -> str | None:
        """One of four different things (invariant 25), or None: undelivered, silent, declined, suspended."""
        return _SILENCE.get(self.stage)

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
_CLOCK_OUTCOMES = {"reaction-time": "no-reaction", "declined-time": "declined", "meeting-time": "no-reply"}
_VERB_OUTCOMES = {"meeting.refused": "meeting-refused", "referral.outside": "moved-elsewhere"}


def read(said: Iterable[Said], calendar: OfficeCalendar, now: datetime) -> Reading:
    """Return the reading of ``said`` at ``now``; raise ``PolicyError`` when contexts are mixed or nothing opens.

    Statements after ``now`` are left out; duplicates count once.
    """
    unique = {each.statement_id: each for each in said}
    if len({each.context for each in unique.values()}) > 1:
        raise PolicyError("context-mixed", "A thread is real, a test or an exercise; it cannot be two of them.")
    ordered = sorted(
        unique.values(), key=lambda each: (each.at, each.index is None, each.index or 0, each.statement_id)
    )
    state = _State(calendar)
    for each in ordered:
        if each.at <= now:
            state.fire_until(each.at)
            state.say(each)
    if state.stage is None:
        raise PolicyError("thread-unopened", "Nothing in this thread opens it.")
    state.fire_until(now)
    return state.reading(now)


def permits(reading: Reading, role: Role, opened_by: str = "request") -> tuple[Permit, ...]:
    """Return what ``role`` may say now. A notification asks for no answer, so none is offered."""
    found: dict[str, Permit] = {}
    acknowledge, answer = reading.deadline("acknowledgement"), reading.deadline("answer")
    for stage, move in TRANSITIONS:
        if stage is not reading.stage or move.role is not role or move.verb in EVIDENCE_VERBS:
            continue
        asked = acknowledge if move.verb == "acknowledgement" else answer if move.verb.startswith("answer") else None
        found[move.verb] = Permit(move.verb, asked.by if asked else None)
    if reading.is_open and reading.stage is not Stage.SUSPENDED:
        found["correction"] = Permit("correction")
        if role is Role.OPENER:
            found.setdefault("information", Permit("information"))
        if reading.awaiting_reacknowledgement:
            found.setdefault("acknowledgement", Permit("acknowledgement"))
    if opened_by == "notification":
        for verb in [verb for verb in found if verb.startswith(("answer", "decline", "meeting", "request"))]:
            del found[verb]
    return tuple(found.values())


@dataclass
class _State:
    """The fold: mutable while a reading is made, never seen outside."""

    calendar: OfficeCalendar
    stage: Stage | None = None
    since: datetime | None = None
    round: int = 0
    timers: dict[str, datetime] = field(default_factory=dict)
    deadlines: dict[str, datetime] = field(default_factory=dict)
    met: dict[str, datetime] = field(default_factory=dict)
    history: list[Step] = field(default_factory=list)
    irregular: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    corrections: dict[str, Role] = field(default_factory=dict)
    prior: Stage | None = None
    paused_at: datetime | None = None
    request: Said | None = None
    handed_over_at: datetime | None = None
    acknowledged_at: datetime | None = None
    outcome: str | None = None
    restarted: bool = False
    last_at: datetime | None = None

    def fire_until(self, at: datetime) -> None:
        """Make every move of the clock that is due by ``at``, in order."""
        while due := min(((when, verb) for verb, when in self.timers.items() if when <= at), default=None):
            when, verb = due
            del self.timers[verb]
            self._move(Move(verb, Role.CLOCK), when, None)

    def say(self, said: Said) -> None:
        """Take in one statement."""
        if self.stage is None:
            if said.verb in ("request", "notification") and said.role is Role.OPENER:
                self._open(said)
            else:
                self.irregular.add(said.statement_id)
            return
        if said.verb == "handed_over" and (self.request is None or said.refers_to != self.request.statement_id):
            return
        if self.stage is Stage.DORMANT and said.verb not in ("closure", "withdrawal") and self.prior is not None:
            self._enter(self.prior, said.at, Step(said.at, self.prior, "woken", said.role, said.statement_id))
        self._note(said)
        moved = self._is_about_thread(said) and self._move(Move(said.verb, said.role), said.at, said)
        if not moved and not self._is_aside(said):
            self.irregular.add(said.statement_id)
        if self.stage in OPEN_STAGES and self.stage not in (Stage.SUSPENDED, Stage.DORMANT):
            self.timers["rest-time"] = said.at + clocks.DORMANT_AFTER

    def _open(self, said: Said) -> None:
        self.stage, self.since, self.request = Stage.IN_TRANSIT, said.at, said
        self.round = 1
        self.history.append(Step(said.at, Stage.IN_TRANSIT, said.verb, said.role, said.statement_id))
        self.timers["receipt-time"] = said.at + clocks.PROFILES[said.urgency].receipt
        self.timers["rest-time"] = said.at + clocks.DORMANT_AFTER

    def _note(self, said: Said) -> None:
        if said.verb == "correction":
            self.corrections[said.statement_id] = said.role
        if said.verb == "acknowledgement" and self.corrections.get(said.refers_to) not in (None, said.role):
            del self.corrections[said.refers_to]

    def _is_about_thread(self, said: Said) -> bool:
        """Say whether it concerns the thread; a withdrawal or acknowledgement of another statement moves no stage."""
        assert self.request is not None  # noqa: S101 - a stage exists, so a request opened it
        if said.verb in ("withdrawal", "acknowledgement"):
            return said.refers_to in ("", self.request.statement_id)
        return True

    def _is_aside(self, said: Said) -> bool:
        other = said.verb in ("withdrawal", "acknowledgement") and not self._is_about_thread(said)
        repeated = said.verb == "acknowledgement" and self.acknowledged_at is not None
        return other or repeated or (said.verb in ASIDE and self.stage in OPEN_STAGES)

    def _move(self, move: Move, at: datetime, said: Said | None) -> bool:
        assert self.stage is not None  # noqa: S101
        to = TRANSITIONS.get((self.stage, move))
        if to is None:
            return False
        if to is Stage.PRIOR:
            to = self.prior or Stage.DELIVERED
        step = Step(at, to, move.verb, move.role, said.statement_id if said else None)
        before = self.stage
        self._leave(before, at)
        self._enter(to, at, step)
        self._follow(before, move, at, said)
        return True

    def _leave(self, stage: Stage, at: datetime) -> None:
        """Resume the clocks that the stage had stopped; drop the timers that only it had."""
        if self.paused_at is not None and stage in (Stage.INFO_REQUESTED, Stage.SUSPENDED):
            pause = at - self.paused_at
            if stage is Stage.INFO_REQUESTED:
                pause = min(pause, clocks.PAUSE_AT_MOST)
            self._shift(pause)
            self.paused_at = None
        for verb in ("receipt-time", "expiry-time", "pause-time", "reaction-time", "declined-time", "meeting-time"):
            if stage is not Stage.SUSPENDED:
                self.timers.pop(verb, None)

    def _shift(self, by: timedelta) -> None:
        for name in ("acknowledgement", "answer"):
            if name in self.deadlines and name not in self.met:
                self.deadlines[name] += by
                self._arm(name)

    def _arm(self, name: str) -> None:
        self.timers[f"{name}-time"] = self.deadlines[name]

    def _enter(self, stage: Stage, at: datetime, step: Step) -> None:
        if stage in (Stage.SUSPENDED, Stage.DORMANT):
            self.prior = self.stage
        self.stage, self.since = stage, at
        self.history.append(step)

    def _follow(self, before: Stage, move: Move, at: datetime, said: Said | None) -> None:
        """Start and stop the clocks that a stage brings."""
        stage = self.stage
        if move.verb in SHOWS_RECEIPT and self.acknowledged_at is None:
            self._acknowledged(at, late=before is Stage.ACK_TIME_PASSED)
        if stage is Stage.DELIVERED and move.verb in ("handed_over", "callback.confirmed"):
            self._start(before, at)
        elif stage is Stage.ACKNOWLEDGED and before in (Stage.IN_TRANSIT, Stage.UNDELIVERED):
            self._start(before, at)
            self.timers.pop("acknowledgement-time", None)
        elif stage is Stage.IN_TRANSIT and said is not None:
            self._again(said)
        elif stage in (Stage.INFO_REQUESTED, Stage.SUSPENDED):
            self._pause(at)
        elif stage is Stage.INTERIM and said is not None and said.answer_by is not None:
            self.deadlines["answer"] = max(self.deadlines.get("answer", said.answer_by), said.answer_by)
            self._arm("answer")
        self._arm_stage(at)
        if stage not in OPEN_STAGES:
            self.timers.clear()
            self.outcome = _outcome(move, said)
        elif stage in (Stage.ANSWERED, Stage.DECLINED, Stage.REFERRED):
            self.met.setdefault("answer", at)
            self.timers.pop("answer-time", None)
            self.timers.pop("acknowledgement-time", None)

    def _acknowledged(self, at: datetime, *, late: bool) -> None:
        self.acknowledged_at = at
        self.met["acknowledgement"] = at
        self.timers.pop("acknowledgement-time", None)
        if late:
            self.flags.add("late-acknowledgement")

    def _start(self, before: Stage, at: datetime) -> None:
        """Start both clocks: at registration of the handing-over evidence, never at sending."""
        assert self.request is not None  # noqa: S101
        if before is Stage.UNDELIVERED:
            self.flags.add("late-delivery")
        if before is Stage.REFERRED:
            if self.restarted:
                return
            self.restarted = True
        request = self.request
        self.handed_over_at = at
        self.deadlines["acknowledgement"] = request.ack_by or clocks.acknowledge_by(request.urgency, at, self.calendar)
        if self.acknowledged_at is None:
            self._arm("acknowledgement")
        if request.verb == "request":
            self.deadlines["answer"] = request.answer_by or clocks.answer_by(request.urgency, at, self.calendar)
            self._arm("answer")

    def _again(self, said: Said) -> None:
        """Begin a new round: the thread opens again with a further question."""
        self.round += 1
        self.request, self.outcome = said, None
        self.acknowledged_at = self.handed_over_at = None
        self.deadlines.clear()
        self.met.clear()
        self.timers["receipt-time"] = said.at + clocks.PROFILES[said.urgency].receipt

    def _pause(self, at: datetime) -> None:
        self.paused_at = at
        for verb in ("acknowledgement-time", "answer-time", "rest-time"):
            self.timers.pop(verb, None)

    def _arm_stage(self, at: datetime) -> None:
        assert self.request is not None  # noqa: S101
        if self.stage is Stage.UNDELIVERED:
            self.timers["expiry-time"] = self.request.at + clocks.UNDELIVERED_FOR
        elif self.stage is Stage.QUARANTINED:
            self.timers["expiry-time"] = at + clocks.QUARANTINE_FOR
        elif self.stage is Stage.INFO_REQUESTED:
            self.timers["pause-time"] = at + clocks.PAUSE_AT_MOST
        elif self.stage is Stage.ANSWERED:
            self.timers["reaction-time"] = add_working_days(at, clocks.REACTION_DAYS, self.calendar)
        elif self.stage is Stage.DECLINED:
            self.timers["declined-time"] = add_working_days(at, clocks.DECLINED_DAYS, self.calendar)
        elif self.stage is Stage.MEETING_REQUESTED:
            self.timers["meeting-time"] = at + clocks.MEETING_REPLY
        elif self.stage is Stage.MEETING_AGREED:
            self.timers.pop("answer-time", None)

    def reading(self, now: datetime) -> Reading:
        """Freeze the fold."""
        assert self.stage is not None  # noqa: S101
        assert self.since is not None  # noqa: S101
        deadlines = tuple(
            Deadline(name, by, self.met.get(name, now) > by if name in self.met else now >= by)
            for name, by in self.deadlines.items()
        )
        ladder = self._ladder(now)
        upcoming = [*self.timers.values(), *(step.due_at for step in ladder if not step.due)]
        return Reading(
            stage=self.stage,
            since=self.since,
            round=self.round,
            deadlines=deadlines,
            history=tuple(self.history),
            irregular=frozenset(self.irregular),
            ladder=ladder,
            flags=frozenset(self.flags),
            awaiting_reacknowledgement=frozenset(self.corrections),
            outcome=self.outcome,
            next_due_at=min(upcoming, default=None),
            handed_over_at=self.handed_over_at,
            acknowledged_at=self.acknowledged_at,
        )

    def _ladder(self, now: datetime) -> tuple[LadderStep, ...]:
        """Who is told while nobody acknowledged, then the reminders of the answer; nothing else follows."""
        if self.request is None or self.handed_over_at is None or self.paused_at is not None:
            return ()
        start, until = self.handed_over_at, self.acknowledged_at
        steps = [
            LadderStep(name, start + after, start + after <= now)
            for name, after in clocks.PROFILES[self.request.urgency].ladder
            if until is None or start + after <= until
        ]
        answer = self.deadlines.get("answer")
        if answer is not None:
            answered = self.met.get("answer")
            for percent in clocks.REMINDERS:
                due_at = start + (answer - start) * percent / 100
                if answered is None or due_at <= answered:
                    steps.append(LadderStep(f"reminder-{percent}", due_at, due_at <= now))
        return tuple(sorted(steps, key=lambda step: (step.due_at, step.name)))


def _outcome(move: Move, said: Said | None) -> str | None:
    if move.role is Role.CLOCK:
        return _CLOCK_OUTCOMES.get(move.verb)
    if move.verb == "closure" and said is not None:
        return said.refers_to
    return _VERB_OUTCOMES.get(move.verb)
