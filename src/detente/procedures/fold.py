"""The fold behind a reading: statements and the clock move a thread from stage to stage.

A ``Fold`` is mutable while one reading is made and never leaves this floor. Which move leads where stands in the
table of ``consultation``; here stand the clocks that a stage starts, stops and resumes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from detente.procedures.calendar import OfficeCalendar
from detente.procedures.consultation import (
    ANYTHING,
    ASIDE,
    ASKED_BY_A_REQUEST,
    CALLBACK_VERBS,
    EVIDENCE_VERBS,
    SHOWS_RECEIPT,
    TRANSITIONS,
    UNRECEIVED_STAGES,
    Move,
    Role,
    Said,
    Stage,
    is_open,
)
from detente.procedures.schedule import Schedule
from detente.procedures.thread import Reading, Step

_MACHINE = EVIDENCE_VERBS | CALLBACK_VERBS
_OF_A_STATEMENT = frozenset({"acknowledgement", "withdrawal"})
_ANSWERS = frozenset({"answer.interim", "answer.substantive", "decline"})
_CLOCK_OUTCOMES = {"reaction-time": "no-reaction", "declined-time": "declined", "meeting-time": "no-reply"}
_VERB_OUTCOMES = {
    "meeting.refused": "meeting-refused",
    "referral.outside": "moved-elsewhere",
    "withdrawal": "withdrawn",
    "callback.denied": "denied-by-callback",
}


class Fold:
    """What a sequence of statements, in their order, adds up to."""

    def __init__(self, calendar: OfficeCalendar) -> None:
        self.schedule = Schedule(calendar)
        self.stage: Stage | None = None
        self.prior: Stage | None = None
        self.round = 0
        self.history: list[Step] = []
        self.irregular: set[str] = set()
        self.flags: set[str] = set()
        self.corrections: dict[str, Role] = {}
        self.sayers: dict[str, Role] = {}
        self.suspenders: set[Role] = set()
        self.pending: list[Said] = []
        self.outcome: str | None = None
        self.handed_over_at: datetime | None = None
        self.acknowledged_at: datetime | None = None
        self.referred = self.restarted = False
        self.request: Said
        self.context = ""

    def pass_time(self, until: datetime, *, including: bool) -> None:
        """Make every move of the clock that is due before ``until``, or at it when ``including``."""
        while (due := self.schedule.pop_due(until, including=including)) is not None:
            when, verb = due
            self._move(Move(verb, Role.CLOCK), when, None)

    def say(self, said: Said) -> None:
        """Take in one statement."""
        if self.stage is None:
            self._open(said)
            return
        self.sayers[said.statement_id] = said.role
        if said.context != self.context:
            self.irregular.add(said.statement_id)
            self.flags.add("context-mixed")
        elif said.verb in _MACHINE:
            self._evidence(said)
        elif self.stage is Stage.SUSPENDED:
            self._say_suspended(said)
        else:
            self._hear(said)

    def reading(self, now: datetime) -> Reading:
        """Freeze the fold as it stands at ``now``."""
        stage = self.stage
        assert stage is not None  # noqa: S101 - read() asks only when something opened the thread
        deadlines, ladder = self.schedule.deadlines_at(now), self.schedule.ladder_at(now)
        return Reading(
            stage=stage,
            since=self.history[-1].at,
            round=self.round,
            opened_by=self.request.verb,
            request_id=self.request.statement_id,
            deadlines=deadlines,
            history=tuple(self.history),
            irregular=frozenset(self.irregular),
            ladder=ladder,
            flags=frozenset(self.flags | {f"suspended-by-{role}" for role in self.suspenders}),
            awaiting=tuple(self.corrections.items()),
            outcome=self.outcome,
            next_due_at=self.schedule.next_due_at(now),
            handed_over_at=self.handed_over_at,
            acknowledged_at=self.acknowledged_at,
            prior=self.prior if stage in (Stage.SUSPENDED, Stage.DORMANT) else None,
        )

    def _open(self, said: Said) -> None:
        self.sayers[said.statement_id] = said.role
        if said.verb not in ("request", "notification") or said.role is not Role.OPENER:
            self.irregular.add(said.statement_id)
            return
        self.request, self.context, self.round = said, said.context, 1
        self._enter(Stage.IN_TRANSIT, Step(said.at, Stage.IN_TRANSIT, said.verb, said.role, said.statement_id))
        self.schedule.send(said)

    def _evidence(self, said: Said) -> None:
        """Take in what a machine observed, or a callback; evidence about another statement moves nothing."""
        if said.refers_to != self.request.statement_id:
            return
        if said.role is Role.OPENER:
            self.irregular.add(said.statement_id)
        elif self.stage is Stage.SUSPENDED:
            self.pending.append(said)  # counts from the reopening, for all clocks stand still
        elif said.verb == "handed_over.unreadable":
            self.flags.add("unreadable")
        else:
            self._flag_clock(said)
            self._wake(said)
            moved = self._move(Move(said.verb, said.role), said.at, said)
            self._stir(said.at)
            if not moved and said.verb in CALLBACK_VERBS:
                self.irregular.add(said.statement_id)

    def _say_suspended(self, said: Said) -> None:
        if said.verb == "channel.suspended":
            self.suspenders.add(said.role)
        elif said.verb == "channel.open" and said.role in self.suspenders:
            self.suspenders.discard(said.role)
            if not self.suspenders:
                self._move(Move(said.verb, said.role), said.at, said)
        elif said.verb == "withdrawal" and self._is_about_request(said):
            if not self._move(Move(said.verb, said.role), said.at, said):
                self.irregular.add(said.statement_id)
        elif not self._note(said):
            self.irregular.add(said.statement_id)

    def _hear(self, said: Said) -> None:
        """Take in what people say while the channel is open."""
        if said.verb not in ("closure", "withdrawal"):  # these end a dormant thread without waking it
            self._wake(said)
        noted = self._note(said)
        moved = self._is_about_request(said) and not self._is_unasked(said) and self._advance(said)
        if not moved and not noted and not self._is_aside(said):
            self.irregular.add(said.statement_id)
        if moved and said.verb == "channel.suspended":
            self.suspenders.add(said.role)
        self._stir(said.at)

    def _advance(self, said: Said) -> bool:
        """Make the move; a person of the addressee that says anything about it has received it."""
        stage = self.stage
        unreceived = stage in UNRECEIVED_STAGES and said.role is Role.ADDRESSEE and said.verb in SHOWS_RECEIPT
        if unreceived and (stage, Move(said.verb, said.role)) not in TRANSITIONS:
            self._move(Move("handed_over", Role.ADDRESSEE), said.at, said)
        return self._move(Move(said.verb, said.role), said.at, said)

    def _is_about_request(self, said: Said) -> bool:
        """Say whether it concerns the request itself: another statement's acknowledgement moves no stage."""
        return said.verb not in _OF_A_STATEMENT or said.refers_to in ("", self.request.statement_id)

    def _is_unasked(self, said: Said) -> bool:
        """Say whether it has no place here: an answer to a notification, or information without a question."""
        if said.verb == "information" and self.stage is not Stage.INFO_REQUESTED:
            return not said.asks
        return self.request.verb == "notification" and said.verb in ASKED_BY_A_REQUEST

    def _note(self, said: Said) -> bool:
        """Note corrections, and acknowledgements and withdrawals of other statements than the request."""
        if said.verb == "correction":
            if self.sayers.get(said.refers_to, said.role) is not said.role:
                return False  # nobody corrects what another side said
            self.corrections[said.statement_id] = _other(said.role)
            return True
        if said.verb not in _OF_A_STATEMENT or self._is_about_request(said):
            return False
        if said.verb == "withdrawal":
            self.corrections.pop(said.refers_to, None)
            return self.sayers.get(said.refers_to, said.role) is said.role
        if self.corrections.get(said.refers_to) is said.role:
            del self.corrections[said.refers_to]
        return True

    def _is_aside(self, said: Said) -> bool:
        if self.stage is None or not is_open(self.stage) or self.stage is Stage.QUARANTINED:
            return False
        if said.verb == "acknowledgement" and said.role is Role.ADDRESSEE:
            if self.acknowledged_at is None:
                self._acknowledged(said.at)
            return True
        if said.verb.startswith("channel."):
            change = self.flags.add if said.verb == "channel.limited" else self.flags.discard
            change("channel-limited")
        return said.verb in ASIDE

    def _wake(self, said: Said) -> None:
        if self.stage is Stage.DORMANT:
            self._move(Move(ANYTHING, said.role), said.at, said)

    def _stir(self, at: datetime) -> None:
        """Count the days without any event from ``at``."""
        if self.stage is not None and is_open(self.stage) and self.stage not in (Stage.SUSPENDED, Stage.DORMANT):
            self.schedule.rest_from(at)

    def _move(self, move: Move, at: datetime, said: Said | None) -> bool:
        before = self.stage
        assert before is not None  # noqa: S101 - nothing moves before the thread is open
        to = TRANSITIONS.get((before, move))
        if to is None:
            return False
        if to is Stage.PRIOR:
            to = self.prior or Stage.DELIVERED
        self._leave(before, to, at)
        self._enter(to, Step(at, to, move.verb, move.role, said.statement_id if said else None))
        self._follow(before, move, at, said)
        return True

    def _enter(self, stage: Stage, step: Step) -> None:
        self.stage = stage
        self.history.append(step)

    def _leave(self, before: Stage, to: Stage, at: datetime) -> None:
        """Stop what only the stage before had running; a rest keeps it for later."""
        if to in (Stage.SUSPENDED, Stage.DORMANT):
            self.prior = before
            self.schedule.freeze(at, standing=to is Stage.SUSPENDED)
        elif before is Stage.INFO_REQUESTED:
            self.schedule.resume_answer(at)
        if before not in (Stage.SUSPENDED, Stage.DORMANT) and to not in (Stage.SUSPENDED, Stage.DORMANT):
            self.schedule.drop_stage_timers()

    def _follow(self, before: Stage, move: Move, at: datetime, said: Said | None) -> None:
        """Start and stop the clocks as the stage asks."""
        stage = self.stage
        assert stage is not None  # noqa: S101 - a move has just led here
        if before in (Stage.SUSPENDED, Stage.DORMANT) and move.verb in ("channel.open", ANYTHING):
            self._rise(at)
            return
        if move.verb in SHOWS_RECEIPT and self.acknowledged_at is None:
            self._acknowledged(at)
        if move.verb in _ANSWERS and self.schedule.has_passed("answer", at):
            self.flags.add("late-answer")
        if not is_open(stage):
            self.suspenders.clear()
            self.schedule.end(at)
            self.outcome = _outcome(before, move, said)
        elif stage is Stage.DELIVERED:
            self._start(before, at)
        elif stage is Stage.IN_TRANSIT and said is not None:
            self._again(before, said)
        else:
            self._follow_clocks(stage, at, said)
        self.schedule.arm_stage(stage, at, self.request)

    def _follow_clocks(self, stage: Stage, at: datetime, said: Said | None) -> None:
        if stage is Stage.QUARANTINED:
            self.schedule.clear_clocks()
            self.handed_over_at = None
        elif stage is Stage.INFO_REQUESTED:
            self.schedule.pause_answer(at)
        elif stage is Stage.INTERIM and said is not None:
            self.schedule.promise_update(at, said.answer_by)
        elif stage in (Stage.ANSWERED, Stage.DECLINED):
            self.schedule.answered(at)
        elif stage is Stage.REFERRED:
            self._refer(at)

    def _rise(self, at: datetime) -> None:
        """Go on where the thread was: after a suspension with all clocks shifted, after a rest with none."""
        self.schedule.thaw(at)
        self.schedule.rest_from(at)
        pending, self.pending = self.pending, []
        for each in pending:
            self._evidence(replace(each, at=at, claimed_at=None))

    def _start(self, before: Stage, at: datetime) -> None:
        """Start the clocks: when handing over was recorded, never at sending; again after a referral, but once only."""
        if before is Stage.UNDELIVERED:
            self.flags.add("late-delivery")
        self.handed_over_at = at
        if self.referred and self.restarted:
            self.schedule.go_on(at)
        else:
            self.restarted = self.restarted or self.referred
            self.schedule.start(self.request, at)
        self.referred = False

    def _refer(self, at: datetime) -> None:
        self.referred = True
        self.schedule.refer(at, keep=self.restarted)
        if not self.restarted:
            self.handed_over_at = self.acknowledged_at = None

    def _again(self, before: Stage, said: Said) -> None:
        """Ask again: the office that was referred to in the same round, otherwise the next round."""
        self.request, self.outcome = said, None
        if before is not Stage.REFERRED:
            self.round += 1
            self.referred = False
            self.handed_over_at = self.acknowledged_at = None
            self.schedule.clear_clocks()
        self.schedule.send(said)

    def _acknowledged(self, at: datetime) -> None:
        self.acknowledged_at = at
        if self.schedule.acknowledged(at):
            self.flags.add("late-acknowledgement")

    def _flag_clock(self, said: Said) -> None:
        """Mark evidence whose machine's clock is more than five minutes from the ledger's (decision A5)."""
        if said.claimed_at is not None and abs(said.claimed_at - said.at) > _CLOCKS_AGREE:
            self.flags.add("clock-differs")


_CLOCKS_AGREE = timedelta(minutes=5)


def _other(role: Role) -> Role:
    return Role.ADDRESSEE if role is Role.OPENER else Role.OPENER


def _outcome(before: Stage, move: Move, said: Said | None) -> str | None:
    if move.verb == "expiry-time":
        return "no-callback" if before is Stage.QUARANTINED else "undelivered"
    if move.role is Role.CLOCK:
        return _CLOCK_OUTCOMES.get(move.verb)
    if move.verb == "closure" and said is not None:
        return said.refers_to
    return _VERB_OUTCOMES.get(move.verb)
