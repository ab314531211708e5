"""Problems: every refusal as one RFC 9457 object, whatever part of the node it comes from.

``type`` is ``/problems/`` and the error's code (``docs/reference/errors.md``), ``detail`` the sentence that says
what to change. Nothing of this node's inside (paths, tracebacks, database errors) is ever in it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, Field

from detente.errors import DetenteError

CONTENT_TYPE = "application/problem+json"
PREFIXES = ("/api/", "/ledger/")
# Where the code says more than the class of its error. "Unknown" never tells whether the thing exists for others.
STATUS: Mapping[str, int] = {
    "attachment-unknown": 404,
    "draft-unknown": 404,
    "statement-unknown": 404,
    "thread-unknown": 404,
    "tile-path": 404,
    "tile-unknown": 404,
    "content-type": 415,
    "idempotency-other": 422,
    "body-size": 413,
    "json-size": 413,
    "jws-size": 413,
    "rate": 429,
    "parameter": 422,
}
_RETRY_SECONDS = 5
BY_STATUS: Mapping[int, tuple[str, str]] = {
    400: ("request-form", "The request cannot be read; compare it with the description of the interface."),
    401: ("not-signed-in", "Send the token of a machine account, or sign in with both factors."),
    403: ("forbidden", "This is not open to your office."),
    404: ("address-unknown", "There is nothing at this address."),
    405: ("method", "This address does not take that method; see the header Allow."),
    413: ("body-size", "The request is too large; nothing of it was stored."),
    500: ("internal", "This node failed; its operator can see why in the log. Try again later."),
    503: ("busy", "This node is busy; try again in a moment."),
}

_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """A refusal after RFC 9457."""

    type: str = Field(description="A reference that names the kind of problem and stays the same.")
    title: str = Field(description="The kind of problem in words.")
    status: int
    detail: str = Field(description="One sentence that says what to change.")
    code: str = Field(description="The stable code of docs/reference/errors.md.")
    parameter: str | None = Field(default=None, description="The parameter or member that was refused.")


def problem(status: int, code: str, detail: str, parameter: str | None = None) -> HttpResponse:
    """Return the response that tells a problem."""
    value: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if parameter is not None:
        value["parameter"] = parameter
    response = HttpResponse(json.dumps(value, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(_RETRY_SECONDS)
    return response


def of_status(status: int) -> HttpResponse:
    """Return the problem that stands for a bare status."""
    known = status if status in BY_STATUS else 500 if status >= 500 else 400
    return problem(status, *BY_STATUS[known])


def of_error(_request: HttpRequest, error: Any) -> HttpResponse:
    """Return the problem for an error of this project; what only the operator can mend stays in the log."""
    status = STATUS.get(error.code, error.http_status)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s: %s", error.code, error.message)
        return problem(status, error.code, BY_STATUS[500][1])
    response = problem(status, error.code, error.message)
    if retry_after := getattr(error, "retry_after", None):
        response["Retry-After"] = str(retry_after)
    return response


def handle(api: NinjaAPI) -> None:
    """Have ``api`` answer every exception with a problem."""
    api.add_exception_handler(DetenteError, of_error)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(AuthenticationError, lambda _request, _error: of_status(401))
    api.add_exception_handler(Http404, lambda _request, _error: of_status(404))
    for too_large in (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        api.add_exception_handler(too_large, lambda _request, _error: of_status(413))
    for unreadable in (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        api.add_exception_handler(unreadable, lambda _request, _error: of_status(400))
    api.add_exception_handler(OperationalError, _busy)
    api.add_exception_handler(Exception, _failed)


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    """Name the first parameter or member that was refused."""
    fault = error.errors[0]
    # ("query", "limit") or ("body", "draft", "kind"): the source, for a body the argument's name, and the member.
    where = [str(part) for part in fault["loc"]]
    name = ".".join(where[2:] if where[0] == "body" else where[1:]) or where[0]
    reason = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return problem(422, "parameter", f"In {name[:120]}: {reason[:300]}.", name[:120])


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error.__cause__, DetenteError):  # the body's parser said why
        return of_error(request, error.__cause__)
    return of_status(error.status_code)


def _busy(request: HttpRequest, error: Any) -> HttpResponse:
    _log.warning("%s %s: %s", request.method, request.path, error)
    return of_status(503)


def _failed(request: HttpRequest, error: Any) -> HttpResponse:
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    return of_status(500)


class ProblemMiddleware:
    """Make problems of refusals that did not come from the interface itself: wrong addresses, methods, hosts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and replace a refusal in another form."""
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(PREFIXES):
            return response
        if response.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        told = of_status(response.status_code)
        if "Allow" in response:
            told["Allow"] = response["Allow"]
        return told
