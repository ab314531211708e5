"""The consultation: what may be said next, by whom, until when.

The stage of a thread is a pure function of the set of its verified statements and an instant: both sides compute
the same stage, in whatever order statements arrived. A statement out of turn is kept and listed as irregular; it
is never refused on reading. Deadlines are moves that the clock makes. There is one reading for each thread and
addressee. The table is drawn from itself in ``docs/procedures/consultation.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
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
OPEN_STAGES = frozenset(Stage) - {_S.EXPIRED, _S.REJECTED_FORGED, _S.WITHDRAWN, _S.CLOSED, _S.PRIOR}
# Nothing shows yet that the addressee has it: there, whatever its people say is a receipt as well.
UNRECEIVED_STAGES = frozenset({_S.IN_TRANSIT, _S.UNDELIVERED, _S.REFERRED})
_RESTING = frozenset({_S.SUSPENDED, _S.DORMANT})
_ANSWERABLE = (
    _S.DELIVERED,
    _S.ACK_TIME_PASSED,
    _S.ACKNOWLEDGED,
    _S.INFO_REQUESTED,
    _S.INTERIM,
    _S.ANSWER_TIME_PASSED,
)
_IN_WORK = (_S.DELIVERED, _S.ACK_TIME_PASSED, _S.ACKNOWLEDGED, _S.INTERIM)


def is_open(stage: Stage) -> bool:
    """Say whether anything more is expected at ``stage``."""
    return stage in OPEN_STAGES


class _Table:
    """Gathers the moves, so that the rules below read as the practice they come from."""

    def __init__(self) -> None:
        self.moves: dict[tuple[Stage, Move], Stage] = {}

    def add(self, stages: Iterable[Stage], verb: str, roles: Iterable[Role], to: Stage) -> None:
        """From each of ``stages``, ``verb`` by one of ``roles`` leads ``to``."""
        in_order = sorted(stages, key=list(Stage).index)
        self.moves.update({(stage, Move(verb, role)): to for stage in in_order for role in roles})


def _delivery(table: _Table) -> None:
    table.add(UNRECEIVED_STAGES, "handed_over", [_A], _S.DELIVERED)
    table.add([_S.IN_TRANSIT, _S.UNDELIVERED, _S.DELIVERED], "quarantined", [_A], _S.QUARANTINED)
    table.add([_S.IN_TRANSIT], "receipt-time", [_C], _S.UNDELIVERED)
    table.add([_S.UNDELIVERED, _S.QUARANTINED], "expiry-time", [_C], _S.EXPIRED)
    table.add([_S.QUARANTINED], "callback.confirmed", [_A], _S.DELIVERED)
    table.add([_S.QUARANTINED], "callback.denied", [_A], _S.REJECTED_FORGED)


def _answering(table: _Table) -> None:
    table.add([_S.DELIVERED, _S.ACK_TIME_PASSED], "acknowledgement", [_A], _S.ACKNOWLEDGED)
    table.add([_S.DELIVERED], "acknowledgement-time", [_C], _S.ACK_TIME_PASSED)
    table.add(_IN_WORK, "answer-time", [_C], _S.ANSWER_TIME_PASSED)
    table.add([_S.DELIVERED, _S.ACK_TIME_PASSED, _S.ACKNOWLEDGED], "more_information", [_A], _S.INFO_REQUESTED)
    table.add([_S.INFO_REQUESTED], "information", [_O], _S.ACKNOWLEDGED)
    table.add([_S.INFO_REQUESTED], "pause-time", [_C], _S.ACKNOWLEDGED)
    table.add(_ANSWERABLE, "answer.interim", [_A], _S.INTERIM)
    table.add(_ANSWERABLE, "answer.substantive", [_A], _S.ANSWERED)
    table.add(_ANSWERABLE, "decline", [_A], _S.DECLINED)
    table.add(_IN_WORK, "referral", [_A], _S.REFERRED)
    table.add([*_IN_WORK, _S.REFERRED], "referral.outside", [_A], _S.CLOSED)
    table.add([_S.REFERRED], "request", [_O], _S.IN_TRANSIT)


def _after_the_answer(table: _Table) -> None:
    table.add([_S.ANSWERED, _S.MEETING_HELD, _S.CLOSED], "request", [_O], _S.IN_TRANSIT)
    # Only with a question in it; information without one moves nothing here.
    table.add([_S.ANSWERED, _S.MEETING_HELD], "information", [_O], _S.IN_TRANSIT)
    table.add([_S.ANSWERED, _S.DECLINED, _S.ANSWER_TIME_PASSED], "meeting.asked", [_O], _S.MEETING_REQUESTED)
    table.add([_S.ANSWERED], "reaction-time", [_C], _S.CLOSED)
    table.add([_S.DECLINED], "declined-time", [_C], _S.CLOSED)
    table.add([_S.MEETING_REQUESTED], "meeting.accepted", [_A], _S.MEETING_AGREED)
    table.add([_S.MEETING_REQUESTED, _S.MEETING_AGREED], "meeting.refused", [_A], _S.CLOSED)
    table.add([_S.MEETING_REQUESTED, _S.MEETING_AGREED], "meeting.held", [_O, _A], _S.MEETING_HELD)
    table.add([_S.MEETING_REQUESTED], "meeting-time", [_C], _S.CLOSED)


def _any_time(table: _Table) -> None:
    quarantined = frozenset({_S.QUARANTINED})
    table.add(OPEN_STAGES - quarantined - {_S.IN_TRANSIT, _S.SUSPENDED}, "closure", [_O], _S.CLOSED)
    table.add(OPEN_STAGES - quarantined, "withdrawal", [_O], _S.WITHDRAWN)
    table.add(OPEN_STAGES - quarantined - {_S.DORMANT}, "channel.suspended", [_O, _A], _S.SUSPENDED)
    # Only when nobody else still suspends it.
    table.add([_S.SUSPENDED], "channel.open", [_O, _A], _S.PRIOR)
    table.add(OPEN_STAGES - quarantined - _RESTING, "rest-time", [_C], _S.DORMANT)
    table.add([_S.DORMANT], ANYTHING, [_O, _A], _S.PRIOR)


def _transitions() -> Mapping[tuple[Stage, Move], Stage]:
    table = _Table()
    for rules in (_delivery, _answering, _after_the_answer, _any_time):
        rules(table)
    return MappingProxyType(table.moves)


ANYTHING = "anything"
TRANSITIONS = _transitions()
# Said in any stage that is open, without moving it.
ASIDE = frozenset({"information", "channel.limited", "channel.open"})
EVIDENCE_VERBS = frozenset({"handed_over", "handed_over.unreadable", "quarantined"})
CALLBACK_VERBS = frozenset({"callback.confirmed", "callback.denied"})
# Verbs by which a person shows that the statement was received.
SHOWS_RECEIPT = frozenset(
    {
        "acknowledgement",
        "more_information",
        "answer.interim",
        "answer.substantive",
        "decline",
        "referral",
        "referral.outside",
    }
)
# What a notification, which asks for no answer, leaves no room for.
ASKED_BY_A_REQUEST = frozenset({"answer.interim", "answer.substantive", "decline", "meeting.asked", "request"})


@dataclass(frozen=True, slots=True)
class Said:
    """One verified statement, reduced to what the procedure reads; ``issued_at`` is not: no sender's clock counts.

    ``at`` is its time of registration, or of arrival while it is not recorded (``index`` None). ``answer_by`` of an
    interim answer is the time of the next update. ``asks`` says that information carries a question.
    ``claimed_at`` is the time that a machine's evidence claims; it is compared, never counted from.
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
    asks: bool = False
    claimed_at: datetime | None = None

    @property
    def precedence(self) -> tuple[bool, datetime, int]:
        """Of two that carry one id the lesser counts: recorded before unrecorded, then the earlier."""
        return (self.index is None, self.at, self.index or 0)

    @property
    def order(self) -> tuple[datetime, bool, int, str]:
        """The order in which statements count: by time, then as the ledger has them."""
        return (self.at, self.index is None, self.index or 0, self.statement_id)

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
            _milliseconds(self.ack_by),
            _milliseconds(self.answer_by),
            self.refers_to,
            int(self.asks),
            _milliseconds(self.claimed_at),
        ]

    @classmethod
    def from_json(cls, kept: list[Any]) -> Said:
        """Return what ``to_json`` kept."""
        identifier, verb, role, at, index, context, urgency, ack, answer, refers, asks, claimed = kept
        return cls(
            identifier,
            verb,
            _ROLES[role],
            from_milliseconds(at),
            index,
            context,
            urgency,
            _instant(ack),
            _instant(answer),
            refers,
            bool(asks),
            _instant(claimed),
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
    issuer, body = members["issuer"]["participant"], members["body"]
    area, _, noun = members["kind"].partition(".")
    if issuer not in (opener, addressee) or area not in ("consultation", "evidence"):
        return None
    ack_by, answer_by, claimed_at = members.get("ack_by"), members.get("answer_by"), None
    if noun == "answer":
        answer_by = body.get("next_update_by")
    elif noun == "handed_over":
        claimed_at = body["received_at"]
    return Said(
        statement_id,
        _verb(noun, body),
        Role.OPENER if issuer == opener else Role.ADDRESSEE,
        at,
        index,
        members["context"],
        members.get("urgency", "routine"),
        parse_instant(ack_by) if ack_by else None,
        parse_instant(answer_by) if answer_by else None,
        _refers_to(noun, members),
        noun == "information" and bool(body.get("questions")),
        parse_instant(claimed_at) if claimed_at else None,
    )


_ROLES = {role.value: role for role in Role}
_VARIANTS = {"answer": "nature", "meeting": "event", "channel": "status", "callback": "outcome"}


def _verb(noun: str, body: dict[str, Any]) -> str:
    if noun in _VARIANTS:
        return f"{noun}.{body[_VARIANTS[noun]]}"
    if noun == "referral" and body.get("outside"):
        return "referral.outside"
    if noun == "handed_over" and not (body.get("decrypts", True) and body.get("verifies", True)):
        return "handed_over.unreadable"
    return noun


def _refers_to(noun: str, members: dict[str, Any]) -> str:
    if noun == "closure":
        return str(members["body"]["outcome"])
    refers_to = members["body"].get("statement_id")
    if isinstance(refers_to, str):  # a kind that does not define the member lets anything through in it
        return refers_to
    follows = members.get("follows")
    return str(follows[0]) if follows else ""


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else to_milliseconds(at)


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)


