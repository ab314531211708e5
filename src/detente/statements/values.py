"""Values that the bodies of statements share: absent fields, texts, times, handling marks.

A structured field says its value, or *not known*, or *not disclosed*: two different things. On the wire it is
``{"value": …}`` or ``{"absent": "not-known"}`` or ``{"absent": "not-disclosed"}``; a field that is left out says
nothing at all. Every structured field may be left out: a template guides and never blocks.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic import Field as Limits

from detente.clock import parse_instant, render_instant, zone
from detente.errors import MalformedError
from detente.keys import decode

TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
Tlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
Urgency = Literal["immediate", "priority", "routine"]
Context = Literal["real", "test", "exercise"]
Absent = Literal["not-known", "not-disclosed"]

MAX_TEXT = 20_000
MAX_LINE = 300

T = TypeVar("T")


class Model(BaseModel):
    """Part of a statement: frozen, and members that this version does not know are kept.

    A known member that says nothing (None) is left out when written; an unknown one is written as it came.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    @model_serializer(mode="wrap")
    def _without_what_is_unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        known = type(self).model_fields
        return {name: value for name, value in handler(self).items() if value is not None or name not in known}


class Field(Model, Generic[T]):
    """A structured field: a value, or one of two absences."""

    value: T | None = None
    absent: Absent | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.absent is None):
            raise ValueError("give either a value, or absent as not-known or not-disclosed")
        return self


def _instant(value: object) -> object:
    if isinstance(value, str):
        try:
            return parse_instant(value)
        except MalformedError as error:
            raise ValueError(error.message) from error
    if isinstance(value, datetime):
        return value
    raise ValueError("a time must look like 2026-03-06T18:20:03.000Z")


def _day(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"there is no such day as {value}") from error
    if isinstance(value, dt.date) and not isinstance(value, datetime):
        return value
    raise ValueError("a day must look like 2026-03-06")


def _digest_text(value: str) -> str:
    try:
        size = len(decode(value))
    except MalformedError as error:
        raise ValueError(error.message) from error
    if size != 32:
        raise ValueError("must be 32 bytes in base64url")
    return value


def _zone_name(value: str) -> str:
    try:
        zone(value)
    except MalformedError as error:
        raise ValueError(error.message) from error
    return value


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=True))
    except ValueError as error:
        raise ValueError("write an address range such as 198.51.100.0/24, without host bits") from error


def _on_one_line(value: str) -> str:
    """Refuse what would break out of a line of a list, a mail header or a log, or turn the text after it around."""
    if _BREAKS_A_LINE.search(value):
        raise ValueError("write one line, without control characters or direction overrides")
    return value


def shaped(pattern: str, like: str) -> AfterValidator:
    """Return a validator that refuses a text unless all of it has the form ``pattern``, and says ``like`` what."""
    fits: Callable[[str], object] = re.compile(pattern, re.ASCII).fullmatch

    def check(value: str) -> str:
        if fits(value) is None:
            raise ValueError(f"it must look like {like}")
        return value

    return AfterValidator(check)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BREAKS_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
_UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

# Whole numbers and flags are what JSON calls so: "1", 1.0, true for 1 and "yes" are refused, so that every reader,
# in whatever language it is written, reads one meaning.
Number = Annotated[int, Limits(strict=True)]
Flag = Annotated[bool, Limits(strict=True)]
Instant = Annotated[
    datetime, BeforeValidator(_instant), PlainSerializer(render_instant, return_type=str, when_used="json")
]
Day = Annotated[
    dt.date, BeforeValidator(_day), PlainSerializer(lambda day: day.isoformat(), return_type=str, when_used="json")
]
Digest = Annotated[str, AfterValidator(_digest_text)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
FilledText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LINE), AfterValidator(_on_one_line)]
Language = Annotated[
    str, StringConstraints(max_length=35), shaped(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", "en, ar or es-419")
]
ZoneName = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone_name)]
Network = Annotated[str, AfterValidator(_network)]
ParticipantId = Annotated[str, shaped(r"[A-Z][A-Z0-9]{1,7}", "ALD: the id that the arrangement gave, in capitals")]
OfficeId = Annotated[str, shaped(r"[a-z][a-z0-9-]{0,59}", "diplomatic or duty-desk")]
Reference = Annotated[str, shaped(r"[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){1,5}", "HN-ALD-2026-0042")]
ThreadId = Annotated[str, shaped(_UUID7, "a UUID of version 7 in small letters")]
Sha256 = Annotated[str, shaped(r"[0-9a-f]{64}", "a SHA-256 in 64 small hexadecimal digits")]
Hour = Annotated[str, shaped(r"([01]\d|2[0-3]):[0-5]\d", "09:00")]
MediaType = Annotated[str, StringConstraints(max_length=100), shaped(r"[a-z0-9.+-]+/[a-z0-9.+-]+", "application/json")]
FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120),
    AfterValidator(_on_one_line),
    shaped(r"(?!\.{1,2}$)[^/\\]+", "scan-annex.json: a file's name without a folder"),
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_on_one_line)]
Names = Annotated[dict[Language, Line], Limits(min_length=1, max_length=40)]


class TimeSpan(Model):
    """From one instant to another, either of them open; ``estimate`` says that the edges are guesses."""

    begins_at: Instant | None = None
    ends_at: Instant | None = None
    estimate: Flag = False

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.begins_at and self.ends_at and self.ends_at < self.begins_at:
            raise ValueError("the end lies before the beginning")
        return self


class Severity(Model):
    """A value on a named scale; never converted."""

    scale: Line
    value: Line


def strictest(marks: Iterable[str]) -> str:
    """Return the strictest of TLP ``marks`` (design invariant 13); CLEAR when there is none."""
    return max(marks, key=TLP.index, default="CLEAR")
