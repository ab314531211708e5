"""Values that the bodies of statements share: absent fields, texts, times, handling marks.

A structured field says its value, or *not known*, or *not disclosed*: two different things. On the wire it is
``{"value": …}`` or ``{"absent": "not-known"}`` or ``{"absent": "not-disclosed"}``; a field that is left out says
nothing at all. Every structured field may be left out: a template guides and never blocks.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
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
    """Part of a statement: frozen, and members that this version does not know are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=False)


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
        raise ValueError(f"{value[:50]!r} is not an address range such as 198.51.100.0/24") from error


_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("a language is written as en, ar or es")
    return value


Instant = Annotated[
    datetime, BeforeValidator(_instant), PlainSerializer(render_instant, return_type=str, when_used="json")
]
Digest = Annotated[str, AfterValidator(_digest_text)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
FilledText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LINE)]
Language = Annotated[str, StringConstraints(max_length=35), AfterValidator(_language)]
ZoneName = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone_name)]
Network = Annotated[str, AfterValidator(_network)]
ParticipantId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,7}$")]
OfficeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){1,5}$")]
ThreadId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Names = Annotated[dict[Language, Line], Limits(min_length=1, max_length=40)]


class TimeSpan(Model):
    """From one instant to another, either of them open; ``estimate`` says that the edges are guesses."""

    begins_at: Instant | None = None
    ends_at: Instant | None = None
    estimate: bool = False

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