def verb_of(kind: str, body: dict[str, Any]) -> str:
    """Return the verb that a statement of ``kind`` with this ``body`` says."""
    return _verb(kind.partition(".")[2], body)


def kind_of(verb: str) -> str:
    """Return the kind of statement that says ``verb``."""
    noun = verb.partition(".")[0]
    return f"evidence.{noun}" if noun in ("handed_over", "quarantined", "callback") else f"consultation.{noun}"


def mermaid() -> str:
    """Return the table as a Mermaid state diagram; what nearly every open stage allows is drawn once, from OPEN."""
    sources: dict[tuple[Move, Stage], list[Stage]] = {}
    for (stage, move), to in TRANSITIONS.items():
        sources.setdefault((move, to), []).append(stage)
    arrows: dict[tuple[str, Stage], list[str]] = {}
    for (move, to), stages in sources.items():
        names = ["OPEN"] if len(stages) >= _NEARLY_ALL else [stage.name for stage in stages]
        for name in names:
            arrows.setdefault((name, to), []).append(f"{move.verb} ({move.role})")
    lines = ["stateDiagram-v2", "    [*] --> IN_TRANSIT: request or notification (opener)"]
    lines += [f"    {name} --> {to.name}: {', '.join(moves)}" for (name, to), moves in arrows.items()]
    ends = [stage for stage in Stage if not is_open(stage) and stage is not Stage.PRIOR]
    lines += [f"    {stage.name} --> [*]" for stage in ends]
    return "\n".join(lines) + "\n"


def markdown() -> str:
    """Return the whole table in Markdown: for each stage, each move and where it leads."""
    lines = ["| at stage | verb | by | leads to |", "| --- | --- | --- | --- |"]
    for stage in Stage:
        for (at, move), to in TRANSITIONS.items():
            if at is stage:
                lines.append(f"| {stage.name} | `{move.verb}` | {move.role} | {to.name} |")
    return "\n".join(lines) + "\n"


_NEARLY_ALL = 12
