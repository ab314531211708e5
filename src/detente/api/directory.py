"""The directory: who takes part, which offices answer, which keys speak for whom."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from ninja import Router

from detente.api.access import Caller
from detente.api.answers import Shape, file, reply
from detente.node import build
from detente.procedures.directory import NEVER, Directory, ListedKey, ListedOffice
from detente.statements.values import Instant

router = Router(tags=["directory"])


class Channel(Shape):
    """A way to reach an office."""

    kind: str
    value: str
    note: str


class Holiday(Shape):
    """A day off; one declared later counts for clocks that start after it was recorded."""

    day: date
    declared_at: Instant | None


class Office(Shape):
    """An office and its hours."""

    office: str
    category: str
    names: dict[str, str]
    time_zone: str
    weekend: list[int]
    opens: str
    closes: str
    around_the_clock: bool
    languages: list[str]
    channels: list[Channel]
    release_persons: int
    authority_reference: str | None
    since_index: int
    holidays: list[Holiday]


class KeySet(Shape):
    """A key set, when it counted, and by whom its private half is kept."""

    keyset_id: str
    fingerprint: str
    scope: str
    office: str | None
    custody: str
    since_index: int
    until_index: int | None
    suspected_since: Instant | None
    keyset: dict[str, str]


class Participant(Shape):
    """A participant as it names itself."""

    participant: str
    names: dict[str, str]
    operator: bool
    offices: list[Office]
    keysets: list[KeySet]


class DirectoryAnswer(Shape):
    """Everything that the directory holds now."""

    arrangement: str
    names: dict[str, str]
    operator: str
    languages: list[str]
    participants: list[Participant]


@router.get("/directory", response=DirectoryAnswer)
def read_directory(request: Caller) -> HttpResponse:  # noqa: ARG001
    """Return participants, offices and key sets."""
    directory = build.current().directory()
    opened = directory.arrangement
    members = [name for name in [directory.operator, *sorted(directory.members)] if name]
    return reply(
        DirectoryAnswer(
            arrangement=directory.origin,
            names=dict(opened.names) if opened else {},
            operator=directory.operator,
            languages=list(opened.languages) if opened else [],
            participants=[_participant(directory, name) for name in dict.fromkeys(members)],
        )
    )


@router.get(
    "/policy",
    openapi_extra={"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
)
def read_policy(request: Caller) -> HttpResponse:  # noqa: ARG001
    """Return the policy file with which receipts and bundles are verified (C2SP tlog-policy)."""
    return file(build.current().policy(), "text/plain; charset=utf-8")


def _participant(directory: Directory, name: str) -> Participant:
    return Participant(
        participant=name,
        names=directory.names(name),
        operator=name == directory.operator,
        offices=[_office(listed) for listed in directory.offices_of(name)],
        keysets=[_keyset(key) for key in list(directory.keys.values()) if key.participant == name],
    )


def _office(listed: ListedOffice) -> Office:
    entry = listed.entry
    return Office(
        office=entry.office,
        category=entry.category,
        names=entry.names,
        time_zone=entry.time_zone,
        weekend=list(entry.weekend),
        opens=entry.opens,
        closes=entry.closes,
        around_the_clock=entry.around_the_clock,
        languages=list(entry.languages),
        channels=[Channel(kind=each.kind, value=each.value, note=each.note) for each in entry.channels],
        release_persons=entry.release_persons,
        authority_reference=entry.authority_reference,
        since_index=listed.since_index,
        holidays=[Holiday(day=day, declared_at=at) for day, at in sorted(listed.holidays.items())],
    )


def _keyset(key: ListedKey) -> KeySet:
    return KeySet(
        keyset_id=key.keyset_id,
        fingerprint=key.keys.fingerprint,
        scope=key.scope,
        office=key.office,
        custody=key.custody,
        since_index=key.since_index,
        until_index=None if key.until_index == NEVER else key.until_index,
        suspected_since=key.suspected_since,
        keyset=key.keys.to_json(),
    )
