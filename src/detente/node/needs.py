"""What needs an officer now: at most twenty lines, in an order that never changes with their content.

First what only a second person can let go, then immediate messages that nobody acknowledged, answers asked for
within a day, the office's own entry when it is old, and last whatever else waits for an acknowledgement. What is
real comes before what is not, and the two never share a list. Communication checks have their place between answers
and the own entry; none exist yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from detente.clock import from_milliseconds
from detente.node import records
from detente.node.actions import MAY_ACKNOWLEDGE, MAY_RELEASE, Person, release_persons
from detente.node.build import Node
from detente.projections import consultation
from detente.projections.consultation import Row
from detente.store.models import Draft

AT_MOST = 20
SOON = timedelta(hours=24)
ENTRY_INTERVAL = timedelta(days=182)
MAY_CONFIRM_ENTRY = ("directory-manager", "authority", "releaser", "duty")


class Why(IntEnum):
    """Why a line is there; the order is that of the page."""

    RELEASE = 1
    IMMEDIATE = 2
    ANSWER = 3
    ENTRY = 5
    ACKNOWLEDGE = 6


@dataclass(frozen=True)
class Need:
    """One line: why, from whom, about what, asked by when. ``subject`` is None where it must not show on a list."""

    why: Why
    subject: str | None
    sender: str = ""
    tlp: str = ""
    urgency: str = ""
    reference: str = ""
    context: str = "real"
    exercise_id: str = ""
    asked_by: datetime | None = None
    since: datetime | None = None
    passed: bool = False
    corrected: bool = False
    thread: str = ""
    statement_id: str = ""
    draft_id: str = ""
    verb: str = ""


@dataclass(frozen=True)
class Needs:
    """The lines that are real, those that are not, and how many more there are of each."""

    real: tuple[Need, ...]
    other: tuple[Need, ...]
    real_left: int = 0
    other_left: int = 0


def needs_of(node: Node, person: Person) -> Needs:
    """Return what needs ``person`` now."""
    now, directory = node.clock.now(), node.directory()
    rows = consultation.recent_rows(person.participant, now, directory)
    found: list[Need] = []
    if set(MAY_RELEASE) & set(person.roles):
        found += waiting_drafts(records.drafts(person), person, release_persons(node, person))
    if set(MAY_ACKNOWLEDGE) & set(person.roles):
        found += asked_in(rows, person.participant, now)
    listed = directory.office(person.participant, person.office)
    if listed and now - listed.registered_at > ENTRY_INTERVAL and set(MAY_CONFIRM_ENTRY) & set(person.roles):
        found.append(Need(Why.ENTRY, "", sender=person.participant, since=listed.registered_at))
    return choose(found)


def choose(found: Iterable[Need], at_most: int = AT_MOST) -> Needs:
    """Return the lines that fit, in the order of the page; what is real is never crowded out by what is not."""
    ordered = sorted(found, key=_order)
    real = [need for need in ordered if need.context == "real"]
    other = [need for need in ordered if need.context != "real"]
    shown, room = real[:at_most], max(at_most - len(real), 0)
    return Needs(tuple(shown), tuple(other[:room]), len(real) - len(shown), max(len(other) - room, 0))


def waiting_drafts(drafts: Sequence[Draft], person: Person, persons: int) -> list[Need]:
    """Return a line for each draft that ``person`` may release: by two persons, only those of somebody else."""
    return [_of_draft(row) for row in drafts if persons == 1 or row.drafter != person.name]


def asked_in(rows: Iterable[Row], participant: str, now: datetime) -> list[Need]:
    """Return a line for each thing that ``rows`` ask of ``participant``."""
    found: list[Need] = []
    for row in rows:
        found += [_to_acknowledge(row, participant, each) for each in row.unacknowledged(participant)]
        verbs = {permit.verb for permit in row.permits(participant)}
        answer = row.reading.answer_asked if "answer.substantive" in verbs else None
        if answer is not None and answer.by <= now + SOON:
            verb = "answer.substantive" if answer.name == "answer" else "answer.interim"
            found.append(_of_row(row, Why.ANSWER, participant, asked_by=answer.by, passed=answer.passed, verb=verb))
    return found


def _order(need: Need) -> tuple[int, int, float, str]:
    # What has no asked-by time comes after what has one, the longest waiting first.
    at = need.asked_by or need.since
    return (need.why, 0 if need.asked_by else 1, at.timestamp() if at else 0.0, need.thread + need.draft_id)


def _hidden(tlp: str, subject: str) -> str | None:
    return None if tlp == "RED" else subject


def _of_draft(row: Draft) -> Need:
    content: dict[str, Any] = row.content if isinstance(row.content, dict) else {}
    body = content.get("body")
    body = body if isinstance(body, dict) else {}
    subject = body.get("subject") or body.get("title") or ""
    return Need(
        why=Why.RELEASE,
        subject=_hidden(str(content.get("tlp", "")), str(subject)),
        sender=row.participant,
        tlp=str(content.get("tlp") or ""),
        urgency=str(content.get("urgency") or ""),
        context=str(content.get("context") or "real"),
        exercise_id=str(content.get("exercise_id") or ""),
        since=from_milliseconds(row.changed_at),
        thread=row.thread,
        draft_id=str(row.id),
        verb=row.kind,
    )


def _to_acknowledge(row: Row, participant: str, statement_id: str) -> Need:
    why = Why.IMMEDIATE if row.urgency == "immediate" else Why.ACKNOWLEDGE
    if statement_id != row.reading.request_id:  # a correction: nothing but courtesy asks for it by a time
        return _of_row(row, why, participant, statement_id=statement_id, corrected=True)
    asked = row.reading.deadline("acknowledgement")
    by, passed = (asked.by, asked.passed) if asked else (None, False)
    return _of_row(row, why, participant, statement_id=statement_id, asked_by=by, passed=passed)


def _of_row(
    row: Row,
    why: Why,
    participant: str,
    *,
    statement_id: str = "",
    asked_by: datetime | None = None,
    passed: bool = False,
    corrected: bool = False,
    verb: str = "",
) -> Need:
    return Need(
        why=why,
        subject=_hidden(row.tlp, row.subject),
        sender=row.other(participant),
        tlp=row.tlp,
        urgency=row.urgency,
        reference=row.reference,
        context=row.context,
        exercise_id=row.exercise_id,
        asked_by=asked_by,
        since=row.changed_at,
        passed=passed,
        corrected=corrected,
        thread=row.thread,
        statement_id=statement_id,
        verb=verb,
    )
