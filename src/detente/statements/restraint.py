"""Restraint: what a participant undertakes to do or not to do. No state of it is ever called broken here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Limits

from detente.statements.values import Instant, Line, Model, Number, ParticipantId, Text


class Commitment(Model):
    """A commitment: scope, validity, conditions, and how much notice of withdrawal is given."""

    title: Line
    form: Literal["unilateral", "reciprocal", "joint"] = "unilateral"
    text: Text = ""
    scope: Text = ""
    towards: Annotated[list[ParticipantId], Limits(max_length=200)] = []
    conditions: Text = ""
    reservations: Text = ""
    begins_at: Instant
    ends_at: Instant | None = None
    withdrawal_notice_days: Annotated[Number, Limits(ge=0, le=3650)] | None = None
