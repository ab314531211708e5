"""The registers: notices, views, invitations, offers, commitments and mappings, as their readers see them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from detente.clock import from_milliseconds, to_milliseconds
from detente.errors import PolicyError
from detente.projections.consultation import Entry, entries_of
from detente.projections.models import NoticeRange, Registered


@dataclass(frozen=True)
class Item:
    """One statement of a register."""

    statement_id: str
    kind: str
    issuer: str
    office: str
    recipients: tuple[str, ...]
    context: str
    tlp: str
    title: str
    entries: tuple[Entry, ...]
    issued_at: datetime
    keyset_id: str
    superseded_by: str
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


@dataclass(frozen=True)
class Coverage:
    """A published notice in whose ranges and window an address and a time fall."""

    item: Item
    network: str


def items(kind: str, viewer: str, *, limit: int = 100, offset: int = 0) -> list[Item]:
    """Return the newest statements of ``kind`` that ``viewer`` may read; superseded ones are left out."""
    found = Registered.objects.filter(kind=kind, superseded_by="").filter(_readable(viewer))
    return [_item(row) for row in found.order_by("-position")[offset : offset + limit]]


def items_after(kind: str, viewer: str, after: int = 0, limit: int = 100) -> list[tuple[int, Item]]:
    """Return statements of ``kind`` that ``viewer`` may read, oldest first, each with its place in that order.

    Superseded ones are left out; the newer version stands further on.
    """
    found = Registered.objects.filter(kind=kind, superseded_by="", position__gt=after).filter(_readable(viewer))
    return [(row.position, _item(row)) for row in found.order_by("position")[:limit]]


def item(statement_id: str, viewer: str) -> Item:
    """Return one statement; raise ``PolicyError`` when ``viewer`` may not read it, or there is none."""
    row = Registered.objects.filter(statement_id=statement_id).filter(_readable(viewer)).first()
    if row is None:
        raise PolicyError("statement-unknown", "There is no such statement that your office may read.")
    return _item(row)


def find(statement_ids: Iterable[str], viewer: str) -> dict[str, Item]:
    """Return those of the statements that ``viewer`` may read, superseded ones too."""
    found = Registered.objects.filter(statement_id__in=list(statement_ids)).filter(_readable(viewer))
    return {row.statement_id: _item(row) for row in found}


def versions(statement: Item, viewer: str) -> list[Item]:
    """Return the versions of a statement by its issuer that ``viewer`` may read, oldest first."""
    found = Registered.objects.filter(thread=statement.members["thread"], kind=statement.kind, issuer=statement.issuer)
    return [_item(row) for row in found.filter(_readable(viewer)).order_by("position")]


def notices_covering(
    text: str, begins_at: datetime | None, ends_at: datetime | None, viewer: str, context: str = "real"
) -> list[Coverage]:
    """Return published notices whose ranges overlap the address or range ``text`` and whose window overlaps the time.

    An open edge of the time overlaps everything on that side. Text that is no address matches nothing, and a notice of
    an exercise or a test covers nothing that is real.
    """
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return []
    first, last = f"{int(network.network_address):032x}", f"{int(network.broadcast_address):032x}"
    found = NoticeRange.objects.filter(version=network.version, first__lte=last, last__gte=first)
    if ends_at is not None:
        found = found.filter(begins_at__lte=to_milliseconds(ends_at))
    if begins_at is not None:
        found = found.filter(ends_at__gte=to_milliseconds(begins_at))
    by_id = {row.statement_id: row for row in found.order_by("statement_id", "first")}
    notices = Registered.objects.filter(statement_id__in=by_id, superseded_by="", context=context)
    notices = notices.filter(_readable(viewer))
    return [Coverage(_item(row), str(network)) for row in notices.order_by("position")]


def _readable(viewer: str) -> Q:
    # Recipients are ids separated by spaces; padding them makes "ALD" never match "ALDX".
    return (
        Q(recipients="*")
        | Q(issuer=viewer)
        | Q(recipients=viewer)
        | Q(recipients__startswith=f"{viewer} ")
        | Q(recipients__endswith=f" {viewer}")
        | Q(recipients__contains=f" {viewer} ")
    )


def _item(row: Registered) -> Item:
    return Item(
        statement_id=row.statement_id,
        kind=row.kind,
        issuer=row.issuer,
        office=row.office,
        recipients=tuple(row.recipients.split(" ")),
        context=row.context,
        tlp=row.tlp,
        title=row.title,
        entries=entries_of(row.entries),
        issued_at=from_milliseconds(row.issued_at),
        keyset_id=row.keyset_id,
        superseded_by=row.superseded_by,
        payload=row.payload,
    )
