"""Threads as their readers see them: statements, reading, and what may be said next.

A thread is visible to its opener and to the addressee of each of its rows; to anybody else it does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from detente.clock import from_milliseconds
from detente.errors import IrregularError, PolicyError
from detente.procedures.calendar import EVERY_DAY, OfficeCalendar
from detente.procedures.consultation import Role, Said, said_of
from detente.procedures.directory import Directory
from detente.procedures.reading import Permit, Reading, permits, read
from detente.projections.models import Thread, ThreadStatement
from detente.statements.statement import EVERYONE, Statement


@dataclass(frozen=True)
class Entry:
    """Where one statement stands in the ledger for one recipient."""

    recipient: str
    index: int
    registered_at: datetime


@dataclass(frozen=True)
class ShownStatement:
    """One statement of a thread."""

    position: int
    statement_id: str
    kind: str
    issuer: str
    office: str
    recipients: tuple[str, ...]
    entries: tuple[Entry, ...]
    issued_at: datetime
    received_at: datetime
    keyset_id: str
    payload: str

    @cached_property
    def members(self) -> dict[str, Any]:
        """All members of the signed payload."""
        members: dict[str, Any] = json.loads(self.payload)
        return members

    @property
    def body(self) -> dict[str, Any]:
        """The body of its kind."""
        body: dict[str, Any] = self.members["body"]
        return body

    @property
    def tlp(self) -> str:
        """Its mark."""
        return str(self.members["tlp"])

    @property
    def is_evidence(self) -> bool:
        """Say whether a machine said it."""
        return self.kind.startswith("evidence.")


@dataclass(frozen=True)
class Row:
    """One thread towards one addressee, with its reading at the asked instant."""

    thread: str
    opener: str
    addressee: str
    kind: str
    context: str
    exercise_id: str
    reference: str
    urgency: str
    tlp: str
    subject: str
    opened_at: datetime
    changed_at: datetime
    reading: Reading

    def role_of(self, participant: str) -> Role:
        """Return the role in which ``participant`` takes part."""
        return Role.OPENER if participant == self.opener else Role.ADDRESSEE

    def other(self, participant: str) -> str:
        """Return the other side."""
        return self.addressee if participant == self.opener else self.opener

    def permits(self, participant: str) -> tuple[Permit, ...]:
        """Return what ``participant`` may say now."""
        return permits(self.reading, self.role_of(participant))

    def unacknowledged(self, participant: str) -> tuple[str, ...]:
        """Return the statements that ``participant`` is asked to acknowledge: the request, then corrections."""
        if all(permit.verb != "acknowledgement" for permit in self.permits(participant)):
            return ()
        role = self.role_of(participant)
        asked = (self.reading.request_id,) if role is Role.ADDRESSEE and self.reading.acknowledged_at is None else ()
        return (*asked, *(each for each, of in self.reading.awaiting if of is role))


@dataclass(frozen=True)
class ThreadView:
    """A thread as ``viewer`` may see it: a row for each addressee it may know of, and the statements."""

    thread: str
    viewer: str
    rows: tuple[Row, ...]
    statements: tuple[ShownStatement, ...]

    @property
    def first(self) -> Row:
        """The first row; all rows share opener, subject and reference."""
        return self.rows[0]

    def statement(self, statement_id: str) -> ShownStatement:
        """Return one statement of the thread; raise ``PolicyError`` when it is not in it."""
        for each in self.statements:
            if each.statement_id == statement_id:
                return each
        raise PolicyError("statement-unknown", "There is no such statement in this thread.")

    @cached_property
    def corrections(self) -> dict[str, list[ShownStatement]]:
        """Corrections by the statement that they correct."""
        found: dict[str, list[ShownStatement]] = {}
        for each in self.statements:
            if each.kind == "consultation.correction":
                found.setdefault(each.body["statement_id"], []).append(each)
        return found

    def check_permitted(self, statement: Statement, participant: str) -> None:
        """Raise ``IrregularError`` when ``participant`` may not say ``statement`` at this stage to its addressees."""
        for recipient in statement.recipients:
            row = next((row for row in self.rows if row.other(participant) == recipient), None)
            if row is None:
                raise IrregularError(
                    "thread-party", f"{recipient} takes no part in this thread; address its other side."
                )
            now = row.reading.since
            said = said_of(statement, "-", row.opener, row.addressee, now, None)
            allowed = {permit.verb for permit in row.permits(participant)}
            if said is not None and said.verb not in allowed:
                choices = ", ".join(sorted(allowed)) or "nothing"
                raise IrregularError(
                    "stage",
                    f"“{said.verb}” cannot be said while the thread is “{row.reading.stage}”. Now possible: {choices}.",
                )


def calendar_of(directory: Directory, participant: str) -> OfficeCalendar:
    """Return the working calendar of the participant's first diplomatic office (any office when it has none)."""
    offices = directory.offices_of(participant, "diplomatic") or directory.offices_of(participant)
    if not offices:
        return EVERY_DAY
    entry = offices[0].entry
    return OfficeCalendar(
        entry.time_zone,
        frozenset(entry.weekend),
        entry.opens,
        entry.closes,
        entry.around_the_clock,
        offices[0].holidays,
    )


