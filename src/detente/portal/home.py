"""What needs me now: the first page of an officer, and the confirmation of the office's own entry."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from detente.node import opening, registrar
from detente.node.needs import MAY_CONFIRM_ENTRY, Need, Why, needs_of
from detente.portal import vocabulary
from detente.portal.acting import Acting, acting

_WHY: dict[Why, str | Promise] = {
    Why.RELEASE: _("A draft waits for your release"),
    Why.IMMEDIATE: _("An immediate message is not acknowledged yet"),
    Why.ANSWER: _("An answer is asked for"),
    Why.ENTRY: _("Your office's entry was last confirmed some time ago"),
    Why.ACKNOWLEDGE: _("A message is not acknowledged yet"),
}
_CORRECTED = _("A correction is not acknowledged yet")
_VERBS: dict[Why, str | Promise] = {
    Why.RELEASE: _("Read and release"),
    Why.IMMEDIATE: _("Acknowledge"),
    Why.ANSWER: _("Answer"),
    Why.ENTRY: _("Confirm"),
    Why.ACKNOWLEDGE: _("Acknowledge"),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show at most twenty lines; what belongs to an exercise or a test stands apart, under its own mark."""
    who = acting(request)
    needs = needs_of(who.node, who.person)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for need in needs.other:
        groups.setdefault((need.context, need.exercise_id), []).append(_line(who, need))
    context: dict[str, Any] = {
        "lines": [_line(who, need) for need in needs.real],
        "left": needs.real_left,
        "groups": [
            {"context": name, "exercise": {"id": identifier, "name": _title(who, identifier)}, "lines": lines}
            for (name, identifier), lines in groups.items()
        ],
        "other_left": needs.other_left,
        "looked_at": who.now,
    }
    return render(request, "portal/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_entry(request: HttpRequest) -> HttpResponse:
    """Say the office's own entry again as it stands, after one question."""
    who = acting(request)
    who.person.require(MAY_CONFIRM_ENTRY, "confirm the entry of your office")
    listed = who.directory.office(who.person.participant, who.person.office)
    if listed is None:
        raise Http404
    if request.method == "POST":
        opening.publish_office(who.node, listed.entry)
        registrar.try_settle(who.node)
        messages.success(request, _("Your office's entry is confirmed and recorded."))
        return redirect("portal:home")
    entry = listed.entry
    facts = [
        gettext("Name: %(name)s") % {"name": who.office_name(entry.participant, entry.office)},
        gettext("Hours: %(opens)s to %(closes)s") % {"opens": entry.opens, "closes": entry.closes},
        gettext("Languages: %(languages)s") % {"languages": ", ".join(entry.languages)},
        *(f"{each.kind}: {each.value}" for each in entry.channels),
    ]
    context = {
        "title": _("Is this entry still right?"),
        "question": _(
            "Confirming says to all members that it is. If it is not, ask the operator of this node to record"
            " the right one."
        ),
        "consequences": facts,
        "yes": _("Confirm"),
        "back_url": reverse("portal:home"),
        "fields": {},
    }
    return render(request, "portal/confirm.html", context)


def _line(who: Acting, need: Need) -> dict[str, Any]:
    subject = need.subject
    if need.why is Why.ENTRY:
        subject = who.office_name(who.person.participant, who.person.office)
    return {
        "why": _why(who, need),
        "verb": _VERBS[need.why],
        "url": _url(need),
        "subject": subject or gettext("(no subject)"),
        "subject_hidden": subject is None,
        "tlp": need.tlp,
        "urgency": vocabulary.called(vocabulary.URGENCY, need.urgency),
        "sender": who.name(need.sender) if need.sender else "",
        "reference": need.reference,
        "asked_by": need.asked_by,
        "passed": need.passed,
        "their_zone": who.zone(need.sender),
        "their_name": who.name(need.sender) if need.sender else "",
    }


def _why(who: Acting, need: Need) -> str | Promise:
    if need.why is Why.ENTRY and need.since is not None:
        days = (who.now - need.since).days
        return ngettext(
            "Your office's entry was last confirmed %(days)d day ago",
            "Your office's entry was last confirmed %(days)d days ago",
            days,
        ) % {"days": days}
    return _CORRECTED if need.corrected else _WHY[need.why]


def _url(need: Need) -> str:
    if need.why is Why.RELEASE:
        return reverse("portal:draft", args=[need.draft_id])
    if need.why is Why.ENTRY:
        return reverse("portal:confirm-entry")
    if need.why is Why.ANSWER:
        return reverse("portal:say", args=[need.thread, need.verb])
    return reverse("portal:acknowledge", args=[need.thread, need.statement_id])


def _title(who: Acting, exercise_id: str) -> str:
    opened = who.directory.exercises.get(exercise_id)
    return opened.opening.title if opened else ""
