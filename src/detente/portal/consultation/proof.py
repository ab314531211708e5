"""What can be proven of a thread, to whom, and how anybody checks it without this node."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from detente.errors import PolicyError
from detente.node import records
from detente.portal.acting import acting
from detente.portal.consultation.originals import download
from detente.portal.consultation.pages import marked


@require_safe
def proof(request: HttpRequest, thread: str) -> HttpResponse:
    """Say what the bundle shows and what it does not, and offer it."""
    who = acting(request)
    view = who.thread(str(thread))
    ledger = records.ledger_state(who.node)
    mine = who.person.participant
    offices = [each for each in view.statements if not each.is_evidence]
    places = [at.index for each in view.statements for at in each.entries]
    context: dict[str, Any] = {
        "row": view.first,
        "mine": sum(each.issuer == mine for each in offices),
        "theirs": sum(each.issuer != mine for each in offices),
        "evidence": len(view.statements) - len(offices),
        "first": min(places, default=None),
        "last": max(places, default=None),
        "uncosigned": sum(place >= ledger.cosigned_size for place in places) if ledger.witnesses else len(places),
        "witnesses": [who.name(name) for name in ledger.cosigners],
        "needed": ledger.needed,
        "name": _name(view.first.reference or view.thread),
        **marked(who, view.first),
    }
    return render(request, "portal/consultation/proof.html", context)


@require_safe
def bundle(request: HttpRequest, thread: str) -> HttpResponse:
    """Download the bundle that proves the thread, as far as the person's participant may."""
    who = acting(request)
    view = who.thread(str(thread))
    try:
        data = records.bundle(who.node, who.person, view.thread)
    except PolicyError as refused:
        raise Http404 from refused
    return download(data, f"{_name(view.first.reference or view.thread)}.bundle", "application/octet-stream")


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Download the policy: the ledger's key, its witnesses, and how many of them are needed."""
    return download(acting(request).node.policy(), "ledger.policy", "application/octet-stream")


def _name(text: str) -> str:
    """Return ``text`` as a file's name that is safe to paste into a shell."""
    return "".join(each if each.isascii() and (each.isalnum() or each == "-") else "-" for each in text)[:60]
