"""The tour: only in a demonstration, only on loopback. A visitor takes the place of the story's persons.

None of this exists under ``detente run``: the addresses are added, and the middleware is named, only when the home
was made as a demonstration, which can never become a real one. The tour speaks the visitor's own language; the pages
speak that of the person whose place was taken.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from babel.dates import format_datetime
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, get_language_info, override
from django.views.decorators.http import require_POST, require_safe

from detente.clock import zone
from detente.demo import cast, story
from detente.demo.player import STEPS, VISITOR_ACTS_AFTER, Player
from detente.node.build import current
from detente.portal import preferences, times

JUMP = timedelta(hours=6)
_ROLE, _LANGUAGE, _LED = "tour_role", "tour_language", "tour_led"
_LOOPBACK = ("127.0.0.1", "::1")
# As whom, and on which page, each step is taken or looked at.
_PLACES: dict[int, tuple[str, str]] = {
    1: ("secretariat", "directory"),
    2: ("ald-drafter", "notices"),
    3: ("ald-drafter", "compose-request"),
    4: ("ald-releaser", "thread"),
    5: ("ald-drafter", "thread"),
    6: ("bry-duty", "home"),
    7: ("bry-duty", "thread"),
    8: ("bry-duty", "thread"),
    9: ("ald-drafter", "thread"),
    10: ("auditor", "proof"),
}
_OF_A_THREAD = ("thread", "proof")
_AGAIN = ("ald-drafter", "home")
_CORRECTION = 8


class DemoVisitorMiddleware:
    """Lets the visitor act as the person whom the bar names, and gives every page the bar."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DEMO:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer loopback only."""
        if request.META.get("REMOTE_ADDR") not in _LOOPBACK:
            raise Http404
        name = request.session.get(_ROLE, cast.ROLE_BAR[0])
        visitor: Any = request
        visitor.user = get_user_model().objects.select_related("officer").get(username=name)
        visitor.demo_visitor = True
        visitor.tour_template = "portal/parts/tour.html"
        visitor.tour = Bar(request, name)
        _keep_own_language(request, name)
        return self.get_response(request)


def _keep_own_language(request: HttpRequest, name: str) -> None:
    """Remember the visitor's own language: the one chosen anywhere but on the pages of a person who has another."""
    at_home = cast.BY_NAME[name].language == "en"
    if request.path == reverse("portal:language") and request.method == "POST":
        chosen = request.POST.get("language")
        if chosen in dict(settings.LANGUAGES) and (at_home or request.POST.get("next", "").startswith(reverse("tour"))):
            request.session[_LANGUAGE] = chosen
    elif _LANGUAGE not in request.session:
        request.session[_LANGUAGE] = get_language() or "en"


class Bar:
    """What the bar shows: the roles, which of them the visitor has taken, the clock, what is next."""

    def __init__(self, request: HttpRequest, you: str) -> None:
        self._request = request
        self.you = you

    @property
    def language(self) -> str:
        """The visitor's own language."""
        return str(self._request.session.get(_LANGUAGE, "en"))

    @property
    def direction(self) -> str:
        """The direction in which it is written."""
        return "rtl" if get_language_info(self.language)["bidi"] else "ltr"

    @property
    def roles(self) -> list[dict[str, Any]]:
        """The persons whose places can be taken."""
        labels = story.narrative(self.language)["roles"]
        return [{"name": name, "label": labels[name], "taken": name == self.you} for name in cast.ROLE_BAR]

    @cached_property
    def now(self) -> datetime:
        """The story's clock."""
        return current().clock.now()

    @cached_property
    def next(self) -> dict[str, Any] | None:
        """The step that is next, and whether the visitor was led to it already; None when all is done."""
        number = Player(current()).reached() + 1
        step = story.narrative(self.language)["steps"][number - 1]
        return {"number": number, "title": step["title"], "led": self._request.session.get(_LED) == number}


@require_safe
def tour(request: HttpRequest) -> HttpResponse:
    """Show where the story stands, and what the visitor can do now."""
    language = request.session[_LANGUAGE]
    with override(language):
        player, now = Player(current()), current().clock.now()
        texts, reached, figures = story.narrative(language), player.reached(), player.figures()
        steps = [_step(number, texts, reached, figures, again=player.awaits_again()) for number in range(1, STEPS + 1)]
        context = {
            "headline": texts["headline"],
            "began": _began(texts),
            "faces": [_face(participant, now, texts, language) for participant in cast.NAMES],
            "steps": steps,
            "now_step": steps[min(reached, STEPS - 1)],
            "later": texts["later"],
            "invented": texts["invented"],
        }
        return render(request, "portal/tour.html", context)


