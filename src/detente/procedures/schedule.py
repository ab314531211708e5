"""The running clocks of one thread: timers, asked-by times and the ladder, with their pauses.

It knows durations and nothing of who said what: ``fold`` tells it what happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from detente.procedures import clocks
from detente.procedures.calendar import OfficeCalendar, add_working_days
from detente.procedures.consultation import Said, Stage
from detente.procedures.thread import Deadline, LadderStep

_ZERO = timedelta(0)
_STAGE_TIMERS = ("receipt-time", "expiry-time", "pause-time", "reaction-time", "declined-time", "meeting-time")


class Schedule:
    """Timers by the verb that the clock will say, asked-by times by name, ladder steps by name."""

    def __init__(self, calendar: OfficeCalendar) -> None:
        self.calendar = calendar
        self.timers: dict[str, datetime] = {}
        self.deadlines: dict[str, datetime] = {}
        self.met: dict[str, datetime] = {}
        self.ladder: dict[str, datetime] = {}
        self.standing_at: datetime | None = None
        self.frozen: dict[str, datetime] = {}
        self.stopped_at: datetime | None = None
        self.paused_at: datetime | None = None
        self.paused_for = _ZERO

    def pop_due(self, until: datetime, *, including: bool) -> tuple[datetime, str] | None:
        """Take out and return the earliest timer due before ``until`` (or at it), or None."""
        if not self.timers:
            return None
        when, verb = min((when, verb) for verb, when in self.timers.items())
        if when > until or (when == until and not including):
            return None
        del self.timers[verb]
        return when, verb

    def deadlines_at(self, now: datetime) -> tuple[Deadline, ...]:
        """Return the asked-by times; one that stands still has not passed."""
        at = self._standing(now)
        found = []
        for name, by in self.deadlines.items():
            met = self.met.get(name)
            still = self.paused_at if self.paused_at and name != "acknowledgement" else at
            found.append(Deadline(name, by, met > by if met else min(still, at) >= by, met))
        return tuple(found)

    def ladder_at(self, now: datetime) -> tuple[LadderStep, ...]:
        """Return who is told and when, in order of time."""
        at = min(self._standing(now), self.paused_at or now)
        steps = sorted((due_at, name) for name, due_at in self.ladder.items())
        return tuple(LadderStep(name, due_at, due_at <= at) for due_at, name in steps)

    def next_due_at(self, now: datetime) -> datetime | None:
        """Return when something will happen by itself, or None."""
        if self.standing_at is not None:
            return None
        ladder = () if self.paused_at else (due_at for due_at in self.ladder.values() if due_at > now)
        return min([*self.timers.values(), *ladder], default=None)

    def has_passed(self, name: str, at: datetime) -> bool:
        """Say whether the asked-by time called ``name`` had passed at ``at`` without what it asks for."""
        return name in self.deadlines and name not in self.met and at > self.deadlines[name]

    def send(self, request: Said) -> None:
        """Start the receipt timer, the only one that starts at sending."""
        self.stopped_at = None
        self.timers["receipt-time"] = request.at + clocks.PROFILES[request.urgency].receipt
        self.timers["rest-time"] = request.at + clocks.DORMANT_AFTER

    def start(self, request: Said, at: datetime) -> None:
        """Start the acknowledgement and answer clocks at ``at``, with the ladder.

        An asked-by time of the request's header counts instead of the profile's, unless it had passed before the
        request was handed over at all.
        """
        profile = clocks.PROFILES[request.urgency]
        self.clear_clocks()
        asked = request.ack_by if request.ack_by and request.ack_by > at else None
        self.deadlines["acknowledgement"] = asked or clocks.acknowledge_by(request.urgency, at, self.calendar)
        self.timers["acknowledgement-time"] = self.deadlines["acknowledgement"]
        if request.verb == "request":
            if profile.interim is not None:
                self.deadlines["interim"] = at + profile.interim
            asked = request.answer_by if request.answer_by and request.answer_by > at else None
            self.deadlines["answer"] = asked or clocks.answer_by(request.urgency, at, self.calendar)
            self.timers["answer-time"] = self.deadlines["answer"]
        self.ladder = clocks.ladder(
            request.urgency, at, self.deadlines["acknowledgement"], self.deadlines.get("answer")
        )

    def clear_clocks(self) -> None:
        """Forget the clocks of the round."""
        self.deadlines, self.met, self.ladder = {}, {}, {}
        self.paused_at, self.paused_for = None, _ZERO
        for name in ("acknowledgement-time", "answer-time"):
            self.timers.pop(name, None)

    def acknowledged(self, at: datetime) -> bool:
        """Stop the acknowledgement clock and the people's ladder; say whether its time had passed."""
        late = self.has_passed("acknowledgement", at)
        self.met.setdefault("acknowledgement", at)
        self.timers.pop("acknowledgement-time", None)
        self.ladder = {
            name: due_at for name, due_at in self.ladder.items() if due_at <= at or name.startswith("reminder-")
        }
        return late

    def answered(self, at: datetime) -> None:
        """Stop the answer clock."""
        for name in ("interim", "answer", "next-update"):
            self.met.setdefault(name, at)
        self._stop(at)

    def promise_update(self, at: datetime, by: datetime | None) -> None:
        """Note an interim answer and its promise; the answer's own time stays, and passes again only after both."""
        self.met.setdefault("interim", at)
        self.met.pop("next-update", None)
        if by is not None:
            self.deadlines["next-update"] = by
        answer = self.deadlines.get("answer")
        if answer is not None:
            self.timers["answer-time"] = answer if answer > at else max(at, by or at)

    def refer(self, at: datetime, *, keep: bool) -> None:
        """Stop the clocks until another office has it; ``keep`` them for going on."""
        if keep:
            self._stop(at)
        else:
            self.clear_clocks()

    def go_on(self, at: datetime) -> None:
        """Run the clocks again that a second referral had stopped: their times stay as they were."""
        for name in ("acknowledgement", "answer"):
            if name in self.deadlines and name not in self.met:
                self.timers[f"{name}-time"] = max(self.deadlines[name], at)

    def pause_answer(self, at: datetime) -> None:
        """Stop the answer clock while more is asked, at most 48 hours in all in one round."""
        self.paused_at = at
        self.timers.pop("answer-time", None)

    def resume_answer(self, at: datetime) -> None:
        """Let the answer clock go on, later by the pause."""
        if self.paused_at is None:
            return
        pause = at - self.paused_at
        self.paused_for += pause
        self._shift(self.paused_at, pause, ("interim", "answer"))
        if "answer" in self.deadlines:
            self.timers["answer-time"] = max(self.deadlines["answer"], at)
        self.paused_at = None

    def freeze(self, at: datetime, *, standing: bool) -> None:
        """Put every timer aside; the asked-by times stand still as well when ``standing``."""
        self.standing_at = at if standing else None
        self.frozen, self.timers = self.timers, {}

    def thaw(self, at: datetime) -> None:
        """Let the timers go on, later by the time that they stood still."""
        since, stood = self.standing_at, _ZERO
        if since is not None:
            stood = at - since
            self._shift(since, stood, ("acknowledgement", "interim", "answer", "next-update"))
            self.paused_at = self.paused_at + stood if self.paused_at else None
        self.timers = {verb: max(when + stood, at) for verb, when in self.frozen.items()}
        self.standing_at, self.frozen = None, {}

    def rest_from(self, at: datetime) -> None:
        """Start the 90 days without any event again."""
        self.timers["rest-time"] = at + clocks.DORMANT_AFTER

    def end(self, at: datetime) -> None:
        """Stop everything."""
        self._stop(at)
        self.timers.clear()
        self.frozen, self.standing_at, self.paused_at, self.stopped_at = {}, None, None, at

    def drop_stage_timers(self) -> None:
        """Drop the timers that belong to one stage alone."""
        for name in _STAGE_TIMERS:
            self.timers.pop(name, None)

    def arm_stage(self, stage: Stage, at: datetime, request: Said) -> None:
        """Start the timer that belongs to ``stage`` alone."""
        if stage is Stage.UNDELIVERED:
            self.timers["expiry-time"] = request.at + clocks.UNDELIVERED_FOR
        elif stage is Stage.QUARANTINED:
            self.timers["expiry-time"] = at + clocks.QUARANTINE_FOR
        elif stage is Stage.INFO_REQUESTED:
            self.timers["pause-time"] = at + max(clocks.PAUSE_AT_MOST - self.paused_for, _ZERO)
        elif stage is Stage.ANSWERED:
            self.timers["reaction-time"] = add_working_days(at, clocks.REACTION_DAYS, self.calendar)
        elif stage is Stage.DECLINED:
            self.timers["declined-time"] = add_working_days(at, clocks.DECLINED_DAYS, self.calendar)
        elif stage is Stage.MEETING_REQUESTED:
            self.timers["meeting-time"] = at + clocks.MEETING_REPLY

    def _standing(self, now: datetime) -> datetime:
        """Return the instant at which the clocks stand."""
        return min(at for at in (now, self.standing_at, self.stopped_at) if at is not None)

    def _stop(self, at: datetime) -> None:
        for name in ("acknowledgement-time", "answer-time"):
            self.timers.pop(name, None)
        self.ladder = {name: due_at for name, due_at in self.ladder.items() if due_at <= at}

    def _shift(self, since: datetime, by: timedelta, names: tuple[str, ...]) -> None:
        for name in names:
            if name in self.deadlines and name not in self.met and self.deadlines[name] > since:
                self.deadlines[name] += by
        self.ladder = {name: due_at + by if due_at > since else due_at for name, due_at in self.ladder.items()}
