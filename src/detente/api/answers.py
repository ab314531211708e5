"""How the interface answers: models as JSON, lists with cursors, writes under an ``Idempotency-Key``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from detente.api.access import Caller
from detente.errors import MalformedError, RejectedError
from detente.keys import decode, encode
from detente.node import build, idempotency
from detente.node.idempotency import Answer
from detente.statements.codec import parse_object

BODY_LIMIT = 1 << 20
PAGE_DEFAULT, PAGE_LIMIT = 50, 200
IDEMPOTENCY_HEADER = "Idempotency-Key"
_MAX_KEY = 200
_MAX_POSITION = 1 << 62

Item = TypeVar("Item")
Cursor = Annotated[str, StringConstraints(max_length=200)]
Limit = Annotated[int, Field(ge=1, le=PAGE_LIMIT)]


class Shape(BaseModel):
    """A value that is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Page(Shape, Generic[Item]):
    """Part of a list, oldest change first."""

    items: list[Item]
    next: str | None = Field(description="Ask again with this cursor, now or later, for what comes after.")
    more: bool = Field(description="Whether anything comes after already.")


class StrictParser(Parser):
    """Reads bodies as strictly as statements: no member twice, no number or text that does not survive storing."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the one JSON object of the body; raise ``MalformedError``."""
        if len(request.body) > BODY_LIMIT:
            raise RejectedError("body-size", f"The body has more than {BODY_LIMIT >> 20} MiB.")
        return parse_object(request.body)


def reply(model: BaseModel, status: int = 200) -> HttpResponse:
    """Return ``model`` as JSON."""
    return _json(model.model_dump_json(), status)


def file(data: bytes, content_type: str, name: str = "", cache_control: str = "private, no-cache") -> HttpResponse:
    """Return ``data`` as it is kept, to be saved under ``name`` when one is given."""
    response = HttpResponse(data, content_type=content_type)
    response["Cache-Control"] = cache_control
    response["X-Content-Type-Options"] = "nosniff"
    if name:
        plain = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in name)
        response["Content-Disposition"] = f'attachment; filename="{plain}"'
    return response


def write(
    request: Caller, parts: Sequence[str | bytes], act: Callable[[], Answer], *, whole: bool = False
) -> HttpResponse:
    """Act, or give the kept answer when the request came before under its ``Idempotency-Key``.

    ``parts`` are what makes two requests equal beside method and address. ``whole``: see ``idempotency.once_whole``.
    """
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        answer = act()
    else:
        if not (key.isascii() and key.isprintable() and 1 <= len(key) <= _MAX_KEY):
            raise MalformedError("idempotency-key", f"An {IDEMPOTENCY_HEADER} has 1 to {_MAX_KEY} printable letters.")
        digest = idempotency.digest_of([request.method or "", request.path, *parts])
        once = idempotency.once_whole if whole else idempotency.once
        answer = once(build.current(), request.auth, key, digest, act)
    response = _json(json.dumps(answer.value, ensure_ascii=False, separators=(",", ":")), answer.status)
    if answer.location:
        response["Location"] = answer.location
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def made(model: BaseModel, status: int, location: str = "") -> Answer:
    """Return the answer of a write that made ``model``."""
    return Answer(status, model.model_dump(mode="json"), location)


def render_cursor(position: int, name: str = "") -> str:
    """Return an opaque cursor."""
    return encode(json.dumps([position, name], separators=(",", ":")).encode())


def parse_cursor(text: str | None) -> tuple[int, str]:
    """Return the place that a cursor names, the beginning without one; raise ``MalformedError`` for other text."""
    if text is None:
        return 0, ""
    try:
        position, name = json.loads(decode(text))
    except (MalformedError, ValueError, TypeError, RecursionError):
        position, name = None, None
    ours = type(position) is int and isinstance(name, str) and 0 <= position < _MAX_POSITION
    if not ours or render_cursor(position, name) != text or not (name.isascii() and name.isprintable()):
        raise MalformedError("cursor", "This is no cursor of this list; take next from an earlier page.")
    return position, name


def _json(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="application/json")
    response["Cache-Control"] = "private, no-cache"
    return response
