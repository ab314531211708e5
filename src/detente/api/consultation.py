"""Threads: where each stands, what was said in it, what may be said next, and the bundle that proves it."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict

from detente.api.access import Caller
from detente.api.answers import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    Page,
    Shape,
    file,
    made,
    parse_cursor,
    render_cursor,
    reply,
    write,
)
from detente.errors import PolicyError
from detente.node import actions, build, records
from detente.node.idempotency import Answer
from detente.projections import consultation as threads
from detente.statements.values import Digest, Instant, ThreadId

router = Router(tags=["consultation"])


class Entry(Shape):
    """Where the ledger recorded a statement for one recipient."""

    recipient: str
    index: int
    registered_at: Instant


class Deadline(Shape):
    """An asked-by time, and whether it passed."""

    name: str
    by: Instant
    passed: bool


class Step(Shape):
    """A change of stage; without a statement the clock made it."""

    at: Instant
    stage: str
    verb: str
    role: str
    statement_id: str | None


class LadderStep(Shape):
    """Somebody else who is told, and when."""

    name: str
    due_at: Instant
    due: bool


class Permit(Shape):
    """Something that the caller's participant may say now, asked by ``until`` where there is such a time."""

    verb: str
    until: Instant | None


class Reading(Shape):
    """Where a thread stands towards one addressee; every node that holds the same statements computes the same."""

    stage: str
    since: Instant
    round: int
    is_open: bool
    silence: str | None
    outcome: str | None
    deadlines: list[Deadline]
    ladder: list[LadderStep]
    history: list[Step]
    flags: list[str]
    irregular: list[str]
    awaiting_reacknowledgement: list[str]
    next_due_at: Instant | None
    handed_over_at: Instant | None
    acknowledged_at: Instant | None


class Row(Shape):
    """A thread towards one addressee. ``subject`` is null in lists when it is marked TLP:RED."""

    thread: str
    opener: str
    addressee: str
    kind: str
    context: str
    exercise_id: str | None
    reference: str | None
    urgency: str
    tlp: str
    subject: str | None
    opened_at: Instant
    changed_at: Instant
    reading: Reading
    permits: list[Permit]


class ShownStatement(Shape):
    """A statement of a thread with everything that it says; ``members`` are those of the signed payload."""

    statement_id: str
    kind: str
    issuer: str
    office: str
    recipients: list[str]
    tlp: str
    issued_at: Instant
    received_at: Instant
    keyset_id: str
    entries: list[Entry]
    members: dict[str, Any]


class ThreadAnswer(Shape):
    """A thread as the caller's participant may see it."""

    thread: str
    rows: list[Row]
    statements: list[ShownStatement]


class Acknowledging(BaseModel):
    """What is acknowledged."""

    model_config = ConfigDict(extra="forbid")

    statement_id: Digest
    meaning: Literal["received", "under-review"] = "received"


class Said(Shape):
    """The statement by which something was said."""

    statement_id: str


@router.get("/threads", response=Page[Row])
def list_threads(
    request: Caller,
    cursor: Cursor | None = None,
    limit: Limit = PAGE_DEFAULT,
) -> HttpResponse:
    """Return threads in the order of their last statement; one in which something is said meanwhile comes again."""
    node, viewer = build.current(), request.auth.participant
    after = parse_cursor(cursor)
    found = threads.changed_after(viewer, node.clock.now(), node.directory(), after, limit + 1)
    last = found[:limit][-1][0] if found else after
    return reply(
        Page[Row](
            items=[_row(row, viewer, listed=True) for _, row in found[:limit]],
            next=render_cursor(*last) if found or cursor else None,
            more=len(found) > limit,
        )
    )


@router.get("/threads/{thread}", response=ThreadAnswer)
def read_thread(request: Caller, thread: ThreadId) -> HttpResponse:
    """Return one thread with its statements."""
    node, viewer = build.current(), request.auth.participant
    view = threads.thread(thread, viewer, node.clock.now(), node.directory())
    return reply(
        ThreadAnswer(
            thread=view.thread,
            rows=[_row(row, viewer) for row in view.rows],
            statements=[_statement(each) for each in view.statements],
        )
    )


@router.get(
    "/threads/{thread}/bundle",
    openapi_extra={"responses": {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}},
)
def read_bundle(request: Caller, thread: ThreadId) -> HttpResponse:
    """Return the bundle that proves the thread offline (docs/spec/bundle.md)."""
    return file(records.bundle(build.current(), request.auth, thread), "application/json", f"{thread}.bundle.json")


@router.post("/threads/{thread}/acknowledgement", response={201: Said})
def acknowledge(request: Caller, thread: ThreadId, said: Acknowledging) -> HttpResponse:
    """Acknowledge a statement for the caller's office; a person has to, and the same one twice is said once."""

    def act() -> Answer:
        if request.auth.machine:
            raise PolicyError("machine-release", "A machine account never speaks for an office; a person has to.")
        made_by = actions.acknowledge(build.current(), request.auth, thread, said.statement_id, said.meaning)
        return made(Said(statement_id=made_by), 201, f"/api/v1/statements/{made_by}")

    return write(request, [said.model_dump_json()], act)


def _row(row: threads.Row, viewer: str, *, listed: bool = False) -> Row:
    return Row(
        thread=row.thread,
        opener=row.opener,
        addressee=row.addressee,
        kind=row.kind,
        context=row.context,
        exercise_id=row.exercise_id or None,
        reference=row.reference or None,
        urgency=row.urgency,
        tlp=row.tlp,
        subject=None if listed and row.tlp == "RED" else row.subject,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        reading=_reading(row),
        permits=[Permit.model_validate(each) for each in row.permits(viewer)],
    )


def _reading(row: threads.Row) -> Reading:
    reading = row.reading
    return Reading(
        stage=reading.stage,
        since=reading.since,
        round=reading.round,
        is_open=reading.is_open,
        silence=reading.silence,
        outcome=reading.outcome,
        deadlines=[Deadline.model_validate(each) for each in reading.deadlines],
        ladder=[LadderStep.model_validate(each) for each in reading.ladder],
        history=[Step.model_validate(each) for each in reading.history],
        flags=sorted(reading.flags),
        irregular=sorted(reading.irregular),
        awaiting_reacknowledgement=sorted(reading.awaiting_reacknowledgement),
        next_due_at=reading.next_due_at,
        handed_over_at=reading.handed_over_at,
        acknowledged_at=reading.acknowledged_at,
    )


def _statement(shown: threads.ShownStatement) -> ShownStatement:
    return ShownStatement(
        statement_id=shown.statement_id,
        kind=shown.kind,
        issuer=shown.issuer,
        office=shown.office,
        recipients=list(shown.recipients),
        tlp=shown.tlp,
        issued_at=shown.issued_at,
        received_at=shown.received_at,
        keyset_id=shown.keyset_id,
        entries=[Entry.model_validate(each) for each in shown.entries],
        members=shown.members,
    )
