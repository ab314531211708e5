"""The consultation: what may be said next, by whom, until when.

The stage of a thread is a pure function of the set of its verified statements and an instant: both sides compute
the same stage, in whatever order statements arrived. A statement out of turn is kept and listed as irregular; it
is never refused on reading. Deadlines are moves that the clock makes. There is one reading for each thread and
addressee. The table is drawn from itself in ``docs/procedures/consultation.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from detente.clock import from_milliseconds, parse_instant, to_milliseconds
from detente.statements.statement import Statement


class Stage(StrEnum):
    """Where a thread stands towards one addressee."""

    IN_TRANSIT = "in-transit"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    QUARANTINED = "quarantined"
    REJECTED_FORGED = "rejected-forged"
    DELIVERED = "delivered"
    ACK_TIME_PASSED = "acknowledgement-time-passed"
    ACKNOWLEDGED = "acknowledged"
    INFO_REQUESTED = "information-requested"
    INTERIM = "interim-answered"
    ANSWERED = "answered"
    ANSWER_TIME_PASSED = "answer-time-passed"
    DECLINED = "declined"
    REFERRED = "referred"
    MEETING_REQUESTED = "meeting-requested"
    MEETING_AGREED = "meeting-agreed"
    MEETING_HELD = "meeting-held"
    SUSPENDED = "suspended"
    DORMANT = "dormant"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    PRIOR = "prior stage"


class Role(StrEnum):
    """Who moves."""

    OPENER = "opener"
    ADDRESSEE = "addressee"
    CLOCK = "clock"


class Move(NamedTuple):
    """One thing that happens: a verb, and whose."""

    verb: str
    role: Role


_S, _O, _A, _C = Stage, Role.OPENER, Role.ADDRESSEE, Role.CLOCK
_ANSWERABLE = (
    Stage.DELIVERED,
    Stage.ACK_TIME_PASSED,
    Stage.ACKNOWLEDGED,
    Stage.INTERIM,
    Stage.ANSWER_TIME_PASSED,
)
OPEN_STAGES = frozenset(Stage) - {
    Stage.EXPIRED,
    Stage.REJECTED_FORGED,
    Stage.WITHDRAWN,
    Stage.CLOSED,
    Stage.PRIOR,
}
_RESTING = frozenset({Stage.SUSPENDED, Stage.DORMANT})
_QUARANTINE = frozenset({Stage.QUARANTINED})


def _table() -> dict[tuple[Stage, Move], Stage]:
    table: dict[tuple[Stage, Move], Stage] = {}

    def add(stages: Iterable[Stage], verb: str, role: Role, to: Stage) -> None:
        for stage in stages:
            table[stage, Move(verb, role)] = to

    add([_S.IN_TRANSIT, _S.UNDELIVERED, _S.REFERRED], "handed_over", _A, _S.DELIVERED)
    add([_S.IN_TRANSIT, _S.UNDELIVERED], "quarantined", _A, _S.QUARANTINED)
    add([_S.IN_TRANSIT], "receipt-time", _C, _S.UNDELIVERED)
    add([_S.UNDELIVERED, _S.QUARANTINED], "expiry-time", _C, _S.EXPIRED)
    add([_S.QUARANTINED], "callback.confirmed", _A, _S.DELIVERED)
    add([_S.QUARANTINED], "callback.denied", _A, _S.REJECTED_FORGED)
    add([_S.IN_TRANSIT, _S.UNDELIVERED, _S.DELIVERED, _S.ACK_TIME_PASSED], "acknowledgement", _A, _S.ACKNOWLEDGED)
    add([_S.DELIVERED], "acknowledgement-time", _C, _S.ACK_TIME_PASSED)
    add([_S.ACK_TIME_PASSED, _S.ACKNOWLEDGED, _S.INTERIM], "answer-time", _C, _S.ANSWER_TIME_PASSED)
    add([_S.DELIVERED, _S.ACK_TIME_PASSED, _S.ACKNOWLEDGED], "more_information", _A, _S.INFO_REQUESTED)
    add([_S.INFO_REQUESTED], "information", _O, _S.ACKNOWLEDGED)
    add([_S.INFO_REQUESTED], "pause-time", _C, _S.ACKNOWLEDGED)
    add(_ANSWERABLE, "answer.interim", _A, _S.INTERIM)
    add(_ANSWERABLE, "answer.substantive", _A, _S.ANSWERED)
    add(_ANSWERABLE, "decline", _A, _S.DECLINED)
    add([_S.DELIVERED, _S.ACK_TIME_PASSED, _S.ACKNOWLEDGED, _S.INTERIM], "referral", _A, _S.REFERRED)
    add([_S.DELIVERED, _S.ACKNOWLEDGED, _S.INTERIM, _S.REFERRED], "referral.outside", _A, _S.CLOSED)
    add(
        [_S.ANSWERED, _S.MEETING_HELD, _S.REFERRED, _S.CLOSED],
        "request",
        _O,
        _S.IN_TRANSIT,
    )
    add([_S.ANSWERED, _S.DECLINED, _S.ANSWER_TIME_PASSED], "meeting.asked", _O, _S.MEETING_REQUESTED)
    add([_S.ANSWERED], "reaction-time", _C, _S.CLOSED)
    add([_S.DECLINED], "declined-time", _C, _S.CLOSED)
    add([_S.MEETING_REQUESTED], "meeting.accepted", _A, _S.MEETING_AGREED)
    add([_S.MEETING_REQUESTED, _S.MEETING_AGREED], "meeting.refused", _A, _S.CLOSED)
    add([_S.MEETING_REQUESTED], "meeting-time", _C, _S.CLOSED)
    for role in (_O, _A):
        add([_S.MEETING_REQUESTED, _S.MEETING_AGREED], "meeting.held", role, _S.MEETING_HELD)
        add(OPEN_STAGES - {_S.SUSPENDED}, "channel.suspended", role, _S.SUSPENDED)
        add([_S.SUSPENDED], "channel.open", role, _S.PRIOR)
    closable = OPEN_STAGES - {_S.IN_TRANSIT, _S.SUSPENDED, _S.QUARANTINED}
    add(closable, "closure", _O, _S.CLOSED)
    add(OPEN_STAGES - _QUARANTINE, "withdrawal", _O, _S.WITHDRAWN)
    add(OPEN_STAGES - _RESTING, "rest-time", _C, _S.DORMANT)
    return table


TRANSITIONS: dict[tuple[Stage, Move], Stage] = _table()
# Said in any stage that is open, without moving it.
ASIDE = frozenset({"correction", "information", "channel.limited", "channel.open"})
EVIDENCE_VERBS = frozenset({"handed_over", "quarantined"})
# Verbs by which a person shows that the statement was received.
SHOWS_RECEIPT = frozenset({"acknowledgement", "more_information", "answer.interim", "answer.substantive", "decline"})


@dataclass(frozen=True, slots=True)
class Said:
    """One verified statement, reduced to what the procedure reads.

    ``at`` is its time of registration, or of arrival while it is not recorded (``index`` None).
    """

    statement_id: str
    verb: str
    role: Role
    at: datetime
    index: int | None
    context: str
    urgency: str
    ack_by: datetime | None = None
    answer_by: datetime | None = None
    refers_to: str = ""

    def to_json(self) -> list[Any]:
        """Return a compact list for keeping."""
        return [
            self.statement_id,
            self.verb,
            self.role.value,
            to_milliseconds(self.at),
            self.index,
            self.context,
            self.urgency,
            to_milliseconds(self.ack_by) if self.ack_by else None,
            to_milliseconds(self.answer_by) if self.answer_by else None,
            self.refers_to,
        ]

    @classmethod
    def from_json(cls, kept: list[Any]) -> Said:
        """Return what ``to_json`` kept."""
        identifier, verb, role, at, index, context, urgency, ack, answer, refers = kept
        return cls(
            identifier,
            verb,
            Role(role),
            from_milliseconds(at),
            index,
            context,
            urgency,
            from_milliseconds(ack) if ack is not None else None,
            from_milliseconds(answer) if answer is not None else None,
            refers,
        )


def said_of(
    statement: Statement, statement_id: str, opener: str, addressee: str, at: datetime, index: int | None
) -> Said | None:
    """Return what the procedure reads of ``statement`` in the thread of ``opener`` towards ``addressee``.

    None for a statement by anybody else, or of an area that moves no consultation.
    """
    members = statement.model_dump(mode="json", exclude_none=True)
    return said_from(members, statement_id, opener, addressee, at, index)


def said_from(
    members: dict[str, Any], statement_id: str, opener: str, addressee: str, at: datetime, index: int | None
) -> Said | None:
    """Return the same from the members of a verified payload: replay reads many and validates none again."""
    issuer = members["issuer"]["participant"]
    if issuer not in (opener, addressee):
        return None
    verb, refers_to = _verb(members)
    if not verb:
        return None
    ack_by, answer_by = members.get("ack_by"), members.get("answer_by")
    return Said(
        statement_id,
        verb,
        Role.OPENER if issuer == opener else Role.ADDRESSEE,
        at,
        index,
        members["context"],
        members.get("urgency", "routine"),
        parse_instant(ack_by) if ack_by else None,
        parse_instant(answer_by) if answer_by else None,
        refers_to,
    )


_VARIANTS = {"answer": "nature", "meeting": "event", "channel": "status", "callback": "outcome"}


def _verb(members: dict[str, Any]) -> tuple[str, str]:
    area, _, noun = members["kind"].partition(".")
    if area not in ("consultation", "evidence"):
        return "", ""
    body = members["body"]
    follows = members.get("follows")
    refers_to = body.get("statement_id")
    if not isinstance(refers_to, str):  # a kind that does not define the member lets anything through in it
        refers_to = follows[0] if follows else ""
    if noun in _VARIANTS:
        return f"{noun}.{body.get(_VARIANTS[noun])}", refers_to
    if noun == "referral" and body.get("outside"):
        return "referral.outside", refers_to
    if noun == "closure":
        return noun, body["outcome"]
    return noun, refers_to


def kind_of(verb: str) -> str:
    """Return the kind of statement that says ``verb``."""
    noun = verb.partition(".")[0]
    return f"evidence.{noun}" if noun in (*EVIDENCE_VERBS, "callback") else f"consultation.{noun}"


def mermaid() -> str:
    """Return the table as a Mermaid state diagram, moves between two stages joined on one line."""
    arrows: dict[tuple[Stage, Stage], list[str]] = {}
    for (stage, move), to in TRANSITIONS.items():
        arrows.setdefault((stage, to), []).append(f"{move.verb} ({move.role})")
    lines = ["stateDiagram-v2", "    [*] --> IN_TRANSIT: request or notification (opener)"]
    lines += [f"    {a.name} --> {b.name}: {', '.join(sorted(set(moves)))}" for (a, b), moves in arrows.items()]
    ends = [stage for stage in Stage if stage not in OPEN_STAGES and stage is not Stage.PRIOR]
    lines += [f"    {stage.name} --> [*]" for stage in ends if stage is not Stage.CLOSED]
    lines.append("    CLOSED --> [*]")
    return "\n".join(lines) + "\n"
