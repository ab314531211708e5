"""A statement: what a participant says. One header for all kinds, one body for each.

``parse_statement`` takes any bytes and returns a ``Statement`` or raises one ``MalformedError`` whose sentence
names the member and what to change. The signed bytes are kept elsewhere and never rendered again: rendering here
is for authors only. The rules are those of ``docs/spec/statement.md``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, SerializeAsAny, ValidationError, model_validator
from pydantic import Field as Limits

from detente.clock import to_milliseconds
from detente.errors import MalformedError
from detente.statements import (
    consultation,
    cooperation,
    crosswalk,
    directory,
    evidence,
    exercise,
    restraint,
    transparency,
)
from detente.statements.codec import parse_object, render_object
from detente.statements.faults import fault, fault_of_type
from detente.statements.values import (
    Context,
    Digest,
    FileName,
    Flag,
    Identifier,
    Instant,
    Language,
    Line,
    MediaType,
    Model,
    Number,
    OfficeId,
    ParticipantId,
    Reference,
    Sha256,
    ThreadId,
    Tlp,
    Urgency,
    strictest,
)

EVERYONE = "*"
VERSION = 1
MAX_ATTACHMENTS = 32


@dataclass(frozen=True)
class KindRule:
    """What holds for one kind.

    ``scope``: which key sets may sign it. ``entry_class``: how the ledger marks it. ``audience``: ``everyone``
    (addressed to ``*``), ``named`` (to named participants) or ``either``. ``released``: leaves only by the
    participant's release rule.
    """

    body: type[Model]
    scope: Literal["office", "node"] = "office"
    entry_class: Literal["sealed", "directory"] = "sealed"
    audience: Literal["everyone", "named", "either"] = "named"
    released: bool = False


KINDS: dict[str, KindRule] = {
    "directory.arrangement": KindRule(directory.Arrangement, entry_class="directory", audience="everyone"),
    "directory.member": KindRule(directory.Member, entry_class="directory", audience="everyone"),
    "directory.keyset": KindRule(directory.KeySet, entry_class="directory", audience="everyone"),
    "directory.office": KindRule(directory.Office, entry_class="directory", audience="everyone"),
    "directory.calendar": KindRule(directory.Calendar, entry_class="directory", audience="everyone"),
    "exercise.opening": KindRule(exercise.Opening, audience="everyone"),
    "exercise.closing": KindRule(exercise.Closing, audience="everyone"),
    "consultation.notification": KindRule(consultation.Notification, released=True),
    "consultation.request": KindRule(consultation.Request, released=True),
    "consultation.acknowledgement": KindRule(consultation.Acknowledgement),
    "consultation.answer": KindRule(consultation.Answer, released=True),
    "consultation.decline": KindRule(consultation.Decline, released=True),
    "consultation.referral": KindRule(consultation.Referral, released=True),
    "consultation.more_information": KindRule(consultation.MoreInformation),
    "consultation.information": KindRule(consultation.Information),
    "consultation.meeting": KindRule(consultation.Meeting),
    "consultation.correction": KindRule(consultation.Correction, released=True),
    "consultation.withdrawal": KindRule(consultation.Withdrawal, released=True),
    "consultation.closure": KindRule(consultation.Closure, released=True),
    "consultation.channel": KindRule(consultation.Channel, released=True),
    "evidence.handed_over": KindRule(evidence.HandedOver, scope="node"),
    "evidence.quarantined": KindRule(evidence.Quarantined, scope="node"),
    "evidence.callback": KindRule(evidence.Callback),
    "transparency.notice": KindRule(transparency.Notice, audience="either", released=True),
    "transparency.view": KindRule(transparency.View, audience="either", released=True),
    "transparency.invitation": KindRule(transparency.Invitation, audience="either", released=True),
    "cooperation.offer": KindRule(cooperation.Offer, audience="either", released=True),
    "restraint.commitment": KindRule(restraint.Commitment, audience="either", released=True),
    "crosswalk.mapping": KindRule(crosswalk.Mapping, audience="everyone", released=True),
}


class Issuer(Model):
    """Who speaks: participant, office, and the role in which the office speaks."""

    participant: ParticipantId
    office: OfficeId
    role: Line = "office"


class Addressee(Model):
    """One reader: a participant, and perhaps one of its offices."""

    participant: ParticipantId
    office: OfficeId | None = None


class EventId(Model):
    """An event's identifier and the organisation that issued it."""

    id: Identifier
    issued_by: Line


class AttachmentLabel(Model):
    """What the signed text says of an attachment: hash, type, size in bytes, name and mark."""

    sha256: Sha256
    media_type: MediaType
    size: Annotated[Number, Limits(ge=0, le=25 * 1024 * 1024)]
    name: FileName
    tlp: Tlp


def _version(value: int) -> int:
    if value != VERSION:
        raise ValueError(f"statements of version {VERSION} are read here; a newer program may read others")
    return value


Version = Annotated[Number, AfterValidator(_version)]


