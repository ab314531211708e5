"""Reading a consultation: where it stands at an instant, and what may be said next.

Pure: the same set of statements and the same instant give the same reading, in whatever order they came and however
often each came. Total: a statement out of turn, or in another context than the thread's, is listed as irregular.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from detente.errors import PolicyError
from detente.procedures.calendar import OfficeCalendar
from detente.procedures.consultation import (
    ANYTHING,
    ASKED_BY_A_REQUEST,
    CALLBACK_VERBS,
    EVIDENCE_VERBS,
    SHOWS_RECEIPT,
    TRANSITIONS,
    UNRECEIVED_STAGES,
    Role,
    Said,
    Stage,
)
from detente.procedures.fold import Fold
from detente.procedures.thread import Deadline, LadderStep, Permit, Reading, Step

__all__ = ["Deadline", "LadderStep", "Permit", "Reading", "Step", "permits", "read"]


def read(said: Iterable[Said], calendar: OfficeCalendar, now: datetime) -> Reading:
    """Return the reading of ``said`` at ``now``; ``calendar`` is the addressee's.

    Statements after ``now`` are left out. Raises ``PolicyError`` when nothing in ``said`` opens a thread.
    """
    unique: dict[str, Said] = {}
    for each in said:
        known = unique.get(each.statement_id)
        if known is None or each.precedence < known.precedence:
            unique[each.statement_id] = each
    fold = Fold(calendar)
    for each in sorted(unique.values(), key=lambda each: each.order):
        if each.at > now:
            break
        fold.pass_time(each.at, including=False)
        fold.say(each)
    if fold.stage is None:
        raise PolicyError("thread-unopened", "Nothing in this thread opens it.")
    fold.pass_time(now, including=True)
    return fold.reading(now)


def permits(reading: Reading, role: Role) -> tuple[Permit, ...]:
    """Return what ``role`` may say now. A notification asks for no answer, so none is offered."""
    stage = reading.stage
    verbs = _moves(stage, role)
    if stage is Stage.SUSPENDED:
        verbs.discard("channel.open" if f"suspended-by-{role}" not in reading.flags else "channel.suspended")
        return _permits(reading, verbs)
    if stage is Stage.DORMANT and reading.prior is not None:
        verbs |= _moves(reading.prior, role)
        stage = reading.prior
    if stage in UNRECEIVED_STAGES and role is Role.ADDRESSEE:
        verbs |= _moves(Stage.DELIVERED, role) & SHOWS_RECEIPT
    if reading.is_open or stage is Stage.CLOSED:
        verbs.add("correction")
    if reading.is_open:
        verbs.add("channel.open" if "channel-limited" in reading.flags else "channel.limited")
        if role is Role.OPENER:
            verbs.add("information")
    if any(asked is role for _, asked in reading.awaiting):
        verbs.add("acknowledgement")
    if reading.opened_by == "notification":
        verbs -= ASKED_BY_A_REQUEST
    return _permits(reading, verbs)


_NOT_SAID = EVIDENCE_VERBS | {ANYTHING}


def _moves(stage: Stage, role: Role) -> set[str]:
    return {
        move.verb
        for (at, move), _ in TRANSITIONS.items()
        if at is stage and move.role is role and move.verb not in _NOT_SAID
    }


def _permits(reading: Reading, verbs: set[str]) -> tuple[Permit, ...]:
    """Give each verb its asked-by time, in the order in which the procedure knows them."""
    acknowledge, answer = reading.deadline("acknowledgement"), reading.deadline("answer")
    found = []
    for verb in _ORDER:
        if verb in verbs:
            asked = acknowledge if verb == "acknowledgement" else answer if verb in _ANSWERS else None
            found.append(Permit(verb, asked.by if asked else None))
    return tuple(found)


_ANSWERS = ("answer.interim", "answer.substantive")
_ORDER = (
    "acknowledgement",
    *_ANSWERS,
    "more_information",
    "decline",
    "referral",
    "referral.outside",
    "information",
    "request",
    "meeting.asked",
    "meeting.accepted",
    "meeting.refused",
    "meeting.held",
    "closure",
    "correction",
    "withdrawal",
    "channel.limited",
    "channel.suspended",
    "channel.open",
    *sorted(CALLBACK_VERBS),
)
