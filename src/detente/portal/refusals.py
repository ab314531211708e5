"""Pages that say no, and what to do next.

A refusal never shows a traceback, and never more about another participant than the page that was asked for.
``RefusalMiddleware`` turns a ``DetenteError`` into such a page; Django's own errors come through the handlers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from detente.errors import DetenteError
from detente.portal import preferences

Text = str | Promise

_log = logging.getLogger(__name__)

# status: (title, what to do). Every sentence says what the reader can do now.
PAGES: dict[int, tuple[Text, Text]] = {
    400: (
        _("This request cannot be read"),
        _("Something in it is not what the page expects. Go back, look at what you entered, and send it again."),
    ),
    403: (
        _("This is not open to your office"),
        _("If you think it should be, ask your national authority to change your role. Nothing was sent."),
    ),
    404: (
        _("There is no such page here"),
        _("The address may be mistyped, or the page may be for another office. Start again from your first page."),
    ),
    405: (_("This page is opened in another way"), _("Go to your first page and use the button for what you want.")),
    409: (
        _("This can no longer be said here"),
        _("Something happened in the meantime. Open the thread again: it shows what may be said now."),
    ),
    413: (
        _("This is too large"),
        _("Send fewer or smaller files, or a shorter text. Nothing was sent."),
    ),
    422: (_("This needs changing"), _("Go back, change what the sentence below names, and send it again.")),
    429: (_("Too many attempts"), _("Wait a while, then try again. If it is urgent, use the telephone.")),
    500: (
        _("Something went wrong on this node"),
        _("Its operator can see it in the log. Try again; if it is urgent, use the telephone."),
    ),
    503: (_("This node is busy"), _("Wait a minute, then try again. If it is urgent, use the telephone.")),
}


_FIRST_PAGE = _("Go to your first page")
_NEVER_SHOWN = ("csrfmiddlewaretoken", "password", "code", "token")
_KEPT_FIELDS = 60


@dataclass(frozen=True)
class Refusal:
    """What a refusal page shows. ``reason`` is a sentence of ``DetenteError``, in English; ``kept`` is unsent text."""

    status: int
    title: Text
    what: Text
    next: Text = _FIRST_PAGE
    next_url: str = "/"
    reason: str = ""
    code: str = ""
    kept: list[tuple[str, str]] = field(default_factory=list)


def refusal_for(status: int, *, reason: str = "", code: str = "") -> Refusal:
    """Return the words for ``status``, or those of its class for one without words of its own."""
    title, what = PAGES.get(status) or PAGES[500 if status >= 500 else 400]
    return Refusal(status=status, title=title, what=what, reason=reason, code=code)


def respond(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render ``refusal`` within the page's frame."""
    return render(request, "portal/error.html", {"refusal": refusal}, status=refusal.status)


def unsent(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and texts of a form that was not accepted, without its secrets."""
    kept = [
        (name, str(text))
        for name, texts in request.POST.lists()
        for text in texts
        if text and not any(secret in name.lower() for secret in _NEVER_SHOWN)
    ]
    return kept[:_KEPT_FIELDS]


class RefusalMiddleware:
    """Turn a ``DetenteError`` that a view raises, and a method that it does not take, into a page with a sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Give words to an address that was opened instead of used by its button; Django answers with a blank page."""
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = respond(request, refusal_for(405))
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer errors of this project; leave all others to Django."""
        if not isinstance(exception, DetenteError):
            return None
        if exception.http_status >= 500:
            _log.error("%s: %s", exception.code, exception.message)
            # The sentence is for the operator (paths, settings); the officer gets the code to quote.
            return respond(request, refusal_for(exception.http_status, code=exception.code))
        return respond(request, refusal_for(exception.http_status, reason=exception.message, code=exception.code))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what cannot be read; say so plainly when it was only too large."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return respond(request, refusal_for(413 if too_large else 400))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer what this office may not see or do."""
    return respond(request, refusal_for(403))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer a form whose token does not match: signing in elsewhere changed it, or it came from another site.

    What was written is shown again to its writer only. Another site's form comes without the session, and its text
    must not appear here as if the officer had written it.
    """
    refusal = Refusal(
        status=403,
        title=_("This form is no longer valid"),
        what=_("It was open too long, or cookies are blocked. Open the page again and send it once more."),
        kept=unsent(request) if preferences.is_verified(request) else [],
    )
    return respond(request, refusal)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer an address behind which there is nothing for this reader."""
    return respond(request, refusal_for(404))


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer a failure of this node without session, database or context, since any of them may be what failed."""
    body = render_to_string("portal/error.html", {"refusal": refusal_for(500)})
    return HttpResponse(body, status=500)
