"""The projector: takes statements in order of arrival and writes what can be read.

One function for one statement and for fifty thousand: a batch is folded in memory, then written at once. Rebuilding
is the same from position 0, and gives the same bytes (``dump``), whatever the batches were.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import models, transaction

from detente.clock import parse_instant, to_milliseconds
from detente.envelopes.signing import unwrap
from detente.procedures import consultation
from detente.projections.models import (
    NoticeRange,
    Progress,
    Registered,
    Thread,
    ThreadStatement,
)
from detente.rows import insert

NAME = "all"
REGISTERS = (
    "transparency.notice",
    "transparency.view",
    "transparency.invitation",
    "cooperation.offer",
    "restraint.commitment",
    "crosswalk.mapping",
)
OPENERS = ("consultation.request", "consultation.notification")
_STATEMENT_COLUMNS = (
    "position",
    "statement_id",
    "thread",
    "kind",
    "issuer",
    "office",
    "recipients",
    "entries",
    "issued_at",
    "received_at",
    "keyset_id",
    "payload",
)
PROJECTIONS: tuple[type[models.Model], ...] = (Thread, ThreadStatement, Registered, NoticeRange)


class KeptStatement(Protocol):
    """What the projector reads of a stored statement."""

    @property
    def position(self) -> int:
        """Order of arrival."""
        ...

    @property
    def statement_id(self) -> str:
        """The statement's id."""
        ...

    @property
    def thread(self) -> str:
        """The thread that it belongs to."""
        ...

    @property
    def envelope_bytes(self) -> bytes:
        """The signed bytes."""
        ...

    @property
    def received_at(self) -> datetime:
        """When this node received it."""
        ...

    @property
    def entries(self) -> tuple[tuple[str, int, datetime], ...]:
        """(recipient, index, time of registration) for each ledger entry."""
        ...


def position() -> int:
    """Return the position up to which statements were taken in."""
    row = Progress.objects.filter(name=NAME).first()
    return row.position if row else 0


def clear() -> None:
    """Drop everything that can be replayed."""
    every: tuple[type[models.Model], ...] = (*PROJECTIONS, Progress)
    for model in every:
        model._default_manager.all().delete()  # noqa: SLF001 - Django's public name for it


def take(kept: Sequence[KeptStatement]) -> None:
    """Take in ``kept``, which follow the last position in order, in one transaction.

    Another process that took some of them in first is no error: they are passed over.
    """
    with transaction.atomic():
        progress, _ = Progress.objects.select_for_update().get_or_create(name=NAME, defaults={"position": 0})
        fresh = [each for each in kept if each.position > progress.position]
        if not fresh:
            return
        batch = _Batch()
        if progress.position:
            batch.load({each.thread for each in fresh})
        for each in fresh:
            batch.add(each)
        batch.write()
        progress.position = fresh[-1].position
        progress.save(update_fields=["position"])


def dump() -> str:
    """Return a digest of every projection's rows in their order: equal digests are equal projections."""
    digest = hashlib.sha256()
    for model in PROJECTIONS:
        names = [field.attname for field in model._meta.concrete_fields if field.attname != "id"]  # noqa: SLF001
        for row in model._default_manager.order_by(*names[:3]).values_list(*names).iterator():  # noqa: SLF001
            digest.update(json.dumps([model.__name__, *row], ensure_ascii=True).encode())
    return digest.hexdigest()


