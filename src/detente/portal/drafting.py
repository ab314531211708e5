"""Drafts: listed, read as the reader will see them, released by a second person or discarded."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from detente.clock import from_milliseconds
from detente.errors import PolicyError, RejectedError
from detente.node import accounts, actions, records
from detente.portal import preview
from detente.portal.acting import Acting, acting
from detente.portal.bodies import VERBS, body_rows
from detente.portal.times import viewer_zone

# Refusals that people meet while releasing, in the language of the page; others stand as the floor below says them.
_SENTENCES: dict[str, str | Promise] = {
    "draft-changed": _("The draft was changed after you read it. Nothing left; read it again below, then release."),
    "release-second-person": _(
        "Your office releases by two persons: somebody other than the drafter has to release this. "
        "Ask a colleague who may release to open it under Drafts."
    ),
    "release-emergency": _("Only an immediate message may leave by one person in an emergency."),
    "exercise-closed": _(
        "No such exercise is open for all who are named here. If this is real, choose real; "
        "if it is an exercise, have it opened first."
    ),
    "role-missing": _("Your account may not do this; somebody with another role in your office may."),
    "addressee-keyless": _("A reader has no key in the directory yet; nothing can be sealed to it."),
    "attachment-missing": _("An attachment is not stored any more; attach it again."),
}


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """List the open drafts of the person's participant."""
    who = acting(request)
    rows = records.drafts(who.person)
    may_release = bool(set(actions.MAY_RELEASE) & set(who.person.roles)) and not who.person.machine
    alone = actions.release_persons(who.node, who.person) == 1
    called = accounts.called({row.drafter for row in rows}, who.person.participant)
    lines = [
        {
            "url": reverse("portal:draft", args=[row.id]),
            "verb": VERBS.get(row.kind, row.kind),
            "title": _title(row.content),
            "tlp": row.content.get("tlp", ""),
            "drafter": called.get(row.drafter, row.drafter),
            "to": _readers(who, row.content),
            "exercise": row.content.get("exercise_id") or "",
            "releasable": may_release and (alone or row.drafter != who.person.name),
            "at": from_milliseconds(row.changed_at),
        }
        for row in rows
    ]
    return render(request, "portal/drafts.html", {"lines": lines, "now": who.now})


@require_safe
def draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Show a draft as its reader will see it, with what releasing it means."""
    return _page(request, draft_id)


@require_POST
def release(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Release exactly what the page showed; pressing twice releases once."""
    who = acting(request)
    digest, emergency = request.POST.get("digest", ""), request.POST.get("emergency") == "yes"
    try:
        statement_id = actions.release(who.node, who.person, draft_id, digest, emergency=emergency)
    except RejectedError as refused:
        return _page(request, draft_id, refused=refused)
    messages.success(request, _("Released: signed, sealed and recorded."))
    return redirect(_after(statement_id, who))


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Ask once, then end a draft that never left."""
    who = acting(request)
    row = _row(who, draft_id)
    who.person.require(actions.MAY_DRAFT, "discard drafts")
    if request.method == "POST":
        actions.discard(who.node, who.person, draft_id)
        messages.success(request, _("Discarded. It never left your office."))
        return redirect("portal:drafts")
    context = {
        "title": _("Discard this draft?"),
        "question": _title(row.content),
        "consequences": [_("It cannot be edited or released afterwards. It never left your office.")],
        "yes": _("Discard"),
        "back_url": reverse("portal:draft", args=[draft_id]),
        "fields": {},
    }
    return render(request, "portal/confirm.html", context)


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
    body = row.content.get("body")
    context: dict[str, Any] = {
        "row": row,
        "verb": VERBS.get(row.kind, row.kind),
        "refused": _sentence(refused) if refused else "",
        "may_release": bool(set(actions.MAY_RELEASE) & set(who.person.roles)) and not who.person.machine,
        "may_edit": bool(set(actions.MAY_DRAFT) & set(who.person.roles)),
        "edit_url": _edit_url(row),
        "drafted_by": accounts.called([row.drafter], row.participant).get(row.drafter, row.drafter),
        "releaser": who.person.display_name or who.person.name,
        "alone": row.drafter == who.person.name and actions.release_persons(who.node, who.person) > 1,
        "immediate": row.content.get("urgency") == "immediate",
        "digest": row.digest,
        "gaps": preview.gaps(row.kind, row.content),
        "attachments": preview.attachments(row),
        "covered": preview.notices(who, row),
        "rows": body_rows(body, row.content.get("language") or "") if isinstance(body, dict) else [],
        "my_zone": viewer_zone(),
        "exercise": preview.exercise_of(who, row.content.get("exercise_id")),
    }
    try:
        statement = actions.preview(who.node, who.person, row)
    except RejectedError as missing:
        context["missing"] = _sentence(missing)
    else:
        context |= preview.as_read(who, statement)
    return render(request, "portal/draft.html", context, status=409 if refused else 200)


def _sentence(refused: RejectedError) -> str:
    """Return the sentence of a refusal in the language of the page, where it has one."""
    return str(_SENTENCES.get(refused.code, refused.message))


def _row(who: Acting, draft_id: uuid.UUID) -> Any:
    try:
        return actions.open_draft(who.person, draft_id)
    except RejectedError as refused:
        raise Http404 from refused


def _readers(who: Acting, content: dict[str, Any]) -> list[str]:
    """Return the names of those whom a draft addresses; none for one to everyone."""
    addressees = content.get("addressees")
    listed = addressees if isinstance(addressees, list) else []
    return [who.name(str(each.get("participant"))) for each in listed if isinstance(each, dict)]


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


def _after(statement_id: str, who: Acting) -> str:
    """Return where the released statement is shown."""
    _kept, statement = records.statement(who.person, statement_id)
    if statement.kind in _ITEM_URLS:
        return reverse(_ITEM_URLS[statement.kind], args=[statement_id])
    return reverse("portal:thread", args=[statement.thread])
