"""The list of threads, and one thread with everything that was said in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from detente.clock import to_milliseconds
from detente.node.actions import MAY_DRAFT
from detente.portal import vocabulary
from detente.portal.acting import Acting, acting
from detente.portal.consultation.rendering import rendered
from detente.portal.consultation.standing import offers, stage_words, standings
from detente.portal.consultation.timeline import timeline
from detente.projections import consultation
from detente.projections.consultation import Row

A_PAGE = 40


@require_safe
def thread_list(request: HttpRequest) -> HttpResponse:
    """Show the threads of the participant, the last changed first; what is not real stands apart."""
    who = acting(request)
    rows = consultation.threads_of(
        who.person.participant, who.now, who.directory, before=_before(request), limit=A_PAGE + 1
    )
    shown = _threads(rows[:A_PAGE])
    lines = [_line(who, each) for each in shown]
    older = rows[A_PAGE - 1].changed_at if len(rows) > A_PAGE else None
    context: dict[str, Any] = {
        "lines": [line for line in lines if line["context"] == "real"],
        "others": [line for line in lines if line["context"] != "real"],
        "page": _page(request, older),
        "looked_at": who.now,
        "compose_url": reverse("portal:compose-request") if set(MAY_DRAFT) & set(who.person.roles) else "",
    }
    return render(request, "portal/consultation/list.html", context)


@require_safe
def thread(request: HttpRequest, thread: str) -> HttpResponse:
    """Show a thread to those who take part in it; to anybody else there is no such page."""
    who = acting(request)
    view = who.thread(str(thread))
    row = view.first
    context: dict[str, Any] = {
        "row": row,
        "urgency": vocabulary.called(vocabulary.URGENCY, row.urgency),
        "opener": who.name(row.opener),
        "addressees": [who.name(each.addressee) for each in view.rows],
        "several": len(view.rows) > 1,
        "standings": standings(who, view),
        "offers": offers(who, view),
        "entries": rendered(timeline(who, view)),
        **marked(who, row),
    }
    return render(request, "portal/consultation/thread.html", context)


def marked(who: Acting, row: Row) -> dict[str, Any]:
    """Return what makes a page of an exercise unmistakable; nothing for a real thread."""
    if row.context == "real":
        return {}
    opened = who.directory.exercises.get(row.exercise_id)
    return {"exercise": {"id": row.exercise_id, "name": opened.opening.title if opened else ""}}


def _threads(rows: list[Row]) -> list[list[Row]]:
    """Gather the rows of a thread towards several addressees, in the order of the list."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.thread, []).append(row)
    return list(found.values())


def _line(who: Acting, rows: list[Row]) -> dict[str, Any]:
    first, mine = rows[0], who.person.participant
    return {
        "url": reverse("portal:thread", args=[first.thread]),
        "subject": first.subject,
        "hidden": first.tlp == "RED",
        "reference": first.reference,
        "tlp": first.tlp,
        "urgency": vocabulary.called(vocabulary.URGENCY, first.urgency),
        "context": first.context,
        "exercise_id": first.exercise_id,
        "mine": first.opener == mine,
        "others": [who.name(row.other(mine)) for row in rows],
        "stages": [{"who": who.name(row.addressee), "words": stage_words(row.reading)} for row in rows],
        "changed_at": max(row.changed_at for row in rows),
    }


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Http404
    return int(text)


def _page(request: HttpRequest, older: datetime | None) -> dict[str, str]:
    page = {}
    if "before" in request.GET:
        page["previous_url"] = reverse("portal:consultation")
    if older is not None:
        page["next_url"] = f"?{urlencode({'before': to_milliseconds(older)})}"
    return page
