"""Saying something in a thread: a form for each verb, then a draft for release, or one question before it is sent."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from detente.errors import RejectedError
from detente.node import actions
from detente.node.idempotency import say_once, was_said
from detente.portal import bodies, vocabulary
from detente.portal.acting import Acting, acting
from detente.portal.consultation.forms import FORMS
from detente.portal.consultation.pages import marked
from detente.portal.consultation.saying_form import SayForm
from detente.portal.consultation.setting import own_statements, setting_for
from detente.portal.consultation.timeline import recorded_at, verb_name
from detente.procedures.consultation import kind_of
from detente.projections.consultation import Row, ShownStatement, ThreadView
from detente.statements.statement import KINDS

ONCE = "once"
_AGAIN = _("Ask again")
_WHAT_FOLLOWS: dict[str, Any] = {
    "answer.interim": _("The other side sees by when your next update comes."),
    "answer.substantive": _("The other side then has five working days to react."),
    "decline": _("Nothing is published. The other side may accept this or ask for a meeting."),
    "referral.outside": _("The thread ends here as moved elsewhere."),
    "more_information": _("Your answer clock stands still until it comes, for at most 48 hours."),
    "meeting.asked": _("The other side is asked to reply within 48 hours. It may say no."),
    "meeting.refused": _("This is recorded without comment."),
    "correction": _("What you said stays, struck through. Everybody it went to is asked to acknowledge again."),
    "withdrawal": _("What you said stays readable and is marked as withdrawn."),
    "request": _("This opens the next round. Its clocks start when it was handed over."),
    "closure": _("No more is asked of anybody. New facts can open another round."),
    "channel.suspended": _("All clocks stand still on both sides until you open the channel again."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, thread: str, verb: str) -> HttpResponse:
    """Show the form of ``verb`` and take it in; only what may be said now has one."""
    who = acting(request)
    view = who.thread(str(thread))
    if verb not in FORMS:
        raise Http404
    if request.POST.get("step") == "send" and was_said(who.person, request.POST.get(ONCE, "")[:80]):
        return redirect("portal:thread", view.thread)
    rows = [row for row in view.rows if verb in {each.verb for each in row.permits(who.person.participant)}]
    if not rows:
        return _too_late(request, who, view, verb)
    about = None
    if verb == "correction":
        about = _about(who, view, request.POST.get("about") or request.GET.get("about"))
        if about is None:
            return _choose(request, who, view, verb)
    form = FORMS[verb](setting_for(who, view, verb, rows, about), request.POST or None)
    if request.method == "POST" and form.is_valid() and request.POST.get("step") != "change":
        answer = _take(request, who, view, verb, form, about)
        if answer is not None:
            return answer
    return _form(request, who, view, verb, form, about)


def _take(
    request: HttpRequest, who: Acting, view: ThreadView, verb: str, form: SayForm, about: ShownStatement | None
) -> HttpResponse | None:
    """Keep a draft, ask once more, or send; None when it was refused and the form says why."""
    kind, content = kind_of(verb), _content(who, view, verb, form, about)
    try:
        if KINDS[kind].released:
            row = actions.save_draft(who.node, who.person, kind, content, thread=view.thread)
            messages.success(request, _("Kept as a draft. It leaves when it is released."))
            return redirect("portal:draft", row.id)
        if request.POST.get("step") != "send":
            return _confirm(request, who, view, verb, form)
        key = request.POST.get(ONCE, "")[:80]
        say_once(who.node, who.person, key, kind, content, view.thread)
    except RejectedError as refused:
        form.add_error(None, refused.message)
        return None
    messages.success(request, _("Sent and recorded."))
    return redirect("portal:thread", view.thread)


def _content(who: Acting, view: ThreadView, verb: str, form: SayForm, about: ShownStatement | None) -> dict[str, Any]:
    body = form.body()
    row = _row(who, view, form.recipients)
    follows = row.reading.request_id
    if verb == "correction" and about is not None:
        body["statement_id"] = follows = about.statement_id
    elif verb == "withdrawal":
        follows = body["statement_id"]
    return {
        "addressees": [{"participant": name} for name in form.recipients],
        "tlp": about.tlp if about else row.tlp,
        "language": form.cleaned_data["language"],
        "urgency": row.urgency,
        "context": row.context,
        "exercise_id": row.exercise_id or None,
        "follows": [follows],
        "body": body,
    }


def _row(who: Acting, view: ThreadView, recipients: list[str]) -> Row:
    return next((row for row in view.rows if row.other(who.person.participant) in recipients), view.first)


def _about(who: Acting, view: ThreadView, statement_id: str | None) -> ShownStatement | None:
    own = own_statements(view, who.person.participant)
    if not statement_id:
        return own[0] if len(own) == 1 else None
    found = next((each for each in own if each.statement_id == statement_id), None)
    if found is None:
        raise Http404
    return found


def _page(who: Acting, view: ThreadView, verb: str) -> dict[str, Any]:
    row = view.first
    return {
        "row": row,
        "verb": verb,
        "title": _AGAIN if verb == "request" else vocabulary.called(vocabulary.SAID, verb),
        "others": [who.name(each.other(who.person.participant)) for each in view.rows],
        "follows": _WHAT_FOLLOWS.get(verb, ""),
        **marked(who, row),
    }


def _form(
    request: HttpRequest, who: Acting, view: ThreadView, verb: str, form: SayForm, about: ShownStatement | None
) -> HttpResponse:
    context = {
        **_page(who, view, verb),
        "form": form,
        "about": about.statement_id if about else "",
        "about_name": verb_name(about) if about else "",
        "released": KINDS[kind_of(verb)].released,
        "until": _until(who, view, verb),
    }
    return render(request, "portal/consultation/say.html", context, status=422 if form.errors else 200)


def _until(who: Acting, view: ThreadView, verb: str) -> Any:
    found = [permit.until for row in view.rows for permit in row.permits(who.person.participant) if permit.verb == verb]
    return min(filter(None, found), default=None)


def _confirm(request: HttpRequest, who: Acting, view: ThreadView, verb: str, form: SayForm) -> HttpResponse:
    """Show what will be sent, and carry every typed value along."""
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "step", ONCE)
        for value in values
    ]
    context = {
        **_page(who, view, verb),
        "to": [who.name(name) for name in form.recipients],
        "rows": bodies.body_rows(form.body(), form.cleaned_data["language"]),
        "kept": [*kept, (ONCE, secrets.token_urlsafe(18))],
    }
    return render(request, "portal/consultation/confirm_say.html", context)


def _choose(request: HttpRequest, who: Acting, view: ThreadView, verb: str) -> HttpResponse:
    own = own_statements(view, who.person.participant)
    context = {
        **_page(who, view, verb),
        "choices": [
            {
                "id": each.statement_id,
                "name": verb_name(each),
                "at": recorded_at(each),
                "subject": each.body.get("subject"),
            }
            for each in own
        ],
    }
    return render(request, "portal/consultation/choose.html", context)


def _too_late(request: HttpRequest, who: Acting, view: ThreadView, verb: str) -> HttpResponse:
    """Say that this cannot be said now, and keep what was typed in sight."""
    kept = [
        value
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "step", ONCE, "about")
        for value in values
        if value.strip()
    ]
    return render(request, "portal/consultation/too_late.html", {**_page(who, view, verb), "kept": kept}, status=409)
