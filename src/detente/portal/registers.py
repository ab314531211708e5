"""The pages of every register: a list, an entry with its versions and its proof, and a form for a new one.

A register shows what its reader may read and nothing of the rest: an entry for others does not exist. An entry is
never changed; its issuer says a newer version, and the older one stays, struck.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from detente.errors import PolicyError, RejectedError
from detente.node import actions, records
from detente.portal import times
from detente.portal.acting import Acting, acting
from detente.portal.bodies import body_rows
from detente.portal.consultation import timeline
from detente.portal.entry_form import EntryForm, Label
from detente.projections import registers
from detente.projections.registers import Item
from detente.statements.statement import EVERYONE

_A_PAGE = 50
_LAST_OFFSET = 1_000_000


@dataclass(frozen=True)
class Register:
    """One register: its kind, its address, the names of its pages, its words, and what its list shows of a body."""

    kind: str
    address: str
    list_name: str
    item_name: str
    title: Label
    lead: Label
    write: Label
    empty: Label
    form: type[EntryForm]
    shown: tuple[str, ...]
    note: Label = ""

    @property
    def new_name(self) -> str:
        """The name of the page on which a new entry is written."""
        return f"{self.item_name}-new"

    def url(self, statement_id: str) -> str:
        """Return the address of one entry."""
        return reverse(f"portal:{self.item_name}", args=[statement_id])


def pages(*area: Register) -> list[URLPattern]:
    """Return the three addresses of each register of one area; their lists lead to each other."""
    return [
        page
        for register in area
        for page in (
            path(register.address, entries, {"register": register, "area": area}, name=register.list_name),
            path(f"{register.address}/new", write, {"register": register}, name=register.new_name),
            path(f"{register.address}/<str:statement_id>", entry, {"register": register}, name=register.item_name),
        )
    ]


@require_safe
def entries(request: HttpRequest, register: Register, area: tuple[Register, ...]) -> HttpResponse:
    """List the newest versions, newest first, a page at a time."""
    who = acting(request)
    offset = _offset(request)
    found = registers.items(register.kind, who.person.participant, limit=_A_PAGE + 1, offset=offset)
    here = reverse(f"portal:{register.list_name}")
    context: dict[str, Any] = {
        "register": register,
        "area": [
            {"title": each.title, "url": reverse(f"portal:{each.list_name}"), "current": each == register}
            for each in area
            if len(area) > 1
        ],
        "lines": [_line(who, register, each) for each in found[:_A_PAGE]],
        "new_url": _new_url(who, register),
        "looked_at": who.now,
        "page": {
            "previous_url": f"{here}?from={max(offset - _A_PAGE, 0)}" if offset else "",
            "next_url": f"{here}?from={offset + _A_PAGE}" if len(found) > _A_PAGE else "",
        },
    }
    return render(request, "portal/register.html", context)


@require_safe
def entry(request: HttpRequest, register: Register, statement_id: str) -> HttpResponse:
    """Show one entry: what it says, where it is recorded, who keeps the key, its other versions."""
    who = acting(request)
    item = _item(who, register, statement_id)
    versions = registers.versions(item, who.person.participant)
    newer = next((each for each in versions if each.statement_id == item.superseded_by), None)
    own = item.issuer == who.person.participant
    context: dict[str, Any] = {
        "register": register,
        "list_url": reverse(f"portal:{register.list_name}"),
        "item": _line(who, register, item),
        "rows": body_rows(
            {name: value for name, value in item.body.items() if name != "title"}, item.members["language"]
        ),
        "recorded_at": min((at.registered_at for at in item.entries), default=None),
        "struck": bool(item.superseded_by),
        "newer_url": register.url(newer.statement_id) if newer else "",
        "versions": [_line(who, register, each) for each in versions] if len(versions) > 1 else [],
        "receipts": timeline.receipt_of(who, item, records.ledger_state(who.node)),
        "key": timeline.key_of(who, item.keyset_id, item.issuer, fingerprint=True),
        "original_url": reverse("portal:statement", args=[item.statement_id]),
        "supersede_url": _new_url(who, register, item) if own and not item.superseded_by else "",
        "exercise": _exercise(who, item),
    }
    return render(request, "portal/register_entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, register: Register) -> HttpResponse:
    """Write a new entry, a newer version of an own one, or go on with a draft of either; it is kept as a draft."""
    who = acting(request)
    who.person.require(actions.MAY_DRAFT, "write drafts")
    kept = _draft(who, register, request)
    older = _older(who, register, request) if kept is None else None
    content: dict[str, Any] = kept.content if kept else older.members if older else {}
    thread: str = kept.thread if kept else older.members["thread"] if older else ""
    supersedes = content.get("supersedes") if kept else older.statement_id if older else None
    initial = register.form.initial_of(content) if content else None
    form = register.form(who, request.POST if request.method == "POST" else None, initial)
    if request.method == "POST" and form.is_valid():
        said = {**form.content(), "supersedes": supersedes, "attachments": kept.content["attachments"] if kept else []}
        try:
            row = actions.save_draft(
                who.node, who.person, register.kind, said, thread=thread, draft_id=kept.id if kept else None
            )
        except RejectedError as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("portal:draft", row.id)
    context = {
        "register": register,
        "form": form,
        "supersedes": bool(supersedes),
        "zone": times.zone_label(who.now, timezone.get_current_timezone()),
        "back_url": reverse(f"portal:{register.list_name}"),
    }
    return render(request, "portal/register_write.html", context, status=400 if form.errors else 200)


def _line(who: Acting, register: Register, item: Item) -> dict[str, Any]:
    return {
        "statement_id": item.statement_id,
        "url": register.url(item.statement_id),
        "title": item.title,
        "hidden": item.tlp == "RED",
        "issuer": who.name(item.issuer),
        "office": who.office_name(item.issuer, item.office),
        "to": [] if item.recipients == (EVERYONE,) else [who.name(each) for each in item.recipients],
        "tlp": item.tlp,
        "context": item.context,
        "at": item.issued_at,
        "struck": bool(item.superseded_by),
        "rows": body_rows({name: item.body[name] for name in register.shown if name in item.body}),
    }


def _exercise(who: Acting, item: Item) -> dict[str, str] | None:
    if item.context != "exercise":
        return None
    identifier = item.members.get("exercise_id", "")
    opened = who.directory.exercises.get(identifier)
    return {"id": identifier, "name": opened.opening.title if opened else ""}


def _item(who: Acting, register: Register, statement_id: str) -> Item:
    try:
        item = registers.item(statement_id, who.person.participant)
    except PolicyError as refused:
        raise Http404 from refused
    if item.kind != register.kind:
        raise Http404
    return item


def _older(who: Acting, register: Register, request: HttpRequest) -> Item | None:
    """Return the own entry that is to be superseded; there is none such among those of others."""
    statement_id = request.GET.get("supersedes", "")
    if not statement_id:
        return None
    item = _item(who, register, statement_id)
    if item.issuer != who.person.participant or item.superseded_by:
        raise Http404
    return item


def _draft(who: Acting, register: Register, request: HttpRequest) -> Any | None:
    """Return the draft with which the writer goes on."""
    wanted = request.GET.get("draft", "")
    if not wanted:
        return None
    try:
        row = actions.open_draft(who.person, uuid.UUID(wanted))
    except (ValueError, RejectedError) as refused:
        raise Http404 from refused
    if row.kind != register.kind:
        raise Http404
    return row


def _new_url(who: Acting, register: Register, older: Item | None = None) -> str:
    if not set(actions.MAY_DRAFT) & set(who.person.roles):
        return ""
    url = reverse(f"portal:{register.new_name}")
    return f"{url}?supersedes={older.statement_id}" if older else url


def _offset(request: HttpRequest) -> int:
    text = request.GET.get("from", "0")
    if not (text.isascii() and text.isdigit()):
        raise Http404(gettext("There is no such page here"))
    return min(int(text[:9]), _LAST_OFFSET)
