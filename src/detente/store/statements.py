"""Statements, parcels and attachments: the bytes that a node keeps, exactly as they were signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from detente.clock import from_milliseconds, to_milliseconds
from detente.envelopes.signing import parse_envelope
from detente.errors import EvidenceError, RejectedError
from detente.rows import insert
from detente.store.models import Act, Attachment, Evidence, LedgerEntry, Parcel, Refusal, StoredStatement

_FEW = 400


@dataclass(frozen=True)
class Kept:
    """One stored statement, with where the ledger recorded it for each recipient (empty: not yet recorded)."""

    position: int
    statement_id: str
    thread: str
    envelope_bytes: bytes
    received_at: datetime
    entries: tuple[tuple[str, int, datetime], ...]

    @property
    def payload_bytes(self) -> bytes:
        """The signed payload."""
        return parse_envelope(self.envelope_bytes).payload_bytes


@dataclass(frozen=True)
class New:
    """A verified statement that is to be stored."""

    statement_id: str
    kind: str
    issuer: str
    thread: str
    envelope_bytes: bytes
    changes_directory: bool


def keep(new: Iterable[New], at: datetime) -> None:
    """Store ``new`` as received ``at``; call inside the transaction that records them."""
    received = to_milliseconds(at)
    insert(
        StoredStatement,
        ("statement_id", "kind", "issuer", "thread", "envelope", "received_at", "changes_directory"),
        (
            (
                each.statement_id,
                each.kind,
                each.issuer,
                each.thread,
                each.envelope_bytes,
                received,
                each.changes_directory,
            )
            for each in new
        ),
    )


def last_position() -> int:
    """Return the position of the newest statement, 0 when there is none."""
    return StoredStatement.objects.aggregate(last=Max("position"))["last"] or 0


def after(position: int, limit: int) -> list[Kept]:
    """Return at most ``limit`` statements that arrived after ``position``, in order of arrival."""
    return _with_entries(StoredStatement.objects.filter(position__gt=position).order_by("position")[:limit])


def all_in_order(chunk: int = 5000) -> Iterator[list[Kept]]:
    """Yield all statements in order of arrival, ``chunk`` at a time."""
    position = 0
    while found := after(position, chunk):
        yield found
        position = found[-1].position


def get(identifiers: Iterable[str]) -> dict[str, Kept]:
    """Return the statements with these ids that are stored."""
    found = StoredStatement.objects.filter(statement_id__in=list(identifiers)).order_by("position")
    return {kept.statement_id: kept for kept in _with_entries(found)}


def directory_after(position: int) -> list[Kept]:
    """Return the statements after ``position`` that change the directory, in order of arrival."""
    found = StoredStatement.objects.filter(position__gt=position, changes_directory=True)
    return _with_entries(found.order_by("position"))


def of_thread(thread: str) -> list[Kept]:
    """Return the statements of a thread in order of arrival."""
    return _with_entries(StoredStatement.objects.filter(thread=thread).order_by("position"))


_KEPT = ("position", "statement_id", "thread", "envelope", "received_at")


def _with_entries(rows: QuerySet[StoredStatement]) -> list[Kept]:
    found = list(rows.values_list(*_KEPT))
    if not found:
        return []
    places: dict[str, list[tuple[str, int, datetime]]] = {}
    entries = LedgerEntry.objects.order_by("entry_index")
    if len(found) <= _FEW:
        entries = entries.filter(statement_id__in=[row[1] for row in found])
    else:
        # A long list of ids costs more than the range of entries that they stand in.
        ends = {found[0][1], found[-1][1]}
        bounds = sorted(entries.filter(statement_id__in=ends).values_list("entry_index", flat=True))
        if bounds:
            entries = entries.filter(entry_index__gte=bounds[0], entry_index__lte=bounds[-1])
    for identifier, recipient, index, at in entries.values_list(
        "statement_id", "recipient", "entry_index", "registered_at"
    ):
        places.setdefault(identifier, []).append((recipient, index, from_milliseconds(at)))
    return [
        Kept(
            position=position,
            statement_id=identifier,
            thread=thread,
            envelope_bytes=bytes(envelope),
            received_at=from_milliseconds(received_at),
            entries=tuple(places.get(identifier, ())),
        )
        for position, identifier, thread, envelope, received_at in found
    ]


def keep_attachment(data: bytes) -> str:
    """Store an attachment under its SHA-256 and return that in hexadecimal."""
    digest = hashlib.sha256(data).hexdigest()
    Attachment.objects.get_or_create(sha256=digest, defaults={"data": data})
    return digest


def attachments(digests: Sequence[str]) -> dict[str, bytes]:
    """Return the attachments with these hashes that are stored."""
    found = Attachment.objects.filter(sha256__in=list(digests))
    return {row.sha256: bytes(row.data) for row in found}


def offer_parcels(parcels: Iterable[tuple[bytes, str, str, bytes]], at: datetime) -> None:
    """Queue (seal digest, statement id, recipient, parcel bytes) for handing over; a queued one stays as it is."""
    Parcel.objects.bulk_create(
        [
            Parcel(
                seal_digest=digest.hex(),
                statement_id=identifier,
                recipient=recipient,
                parcel=parcel,
                offered_at=to_milliseconds(at),
            )
            for digest, identifier, recipient, parcel in parcels
        ],
        ignore_conflicts=True,
    )


def waiting_parcels(limit: int = 200) -> list[Parcel]:
    """Return parcels not handed over yet, oldest first; a refused one does not block those behind it."""
    return list(Parcel.objects.filter(handed_over_at=None, refusal="").order_by("offered_at", "seal_digest")[:limit])


def is_waiting(seal_digest: str) -> bool:
    """Say whether a parcel is not handed over yet; inside the ledger's ``writing`` the answer stays true."""
    return Parcel.objects.filter(seal_digest=seal_digest, handed_over_at=None).exists()


def mark_handed_over(seal_digest: str, at: datetime) -> None:
    """Record that the recipient's machine holds the parcel's content."""
    Parcel.objects.filter(seal_digest=seal_digest).update(handed_over_at=to_milliseconds(at))


def mark_refused(seal_digest: str, reason: str) -> None:
    """Record that the recipient's machine refused the parcel."""
    Parcel.objects.filter(seal_digest=seal_digest).update(refusal=reason[:500])


def keep_refusal(source: str, refused: RejectedError, at: datetime) -> None:
    """Keep a refusal for the operator: its code and sentence only."""
    Refusal.objects.create(
        at=to_milliseconds(at), source=source[:150], code=refused.code, message=refused.message[:500]
    )


def record_act(officer: str, participant: str, verb: str, subject: str, at: datetime) -> None:
    """Record who did what."""
    Act.objects.create(
        at=to_milliseconds(at), officer=officer, participant=participant, verb=verb, subject=subject[:200]
    )


def keep_evidence(shown: EvidenceError, at: datetime) -> None:
    """Keep the bytes that show what somebody must be told of."""
    Evidence.objects.create(
        at=to_milliseconds(at), code=shown.code, message=shown.message, evidence=shown.evidence_bytes
    )
