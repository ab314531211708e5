"""Who calls: a machine account by its token, or a person by a session with both factors.

A refusal is the same whether no token, a wrong one or a switched-off account came. Requests are counted for each
account in fixed windows of a minute; counters live in Django's cache.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from detente.clock import SystemClock, to_milliseconds
from detente.errors import PolicyError, RejectedError
from detente.node.accounts import person_by_token, person_of
from detente.node.actions import Person

REQUESTS_PER_MINUTE = 600
_WINDOW_SECONDS = 60


class TooManyError(RejectedError):
    """The account has used up this minute's requests; ``retry_after`` are seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("rate", f"Your account has made too many requests; go on in {retry_after} seconds.")
        self.retry_after = retry_after


class Caller(HttpRequest):
    """A request whose caller is known."""

    auth: Person


class Token(HttpBearer):
    """The token of a machine account."""

    def authenticate(self, request: HttpRequest, token: str) -> Person:  # noqa: ARG002
        """Return the account behind ``token``; raise ``AuthenticationError`` when there is none."""
        person = person_by_token(token)
        if person is None:
            raise AuthenticationError
        return _counted(person)


class Session(APIKeyCookie):
    """The session of a person who signed in with both factors; writing needs the CSRF token as in a form."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Person | None:
        """Return the person behind the session, None when there is none."""
        return self.authenticate(request, request.COOKIES.get(self.param_name))

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:  # noqa: ARG002
        """Return the person behind the session; raise ``PolicyError`` when a write lacks the CSRF token."""
        user = request.user
        officer = getattr(user, "officer", None)
        visitor = bool(getattr(settings, "DEMO", False) and getattr(request, "demo_visitor", False))
        verified = getattr(user, "is_verified", lambda: False)
        if not user.is_authenticated or officer is None or not (visitor or verified()):
            return None
        if check_csrf(request) is not None:
            raise PolicyError("csrf", "Send the CSRF token of your session in the header X-CSRFToken.")
        return _counted(person_of(officer))


def _counted(person: Person) -> Person:
    """Count one request; raise ``TooManyError`` when the account has used up its minute."""
    seconds = to_milliseconds(SystemClock().now()) // 1000
    key = f"api-rate-{hashlib.sha256(person.name.encode()).hexdigest()}-{seconds // _WINDOW_SECONDS}"
    cache.add(key, 0, timeout=2 * _WINDOW_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # it was dropped between the two lines
        count = 1
    if count > getattr(settings, "API_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE):
        raise TooManyError(_WINDOW_SECONDS - seconds % _WINDOW_SECONDS)
    return person
