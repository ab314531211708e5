"""Exercises: opened and closed by a statement, so that no exercise message can exist outside one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Limits

from detente.statements.values import Identifier, Instant, Line, Model, ParticipantId, Text


class Opening(Model):
    """An exercise opens for named participants; only between them may its context be used."""

    exercise_id: Identifier
    title: Line
    participants: Annotated[list[ParticipantId], Limits(min_length=1, max_length=200)]
    begins_at: Instant
    ends_at: Instant
    stop_word: Line
    about: Text = ""


class Closing(Model):
    """An exercise is over."""

    exercise_id: Identifier
    note: Text = ""
