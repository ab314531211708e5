"""Drafts: listed, read as the reader will see them, released by a second person or discarded."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from detente.clock import from_milliseconds
from detente.errors import PolicyError, RejectedError
from detente.node import actions, records
from detente.portal.acting import Acting, acting
from detente.portal.bodies import VERBS, body_rows
from detente.procedures import clocks
from detente.projections import registers
from detente.projections.consultation import calendar_of
from detente.statements.addresses import addresses_in
from detente.statements.statement import EVERYONE, KINDS, Statement

_TEXT_TYPES = ("application/json", "text/plain", "text/csv")


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """List the open drafts of the person's participant."""
    who = acting(request)
    lines = [
        {
            "url": reverse("portal:draft", args=[row.id]),
            "verb": VERBS.get(row.kind, row.kind),
            "title": _title(row.content),
            "tlp": row.content.get("tlp", ""),
            "drafter": row.drafter,
            "mine": row.drafter == who.person.name,
            "at": from_milliseconds(row.changed_at),
        }
        for row in records.drafts(who.person)
    ]
    return render(request, "portal/drafts.html", {"lines": lines, "now": who.now})


@require_safe
def draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Show a draft as its reader will see it, with what releasing it means."""
    return _page(request, draft_id)


@require_POST
def release(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Release exactly what the page showed."""
    who = acting(request)
    row = _row(who, draft_id)
    try:
        statement_id = actions.release(
            who.node,
            who.person,
            draft_id,
            request.POST.get("digest", ""),
            emergency=request.POST.get("emergency") == "yes",
        )
    except RejectedError as refused:
        return _page(request, draft_id, refused=refused)
    messages.success(request, gettext("Released: signed, sealed and recorded."))
    return redirect(_after(row.kind, statement_id, who))


@require_http_methods(["POST"])
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """End a draft that never left."""
    who = acting(request)
    _row(who, draft_id)
    try:
        actions.discard(who.node, who.person, draft_id)
    except RejectedError as refused:
        return _page(request, draft_id, refused=refused)
    messages.success(request, gettext("Discarded. It never left your office."))
    return redirect("portal:drafts")


@require_safe
def attachment(request: HttpRequest, draft_id: uuid.UUID, sha256: str) -> HttpResponse:
    """Hand out a draft's attachment as a download, never to be shown by the browser."""
    who = acting(request)
    row = _row(who, draft_id)
    try:
        data = records.draft_attachment(row, sha256)
    except PolicyError as refused:
        raise Http404 from refused
    name = next(label["name"] for label in row.content["attachments"] if label["sha256"] == sha256)
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = _disposition(name)
    return response


