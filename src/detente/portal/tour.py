"""The tour: only in a demonstration, only on loopback. A visitor takes the place of the story's persons.

None of this exists under ``detente run``: the addresses are added, and the middleware is named, only when the home
was made as a demonstration, which can never become a real one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from detente.clock import zone as zone_of
from detente.demo import cast, stage, story
from detente.node.build import current

ROLE = "tour_role"
LABELS = {
    "ald-drafter": _("Aldermere drafter"),
    "ald-releaser": _("Aldermere releaser"),
    "bry-duty": _("Bryholt duty officer"),
    "secretariat": _("Secretariat"),
    "auditor": _("Auditor"),
}
_LOOPBACK = ("127.0.0.1", "::1")


class DemoVisitorMiddleware:
    """Lets the visitor act as the person whom the bar names, and gives every page the bar."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer loopback only."""
        if request.META.get("REMOTE_ADDR") not in _LOOPBACK:
            raise Http404
        name = request.session.get(ROLE, cast.ROLE_BAR[0])
        visitor: Any = request
        visitor.user = get_user_model().objects.select_related("officer").get(username=name)
        visitor.demo_visitor = True
        visitor.tour_template = "portal/parts/tour.html"
        visitor.tour = bar(name)
        return self.get_response(request)


def bar(you: str) -> dict[str, Any]:
    """Return what the bar shows: the roles, which of them the visitor has taken, and the clock."""
    return {
        "you": you,
        "roles": [{"name": name, "label": LABELS[name]} for name in cast.ROLE_BAR],
        "now": current().clock.now(),
    }


def tour(request: HttpRequest) -> HttpResponse:
    """Show where the story stands and what the visitor can do now."""
    node = current()
    todo = stage.now_possible(node)
    now = node.clock.now()
    return render(
        request,
        "portal/tour.html",
        {
            "reference": story.REFERENCE,
            "now": now,
            "faces": [_face(participant, now) for participant in ("ALD", "BRY", "COR")],
            "todo": {
                "text": _TODO[todo.key],
                "account": todo.account,
                "label": LABELS[todo.account],
                "url": _url(todo),
            },
            "thread_url": reverse("portal:thread", args=[todo.thread]) if todo.thread else "",
        },
    )


def _face(participant: str, now: datetime) -> dict[str, Any]:
    office = current().directory().offices_of(participant, "diplomatic")[0].entry
    names = cast.NAMES[participant]
    return {
        "name": names.get(get_language() or "en", names["en"]),
        "zone": office.time_zone,
        "at": now,
        "weekend": _is_weekend(office.time_zone, office.weekend, now),
        "note": _FACES[participant],
    }


def _is_weekend(zone: str, weekend: list[int], now: datetime) -> bool:
    return now.astimezone(zone_of(zone)).weekday() in weekend


@require_POST
def take_role(request: HttpRequest) -> HttpResponseRedirect:
    """Take the place of another person."""
    name = request.POST.get("role", "")
    if name not in LABELS:
        raise Http404
    request.session[ROLE] = name
    return redirect(_safe(request))


@require_POST
def move_clock(request: HttpRequest) -> HttpResponseRedirect:
    """Move the clock six hours on."""
    stage.jump(current())
    return redirect(_safe(request))


@require_POST
def next_step(request: HttpRequest) -> HttpResponseRedirect:
    """Take the place of whoever is next, and go where that person acts."""
    todo = stage.now_possible(current())
    request.session[ROLE] = todo.account
    return redirect(_url(todo))


def _url(todo: stage.Next) -> str:
    if todo.thread is None:
        return reverse("portal:drafts")
    if todo.key == "acknowledge":
        return reverse("portal:home")
    if todo.key == "proof":
        return reverse("portal:proof", args=[todo.thread])
    return reverse("portal:thread", args=[todo.thread])


def _safe(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("tour")


_TODO = {
    "release": _("Aldermere's draft waits for a second person: read it as Bryholt will, then release it."),
    "acknowledge": _("A request waits in Bryholt, where the weekend has begun. Acknowledge it: two taps."),
    "answer": _("Answer question by question; the page says which advance notice covers these addresses."),
    "substance": _("Bryholt promised an update. Move the clock, then answer in substance."),
    "close": _("Aldermere has its answer. Say what it makes of it, and close."),
    "proof": _("It is over. See what each side can prove to a third person, and take the proof with you."),
}
_FACES = {
    "ALD": _("Its hospital's booking page was slow this afternoon."),
    "BRY": _("It runs a survey that it announced on 2 March."),
    "COR": _("It takes no side: its machine watches that the record has one history."),
}

urlpatterns = [
    path("tour", tour, name="tour"),
    path("tour/role", take_role, name="tour-role"),
    path("tour/clock", move_clock, name="tour-clock"),
    path("tour/next", next_step, name="tour-next"),
]
