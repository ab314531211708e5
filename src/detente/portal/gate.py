"""The gate: no page opens to anybody who is not signed in with both factors, unless the page says so itself.

A view opts out with Django's ``login_not_required``; a floor with its own way of knowing callers (the API, the
ledger's public files) is named by path in ``settings.LOGIN_EXEMPT``. In a demonstration, and only there, a
visitor whom the demonstration vouches for (``request.demo_visitor``) passes without signing in.

A session ends 12 hours after signing in, or after 60 minutes without a request. Text that was being written then
is not lost: the page that refuses it shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from detente import clock
from detente.portal import preferences, refusals

SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(minutes=60)
SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
_REMEMBER_EVERY = timedelta(minutes=1)
_NO_OFFICE = refusals.Refusal(
    status=403,
    title=_("Your account is not tied to an office"),
    what=_("Ask the operator of this node to tie it to the office for which you act."),
    code="no-office",
)


class SignedInMiddleware:
    """Deny by default, and show times in the viewer's zone."""

    wall_clock: clock.Clock = clock.SystemClock()

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the viewer's zone, and keep shared caches away from what was signed in for."""
        with timezone.override(preferences.zone_of(request)):
            response = self.get_response(request)
        if "Cache-Control" not in response and preferences.officer_of(request) is not None:
            # Not "no-store": that would empty a half-written form when its writer presses Back.
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Return a refusal, or None to let the request pass."""
        if not getattr(view, "login_required", True) or self._passes_elsewhere(request):
            return None
        if getattr(settings, "DEMO", False) and getattr(request, "demo_visitor", False):
            return None
        if not preferences.is_verified(request):
            return _to_sign_in(request)
        now = self.wall_clock.now()
        if _expired(request, now):
            logout(request)
            messages.info(request, _("You were signed out after a time without activity. Please sign in again."))
            return _to_sign_in(request)
        if preferences.officer_of(request) is None:
            return refusals.respond(request, _NO_OFFICE)
        return None

    def _passes_elsewhere(self, request: HttpRequest) -> bool:
        """Say whether another floor knows the callers; it takes sessions too, so an expired one ends here as well."""
        if not _exempt(request.path):
            return False
        if preferences.is_verified(request) and _expired(request, self.wall_clock.now()):
            logout(request)
        return True


def begin_session(request: HttpRequest, now: datetime) -> None:
    """Note when the session began, right after signing in."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = clock.to_milliseconds(now)


def _exempt(path: str) -> bool:
    return any(path.startswith(prefix) for prefix in getattr(settings, "LOGIN_EXEMPT", ()))


def _expired(request: HttpRequest, now: datetime) -> bool:
    began, seen = request.session.get(SIGNED_IN_AT), request.session.get(SEEN_AT)
    if not isinstance(began, int) or not isinstance(seen, int):
        return True
    if now - clock.from_milliseconds(began) >= SESSION_LIFE or now - clock.from_milliseconds(seen) >= SESSION_IDLE:
        return True
    if now - clock.from_milliseconds(seen) >= _REMEMBER_EVERY:
        request.session[SEEN_AT] = clock.to_milliseconds(now)
    return False


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    sign_in = resolve_url(settings.LOGIN_URL)
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(f"{sign_in}?{urlencode({'next': request.get_full_path()})}")
    refusal = refusals.Refusal(
        status=403,
        title=_("You are no longer signed in"),
        what=_("Copy what you wrote, sign in again, and send it once more."),
        next=_("Sign in"),
        next_url=sign_in,
        kept=refusals.unsent(request),
    )
    return refusals.respond(request, refusal)
