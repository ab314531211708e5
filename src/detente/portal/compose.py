"""Writing a request for clarification or a notification. The form guides and never blocks.

Every field may be left empty; a structured field says a value, *not known* or *not disclosed*. A draft is kept with
its gaps, which the page before release names; only what no statement could hold (a wrong time, a file too large) or
what says two things at once comes back to be changed, with everything that was typed.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from detente.errors import RejectedError
from detente.node import actions
from detente.portal.acting import Acting, acting
from detente.portal.composing.content import content_of, initial_of
from detente.portal.composing.fields import LocalTime, media_type, safe_name
from detente.portal.composing.form import NOTIFICATION, REQUEST, ComposeForm
from detente.portal.times import viewer_zone, zone_label

__all__ = ["LocalTime", "edit", "notification", "request_for_clarification"]

TITLES: dict[str, str | Promise] = {
    REQUEST: _("Ask for clarification"),
    NOTIFICATION: _("Notify of an incident"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def request_for_clarification(request: HttpRequest) -> HttpResponse:
    """Write a new request for clarification."""
    return _compose(request, acting(request), REQUEST)


@require_http_methods(["GET", "HEAD", "POST"])
def notification(request: HttpRequest) -> HttpResponse:
    """Write a new notification."""
    return _compose(request, acting(request), NOTIFICATION)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Go on with a draft."""
    who = acting(request)
    try:
        row = actions.open_draft(who.person, draft_id)
    except RejectedError as refused:
        raise Http404 from refused
    if row.kind not in TITLES or row.thread:
        raise Http404
    return _compose(request, who, row.kind, row.content, draft_id)


def _compose(
    request: HttpRequest, who: Acting, kind: str, kept: dict[str, Any] | None = None, draft_id: uuid.UUID | None = None
) -> HttpResponse:
    who.person.require(actions.MAY_DRAFT, "write drafts")
    initial = initial_of(kept) if kept else {}
    form = ComposeForm(who, kind, kept, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        files = [(safe_name(each.name), media_type(each), each.read()) for each in form.cleaned_data["attachments"]]
        try:
            row = actions.save_draft(who.node, who.person, kind, content_of(form), draft_id=draft_id, attachments=files)
        except RejectedError as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("portal:draft", row.id)
    context = {
        "form": form,
        "title": TITLES[kind],
        "draft_id": draft_id,
        "groups": form.groups(),
        "zone": zone_label(who.now, viewer_zone()),
        "files_again": bool(request.FILES),
    }
    return render(request, "portal/compose.html", context, status=400 if form.errors else 200)