class _Batch:
    """Rows of one batch, folded in memory before they are written."""

    def __init__(self) -> None:
        self.statements: list[tuple[object, ...]] = []
        self.registered: dict[str, Registered] = {}
        self.superseded: dict[str, tuple[str, str]] = {}
        self.ranges: list[NoticeRange] = []
        self.threads: dict[tuple[str, str], Thread] = {}
        self.said: dict[tuple[str, str], list[Any]] = {}
        self.openers: dict[str, str] = {}
        self.fresh: set[tuple[str, str]] = set()

    def add(self, kept: KeptStatement) -> None:
        """Fold one statement in."""
        payload_bytes, keyset_id = unwrap(kept.envelope_bytes)
        payload = payload_bytes.decode()
        members = json.loads(payload)  # checked when it was accepted; replay does not check again
        area = members["kind"].partition(".")[0]
        if area in ("consultation", "evidence"):
            self._thread(kept, members, payload, keyset_id)
        elif members["kind"] in REGISTERS:
            self._register(kept, members, payload, keyset_id)

    def _thread(self, kept: KeptStatement, members: dict[str, Any], payload: str, keyset_id: str) -> None:
        recipients = _recipients(members)
        self.statements.append(
            (
                kept.position,
                kept.statement_id,
                members["thread"],
                members["kind"],
                members["issuer"]["participant"],
                members["issuer"]["office"],
                " ".join(recipients),
                _entries(kept),
                to_milliseconds(parse_instant(members["issued_at"])),
                to_milliseconds(kept.received_at),
                keyset_id,
                payload,
            )
        )
        opener = self._opener(members)
        if opener is None:
            return
        issuer = members["issuer"]["participant"]
        places = {recipient: (index, at) for recipient, index, at in kept.entries}
        for recipient in recipients:
            addressee = recipient if issuer == opener else issuer
            index, at = places.get(recipient, (None, kept.received_at))
            said = consultation.said_from(members, kept.statement_id, opener, addressee, at, index)
            if said is not None:
                self._append(members, opener, addressee, kept, said)

    def _append(
        self, members: dict[str, Any], opener: str, addressee: str, kept: KeptStatement, said: consultation.Said
    ) -> None:
        where = (members["thread"], addressee)
        if where not in self.threads:
            if members["kind"] not in OPENERS or said.role is not consultation.Role.OPENER:
                return
            self.fresh.add(where)
            self.said[where] = []
            self.threads[where] = Thread(
                thread=members["thread"],
                addressee=addressee,
                opener=opener,
                kind=members["kind"],
                context=members["context"],
                exercise_id=members.get("exercise_id") or "",
                reference=members.get("reference") or "",
                urgency=members.get("urgency", "routine"),
                tlp=members["tlp"],
                subject=members["body"].get("subject", ""),
                opened_at=to_milliseconds(kept.received_at),
                changed_at=to_milliseconds(kept.received_at),
            )
        row = self.threads[where]
        if said.context == row.context and (members.get("exercise_id") or "") == row.exercise_id:
            # What is said in another context is shown in the thread, and moves nothing (invariant 11).
            self.said[where].append(said.to_json())
        row.changed_at, row.position = to_milliseconds(kept.received_at), kept.position

    def _opener(self, members: dict[str, Any]) -> str | None:
        if members["kind"] in OPENERS:
            return self.openers.setdefault(members["thread"], members["issuer"]["participant"])
        return self.openers.get(members["thread"])

    def load(self, threads: Collection[str]) -> None:
        """Read the rows of ``threads`` that earlier batches wrote."""
        for row in Thread.objects.filter(thread__in=threads):
            where = (row.thread, row.addressee)
            self.openers[row.thread] = row.opener
            self.threads[where] = row
            self.said[where] = json.loads(row.said)

    def _register(self, kept: KeptStatement, members: dict[str, Any], payload: str, keyset_id: str) -> None:
        body = members["body"]
        title = body.get("title") or f"{body['subject']['title']} – {body['object']['title']}"
        self.registered[kept.statement_id] = Registered(
            statement_id=kept.statement_id,
            position=kept.position,
            kind=members["kind"],
            thread=members["thread"],
            issuer=members["issuer"]["participant"],
            office=members["issuer"]["office"],
            recipients=" ".join(_recipients(members)),
            context=members["context"],
            tlp=members["tlp"],
            title=title,
            entries=_entries(kept),
            issued_at=to_milliseconds(parse_instant(members["issued_at"])),
            keyset_id=keyset_id,
            payload=payload,
        )
        if members.get("supersedes"):
            self.superseded[members["supersedes"]] = (kept.statement_id, members["issuer"]["participant"])
        if members["kind"] == "transparency.notice":
            self._notice(kept.statement_id, body)

    def _notice(self, statement_id: str, body: dict[str, Any]) -> None:
        begins, ends = body["window"].get("begins_at"), body["window"].get("ends_at")
        for text in body.get("ranges", ()):
            network = ipaddress.ip_network(text)
            self.ranges.append(
                NoticeRange(
                    statement_id=statement_id,
                    version=network.version,
                    first=f"{int(network.network_address):032x}",
                    last=f"{int(network.broadcast_address):032x}",
                    begins_at=to_milliseconds(parse_instant(begins)) if begins else 0,
                    ends_at=to_milliseconds(parse_instant(ends)) if ends else 1 << 60,
                )
            )

    def write(self) -> None:
        """Write the batch: new rows at once, changed threads by update."""
        insert(ThreadStatement, _STATEMENT_COLUMNS, self.statements)
        for old, (new, issuer) in self.superseded.items():
            if old in self.registered:
                if self.registered[old].issuer == issuer:
                    self.registered[old].superseded_by = new
            else:
                Registered.objects.filter(statement_id=old, issuer=issuer).update(superseded_by=new)
        Registered.objects.bulk_create(self.registered.values(), batch_size=500)
        NoticeRange.objects.bulk_create(self.ranges, batch_size=500)
        changed: list[Thread] = []
        created: list[Thread] = []
        for where, row in self.threads.items():
            row.said = json.dumps(self.said[where], separators=(",", ":"))
            (created if where in self.fresh else changed).append(row)
        Thread.objects.bulk_create(created, batch_size=500)
        Thread.objects.bulk_update(changed, ["said", "changed_at", "position"], batch_size=200)


def _recipients(members: dict[str, Any]) -> tuple[str, ...]:
    addressees = members["addressees"]
    return ("*",) if isinstance(addressees, str) else tuple(each["participant"] for each in addressees)


def _entries(kept: KeptStatement) -> str:
    return json.dumps([[recipient, index, to_milliseconds(at)] for recipient, index, at in kept.entries])