def _disposition(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _page(request: HttpRequest, draft_id: uuid.UUID, refused: RejectedError | None = None) -> HttpResponse:
    who = acting(request)
    row = _row(who, draft_id)
    context: dict[str, Any] = {
        "row": row,
        "verb": VERBS.get(row.kind, row.kind),
        "title": _title(row.content),
        "refused": refused.message if refused else "",
        "may_release": bool(set(actions.MAY_RELEASE) & set(who.person.roles)),
        "may_edit": bool(set(actions.MAY_DRAFT) & set(who.person.roles)),
        "edit_url": _edit_url(row),
        "drafted_by": row.drafter,
        "releaser": who.person.display_name or who.person.name,
        "alone": row.drafter == who.person.name and actions.release_persons(who.node, who.person) > 1,
        "immediate": row.content.get("urgency") == "immediate",
        "digest": row.digest,
    }
    try:
        statement = actions.preview(who.node, who.person, row)
    except RejectedError as missing:
        context["missing"] = missing.message
    else:
        context |= _as_read(who, row, statement)
    return render(request, "portal/draft.html", context, status=409 if refused else 200)


def _as_read(who: Acting, row: Any, statement: Statement) -> dict[str, Any]:
    """Return what the reader will see: rows, readers with their zones and languages, times asked for."""
    body = statement.body.model_dump(mode="json", exclude_none=True)
    readers = [_reader(who, each, statement) for each in statement.recipients if each != EVERYONE]
    return {
        "rows": body_rows(body, statement.language),
        "statement": statement,
        "everyone": statement.addressees == EVERYONE,
        "readers": readers,
        "exercise": statement.exercise_id if statement.context == "exercise" else "",
        "attachments": [
            {
                "url": reverse("portal:draft-attachment", args=[row.id, label.sha256]),
                "name": label.name,
                "size": label.size,
                "tlp": label.tlp,
            }
            for label in statement.attachments
        ],
        "covered": _covered(who, row, statement),
        "me": who.name(who.person.participant),
    }


def _reader(who: Acting, participant: str, statement: Statement) -> dict[str, Any]:
    offices = who.directory.offices_of(participant, "diplomatic") or who.directory.offices_of(participant)
    languages = offices[0].entry.languages if offices else []
    calendar = calendar_of(who.directory, participant)
    asked: list[tuple[Any, datetime]] = []
    if statement.kind in ("consultation.request", "consultation.notification"):
        by = statement.ack_by or clocks.acknowledge_by(statement.urgency, who.now, calendar)
        asked.append((_("Acknowledge by"), by))
    if statement.kind == "consultation.request":
        asked.append((_("Answer by"), statement.answer_by or clocks.answer_by(statement.urgency, who.now, calendar)))
    return {
        "name": who.name(participant),
        "zone": calendar.zone_name,
        "languages": languages,
        "reads_it": statement.language.partition("-")[0] in {each.partition("-")[0] for each in languages},
        "asked": asked,
    }


def _covered(who: Acting, row: Any, statement: Statement) -> list[dict[str, Any]]:
    """Return the published notices that cover an address of the text or an annex, at the time observed."""
    if KINDS[row.kind].audience != "named":
        return []
    body = statement.body.model_dump(mode="json", exclude_none=True)
    texts = [str(each) for each in body.values()]
    texts += [
        records.draft_attachment(row, label["sha256"]).decode("utf-8", errors="replace")
        for label in row.content.get("attachments", [])
        if label["media_type"] in _TEXT_TYPES
    ]
    when = getattr(getattr(statement.body, "when", None), "value", None)
    begins, ends = (when.begins_at, when.ends_at) if when else (None, None)
    found: dict[str, dict[str, Any]] = {}
    for address in addresses_in(texts):
        for coverage in registers.notices_covering(address, begins, ends, who.person.participant):
            notice = coverage.item
            kept = found.setdefault(
                notice.statement_id,
                {
                    "title": notice.title,
                    "issuer": who.name(notice.issuer),
                    "at": notice.issued_at,
                    "rows": body_rows({"window": notice.body["window"]}),
                    "addresses": [],
                },
            )
            kept["addresses"].append(address)
    return list(found.values())


def _row(who: Acting, draft_id: uuid.UUID) -> Any:
    try:
        return actions.open_draft(who.person, draft_id)
    except RejectedError as refused:
        raise Http404 from refused


def _edit_url(row: Any) -> str:
    if row.kind in ("consultation.request", "consultation.notification") and not row.thread:
        return reverse("portal:draft-edit", args=[row.id])
    if row.kind in _ITEM_URLS:
        return f"{reverse(_ITEM_URLS[row.kind] + '-new')}?draft={row.id}"
    return ""


def _title(content: dict[str, Any]) -> str:
    if content.get("tlp") == "RED":
        return gettext("subject not shown (TLP:RED)")
    body = content.get("body", {})
    title: str = body.get("subject") or body.get("title") or ""
    return title


_ITEM_URLS = {
    "transparency.notice": "portal:notice",
    "transparency.view": "portal:view",
    "transparency.invitation": "portal:invitation",
    "cooperation.offer": "portal:offer",
    "restraint.commitment": "portal:commitment",
    "crosswalk.mapping": "portal:mapping",
}


def _after(kind: str, statement_id: str, who: Acting) -> str:
    """Return where the released statement is shown."""
    if kind in _ITEM_URLS:
        return reverse(_ITEM_URLS[kind], args=[statement_id])
    _kept, statement = records.statement(who.person, statement_id)
    return reverse("portal:thread", args=[statement.thread])