def thread(thread_id: str, viewer: str, now: datetime, directory: Directory) -> ThreadView:
    """Return a thread as the participant ``viewer`` may see it; raise ``PolicyError`` when it may not."""
    found = Thread.objects.filter(thread=thread_id).filter(Q(opener=viewer) | Q(addressee=viewer)).order_by("addressee")
    rows = tuple(_row(row, now, directory) for row in found)
    if not rows:
        raise PolicyError("thread-unknown", "There is no such thread among those of your office.")
    statements = ThreadStatement.objects.filter(thread=thread_id).order_by("position")
    shown = tuple(each for each in map(_shown, statements) if _visible(each, viewer))
    return ThreadView(thread_id, viewer, rows, shown)


def threads_of(
    viewer: str, now: datetime, directory: Directory, *, before: int | None = None, limit: int = 50
) -> list[Row]:
    """Return the newest threads of ``viewer``, those changed before ``before`` (milliseconds) when given."""
    found = Thread.objects.filter(Q(opener=viewer) | Q(addressee=viewer))
    if before is not None:
        found = found.filter(changed_at__lt=before)
    return [_row(row, now, directory) for row in found.order_by("-changed_at", "thread", "addressee")[:limit]]


def changed_after(
    viewer: str, now: datetime, directory: Directory, after: tuple[int, str] = (0, ""), limit: int = 50
) -> list[tuple[tuple[int, str], Row]]:
    """Return the threads of ``viewer`` in the order of their last statement, each with its place in that order.

    Reading on ``after`` the last place misses nothing, whatever is said meanwhile: a thread in which something is
    said moves to the end and is met there, once more if it was met before.
    """
    position, addressee = after
    found = Thread.objects.filter(Q(opener=viewer) | Q(addressee=viewer))
    found = found.filter(Q(position__gt=position) | Q(position=position, addressee__gt=addressee))
    rows = found.order_by("position", "addressee")[:limit]
    return [((row.position, row.addressee), _row(row, now, directory)) for row in rows]


def recent_rows(viewer: str, now: datetime, directory: Directory, limit: int = 1000) -> list[Row]:
    """Return the open threads in which ``viewer`` takes part, the last changed first, among the ``limit`` newest."""
    found = Thread.objects.filter(Q(opener=viewer) | Q(addressee=viewer)).order_by("-changed_at", "thread", "addressee")
    rows = (_row(row, now, directory) for row in found[:limit])
    return [row for row in rows if row.reading.is_open]


def positions() -> dict[tuple[str, str], int]:
    """Return thread and addressee of every row with the position of its last statement: for jobs, for no reader."""
    return {(row[0], row[1]): row[2] for row in Thread.objects.values_list("thread", "addressee", "position")}


def rows_of(places: Iterable[tuple[str, str]], now: datetime, directory: Directory) -> Iterator[tuple[int, Row]]:
    """Yield the rows of these threads and addressees, each with its position: for jobs, for no reader."""
    for thread_id, addressee in places:
        for row in Thread.objects.filter(thread=thread_id, addressee=addressee):
            yield row.position, _row(row, now, directory)


def by_reference(reference: str, viewer: str) -> str | None:
    """Return the thread whose opening statement carries ``reference``, if ``viewer`` takes part in it."""
    found = Thread.objects.filter(reference=reference).filter(Q(opener=viewer) | Q(addressee=viewer))
    return found.values_list("thread", flat=True).first()


def count_opened(participant: str, prefix: str) -> int:
    """Return how many threads ``participant`` opened under references that start with ``prefix``."""
    found = Thread.objects.filter(opener=participant, reference__startswith=prefix)
    return found.values("thread").distinct().count()


def find(statement_ids: Iterable[str], viewer: str) -> dict[str, ShownStatement]:
    """Return those of the statements that ``viewer`` may see."""
    rows = ThreadStatement.objects.filter(statement_id__in=list(statement_ids))
    return {each.statement_id: each for each in map(_shown, rows) if _visible(each, viewer)}


def _visible(shown: ShownStatement, viewer: str) -> bool:
    return viewer == shown.issuer or viewer in shown.recipients or EVERYONE in shown.recipients


def _row(row: Thread, now: datetime, directory: Directory) -> Row:
    said = [Said.from_json(each) for each in json.loads(row.said)]
    return Row(
        thread=row.thread,
        opener=row.opener,
        addressee=row.addressee,
        kind=row.kind,
        context=row.context,
        exercise_id=row.exercise_id,
        reference=row.reference,
        urgency=row.urgency,
        tlp=row.tlp,
        subject=row.subject,
        opened_at=from_milliseconds(row.opened_at),
        changed_at=from_milliseconds(row.changed_at),
        reading=read(said, calendar_of(directory, row.addressee), now),
    )


def entries_of(text: str) -> tuple[Entry, ...]:
    """Return ledger places from their kept form."""
    return tuple(Entry(recipient, index, from_milliseconds(at)) for recipient, index, at in json.loads(text))


def _shown(row: ThreadStatement) -> ShownStatement:
    return ShownStatement(
        position=row.position,
        statement_id=row.statement_id,
        kind=row.kind,
        issuer=row.issuer,
        office=row.office,
        recipients=tuple(row.recipients.split(" ")),
        entries=entries_of(row.entries),
        issued_at=from_milliseconds(row.issued_at),
        received_at=from_milliseconds(row.received_at),
        keyset_id=row.keyset_id,
        payload=row.payload,
    )
