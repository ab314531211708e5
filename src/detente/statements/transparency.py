"""Transparency: advance notice of activity, national views, invitations to observe."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Limits

from detente.statements.values import (
    Field,
    Flag,
    Identifier,
    Instant,
    Line,
    Model,
    Network,
    Number,
    Text,
    TimeSpan,
)


class Notice(Model):
    """Advance notice of an activity: what, when, from which ranges, and whom to call to stop it."""

    title: Line
    activity: Literal["exercise", "survey", "sinkhole", "takedown", "other"]
    window: TimeSpan
    ranges: Annotated[list[Network], Limits(max_length=200)] = []
    markers: Text = ""
    stop_contact: Line | None = None
    purpose: Field[Text] | None = None
    text: Text = ""


class View(Model):
    """A national view, strategy or rating practice, or the yearly *nothing new*."""

    title: Line
    topic: Line
    text: Text = ""
    nothing_new: Flag = False
    period: TimeSpan | None = None
    measures: Annotated[list[Identifier], Limits(max_length=32)] = []


class Invitation(Model):
    """A voluntary invitation to observe, visit or be briefed."""

    title: Line
    form: Literal["observe", "visit", "briefing"] = "observe"
    subject: Text = ""
    window: TimeSpan | None = None
    places: Annotated[Number, Limits(ge=1, le=500)] | None = None
    reply_by: Instant | None = None
    conditions: Text = ""
