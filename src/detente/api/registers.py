"""The registers: notices, views, invitations, offers, commitments, mappings, and which notice covers an address."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field, StringConstraints

from detente.api.access import Caller
from detente.api.answers import PAGE_DEFAULT, Cursor, Limit, Page, Shape, parse_cursor, render_cursor, reply
from detente.api.consultation import Entry
from detente.errors import MalformedError
from detente.projections import registers
from detente.statements.values import Instant

router = Router(tags=["registers"])

KINDS = {
    "notices": "transparency.notice",
    "views": "transparency.view",
    "invitations": "transparency.invitation",
    "offers": "cooperation.offer",
    "commitments": "restraint.commitment",
    "mappings": "crosswalk.mapping",
}
Register = Literal["notices", "views", "invitations", "offers", "commitments", "mappings"]


class Item(Shape):
    """A statement of a register. ``title`` and ``body`` are null when it is marked TLP:RED."""

    statement_id: str
    kind: str
    issuer: str
    office: str
    recipients: list[str]
    context: str
    tlp: str
    title: str | None
    issued_at: Instant
    keyset_id: str
    entries: list[Entry]
    body: dict[str, Any] | None


class Asked(BaseModel):
    """An address or range, and a window that may be open on either side."""

    address: Annotated[str, StringConstraints(min_length=2, max_length=60)]
    begins_at: Instant | None = Field(default=None, alias="from")
    ends_at: Instant | None = Field(default=None, alias="to")


class Coverage(Shape):
    """A notice in whose ranges and window an address and a time fall."""

    address: str
    notice: Item


class CoverageAnswer(Shape):
    """Every published notice that covers what was asked, readable by the caller's participant."""

    items: list[Coverage]


@router.get("/registers/{kind}", response=Page[Item])
def list_register(
    request: Caller,
    kind: Register,
    cursor: Cursor | None = None,
    limit: Limit = PAGE_DEFAULT,
) -> HttpResponse:
    """Return the statements of a register in their order, superseded ones left out."""
    after, _ = parse_cursor(cursor)
    found = registers.items_after(KINDS[kind], request.auth.participant, after, limit + 1)
    last = found[:limit][-1][0] if found else after
    return reply(
        Page[Item](
            items=[_item(each) for _, each in found[:limit]],
            next=render_cursor(last) if found or cursor else None,
            more=len(found) > limit,
        )
    )


@router.get("/notices/covering", response=CoverageAnswer)
def list_covering(request: Caller, asked: Query[Asked]) -> HttpResponse:
    """Return the notices whose ranges overlap an address or range and whose window overlaps a time, open at will."""
    try:
        ipaddress.ip_network(asked.address.strip(), strict=False)
    except ValueError as error:
        message = f"{asked.address[:50]!r} is no address or range such as 198.51.100.7 or 198.51.100.0/24."
        raise MalformedError("address-form", message) from error
    found = registers.notices_covering(asked.address, asked.begins_at, asked.ends_at, request.auth.participant)
    return reply(CoverageAnswer(items=[Coverage(address=each.network, notice=_item(each.item)) for each in found]))


def _item(item: registers.Item) -> Item:
    hidden = item.tlp == "RED"
    return Item(
        statement_id=item.statement_id,
        kind=item.kind,
        issuer=item.issuer,
        office=item.office,
        recipients=list(item.recipients),
        context=item.context,
        tlp=item.tlp,
        title=None if hidden else item.title,
        issued_at=item.issued_at,
        keyset_id=item.keyset_id,
        entries=[Entry.model_validate(each) for each in item.entries],
        body=None if hidden else item.body,
    )