def _step(
    number: int, texts: dict[str, Any], reached: int, figures: dict[str, int | str], *, again: bool
) -> dict[str, Any]:
    step, open_thread = texts["steps"][number - 1], texts["steps"][VISITOR_ACTS_AFTER - 1]["go"]
    asked = step["again"] if again and number == _CORRECTION else step
    return {
        "number": number,
        "title": step["title"],
        "told": step["told"].format(**figures),
        "try": asked["try"],
        "command": step.get("command", ""),
        "go": asked["go"],
        "look": step["go"] if number <= VISITOR_ACTS_AFTER else open_thread,
        "done": number <= reached,
        "now": number == reached + 1,
    }


def _began(texts: dict[str, Any]) -> str:
    """Return the story's first sentence: when it begins, and what time that is for both sides."""
    day = format_datetime(story.BEGINS, "EEEE d MMMM y, HH:mm", tzinfo=UTC, locale=times.active_locale())
    first, second = _there("ald-drafter", story.BEGINS), _there("bry-duty", story.BEGINS)
    return str(texts["began"].format(day=day, first=first, second=second))


def _there(account: str, at: datetime) -> str:
    """Return the time of day at the desk of ``account``."""
    return f"{at.astimezone(zone(cast.BY_NAME[account].time_zone)):%H:%M}"


def _face(participant: str, now: datetime, texts: dict[str, Any], language: str) -> dict[str, Any]:
    office = current().directory().offices_of(participant, "diplomatic")[0].entry
    return {
        "id": participant,
        "name": cast.NAMES[participant][language],
        "zone": office.time_zone,
        "at": now,
        "weekend": now.astimezone(zone(office.time_zone)).weekday() in office.weekend,
        "text": texts["faces"][participant],
    }


@require_POST
def take_role(request: HttpRequest) -> HttpResponse:
    """Take the place of another person."""
    name = request.POST.get("role", "")
    if name not in cast.ROLE_BAR:
        raise Http404
    return _as(request, name, _wanted(request))


@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the clock six hours on, and say who was reminded meanwhile."""
    player, node = Player(current()), current()
    reminded = player.wait(node.clock.now() + JUMP)
    now, words = node.clock.now(), story.narrative(request.session[_LANGUAGE])["reminded"]
    lines = [words.get(step, words["other"]) for step in reminded] or [words["nothing"]]
    moment = words["moment"].format(utc=f"{now:%H:%M}", theirs=_there("bry-duty", now))
    messages.info(request, " ".join([moment, *dict.fromkeys(lines), words["end"]]))
    return redirect(_wanted(request))


@require_POST
def next_step(request: HttpRequest) -> HttpResponse:
    """Go where the next step is taken, as whoever takes it; with ``play``, have it taken and go on from there."""
    player = Player(current())
    if "play" in request.POST and player.reached() < STEPS - 1:
        list(player.play(player.reached() + 1))
        return redirect("tour")
    number = min(player.lead(), STEPS)
    request.session[_LED] = number
    name, page = _AGAIN if number == _CORRECTION and player.awaits_again() else _PLACES[number]
    return _as(request, name, _page(page, player))


@require_POST
def look(request: HttpRequest, number: int) -> HttpResponse:
    """Go where a step that is done can be looked at."""
    player = Player(current())
    if not 1 <= number <= min(player.reached() + 1, STEPS):
        raise Http404
    name, page = _PLACES[number]
    taken = VISITOR_ACTS_AFTER < number <= player.reached()
    return _as(request, name, _page("thread" if taken else page, player))


def _as(request: HttpRequest, name: str, url: str) -> HttpResponse:
    """Take the place of ``name`` and go to ``url``, in the language of that person's desk."""
    request.session[_ROLE] = name
    language = cast.BY_NAME[name].language
    response = HttpResponseRedirect(url)
    own = request.session[_LANGUAGE]
    preferences.keep(response, settings.LANGUAGE_COOKIE_NAME, own if language == "en" else language)
    response.delete_cookie(preferences.ZONE_COOKIE)
    return response


def _page(page: str, player: Player) -> str:
    return reverse(f"portal:{page}", args=[player.thread()] if page in _OF_A_THREAD else [])


def _wanted(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("tour")


urlpatterns = [
    path("tour", tour, name="tour"),
    path("tour/role", take_role, name="tour-role"),
    path("tour/clock", move_clock, name="tour-clock"),
    path("tour/next", next_step, name="tour-next"),
    path("tour/look/<int:number>", look, name="tour-look"),
]