class Statement(Model):
    """The header that all kinds share, and the body of the kind."""

    v: Version = VERSION
    kind: str
    arrangement: Line
    context: Context
    exercise_id: Identifier | None = None
    issuer: Issuer
    addressees: Annotated[list[Addressee], Limits(min_length=1, max_length=200)] | Literal["*"]
    members_at: Annotated[Number, Limits(ge=0)] | None = None
    thread: ThreadId
    follows: Annotated[list[Digest], Limits(max_length=64)] = []
    supersedes: Digest | None = None
    reference: Reference | None = None
    urgency: Urgency = "routine"
    tlp: Tlp
    language: Language
    authoritative: Flag = True
    issued_at: Instant
    nonce: Digest
    sequence: dict[str, Annotated[Number, Limits(ge=1)]]
    ack_by: Instant | None = None
    answer_by: Instant | None = None
    events: Annotated[list[EventId], Limits(max_length=32)] = []
    basis: Annotated[list[Identifier], Limits(max_length=32)] = []
    attachments: Annotated[list[AttachmentLabel], Limits(max_length=MAX_ATTACHMENTS)] = []
    body: SerializeAsAny[Model]

    @property
    def recipients(self) -> tuple[str, ...]:
        """The participants that get a parcel each, or ``("*",)``."""
        if isinstance(self.addressees, str):
            return (EVERYONE,)
        return tuple(each.participant for each in self.addressees)

    @property
    def rule(self) -> KindRule:
        """What holds for its kind."""
        return KINDS[self.kind]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.context == "exercise") != (self.exercise_id is not None):
            raise ValueError("exercise_id goes with the context exercise, and only with it")
        self._check_audience()
        if set(self.sequence) != set(self.recipients):
            raise ValueError("sequence has one number for each addressee")
        if strictest([self.tlp, *(label.tlp for label in self.attachments)]) != self.tlp:
            raise ValueError("an attachment is marked more strictly than tlp; raise tlp to the strictest mark")
        return self

    def _check_audience(self) -> None:
        audience = KINDS[self.kind].audience
        if self.addressees == EVERYONE:
            if audience == "named":
                raise ValueError(f"{self.kind} names its addressees; it cannot go to everyone")
            if self.tlp not in ("CLEAR", "GREEN"):
                raise ValueError("a statement to everyone is marked CLEAR or GREEN")
            if self.members_at is None:
                raise ValueError("members_at is missing: the ledger index that says who the members were")
            return
        if audience == "everyone":
            raise ValueError(f"{self.kind} goes to everyone: write addressees as *")
        if len(set(self.recipients)) != len(self.recipients):
            raise ValueError("an addressee is named twice")
        if self.issuer.participant in self.recipients:
            raise ValueError("a participant does not address itself")


def parse_statement(payload_bytes: bytes) -> Statement:
    """Return the statement in ``payload_bytes``; raise ``MalformedError`` for any other bytes."""
    return statement_from(parse_object(payload_bytes))


def statement_from(members: dict[str, Any]) -> Statement:
    """Return the statement with these ``members``; raise ``MalformedError`` that names the first wrong one."""
    kind = members.get("kind")
    rule = KINDS.get(kind) if isinstance(kind, str) else None
    if rule is None:
        raise MalformedError("kind-unknown", f"{str(kind)[:60]!r} is not a kind of statement known here.")
    if not isinstance(members.get("body"), dict):
        raise MalformedError("statement-member", "In body: a statement has a body, which is an object.")
    try:
        body = rule.body.model_validate(members["body"])
    except ValidationError as error:
        raise fault(error, members, within="body") from error
    try:
        return Statement.model_validate({**members, "body": body})
    except ValidationError as error:
        raise fault(error, members) from error


def check_form(kind: str, members: dict[str, Any]) -> None:
    """Raise ``MalformedError`` when a member of an unfinished statement has a type that no finished one could have.

    What is missing, too long or at odds with something else passes: its writer may still mend it.
    """
    body = members.get("body", {})
    if not isinstance(body, dict):
        raise MalformedError("statement-member", "In body: write an object.")
    header = {name: value for name, value in members.items() if value is not None and name != "body"}
    _check_types(KINDS[kind].body, body, within="body")
    _check_types(Statement, header)


def _check_types(model: type[Model], members: dict[str, Any], *, within: str | None = None) -> None:
    try:
        model.model_validate(members)
    except ValidationError as error:
        wrong = fault_of_type(error, {within: members} if within else members, within=within)
        if wrong is not None:
            raise wrong from error


def render_statement(statement: Statement) -> bytes:
    """Return payload bytes for signing: compact JSON, known members that say nothing left out."""
    return render_object(statement.model_dump(mode="json"))


def thread_id(at: datetime, random_bytes: bytes) -> str:
    """Return a UUIDv7 (RFC 9562) for ``at`` with 10 ``random_bytes``."""
    milliseconds = to_milliseconds(at)
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(random_bytes[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def kinds_markdown() -> str:
    """Return what holds for each kind as a Markdown table; body members that must be there stand first, in bold."""
    lines = ["| kind | signed by | ledger | addressed to | leaves by | body |", "| --- | --- | --- | --- | --- | --- |"]
    for kind, rule in KINDS.items():
        fields = sorted(rule.body.model_fields.items(), key=lambda field: not field[1].is_required())
        body = ", ".join(f"**{name}**" if field.is_required() else name for name, field in fields)
        leaves = "release" if rule.released else "its author"
        lines.append(f"| `{kind}` | {rule.scope} | {rule.entry_class} | {rule.audience} | {leaves} | {body} |")
    return "\n".join(lines) + "\n"
