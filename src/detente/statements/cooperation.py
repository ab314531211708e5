"""Cooperation: offers of assistance."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Limits

from detente.statements.values import Field, Instant, Language, Line, Model, Text


class Offer(Model):
    """Offers help: what, in which languages, on which conditions, until when."""

    title: Line
    topic: Line
    capacity: Text = ""
    conditions: Field[Text] | None = None
    cost: Field[Text] | None = None
    languages: Annotated[list[Language], Limits(max_length=20)] = []
    valid_until: Instant | None = None
    text: Text = ""
