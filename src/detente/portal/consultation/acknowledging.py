"""Acknowledging on a phone: two taps, the second of which says what it means."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from detente.errors import PolicyError, RejectedError
from detente.node import actions
from detente.portal import refusals, vocabulary
from detente.portal.acting import Acting, acting
from detente.portal.consultation.pages import marked
from detente.portal.consultation.timeline import recorded_at, verb_name
from detente.projections.consultation import Row, ShownStatement, ThreadView

MEANINGS = ("received", "under-review")


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, thread: str, statement_id: str) -> HttpResponse:
    """Ask which of two meanings, and send it; pressed twice it is sent once."""
    who = acting(request)
    view = who.thread(str(thread))
    try:
        shown = view.statement(statement_id)
    except PolicyError as refused:
        raise Http404 from refused
    refusal = ""
    if request.method == "POST":
        meaning = request.POST.get("meaning", "")
        if meaning not in MEANINGS:
            return refusals.bad_request(request)
        try:
            actions.acknowledge(who.node, who.person, view.thread, statement_id, meaning)
        except RejectedError as error:
            refusal = error.message
        else:
            messages.success(request, _("Acknowledged and recorded."))
            return redirect("portal:thread", view.thread)
    context = _context(who, view, shown, refusal)
    return render(request, "portal/consultation/acknowledge.html", context, status=409 if refusal else 200)


def _context(who: Acting, view: ThreadView, shown: ShownStatement, refusal: str) -> dict[str, Any]:
    row = _row(view, shown, who.person.participant)
    asked = row.reading.deadline("acknowledgement") if row.reading.request_id == shown.statement_id else None
    return {
        "row": row,
        "shown": shown,
        "verb": verb_name(shown),
        "sender": who.name(shown.issuer),
        "urgency": vocabulary.called(vocabulary.URGENCY, row.urgency),
        "said_at": recorded_at(shown),
        "asked": asked,
        "their_zone": who.zone(shown.issuer),
        "open": shown.statement_id in row.unacknowledged(who.person.participant),
        "refusal": refusal,
        **marked(who, row),
    }


def _row(view: ThreadView, shown: ShownStatement, mine: str) -> Row:
    return next((row for row in view.rows if row.other(mine) == shown.issuer), view.first)
