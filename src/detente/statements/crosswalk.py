"""Crosswalk: how a measure of one framework relates to one of another, by an author, with a reason."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from detente.statements.values import Identifier, Line, Model


class Element(Model):
    """A measure at a version of its framework."""

    framework: Line
    version: Line
    element: Identifier
    title: Line


class Mapping(Model):
    """One asserted relation, subject relative to object: *subset of* means that the subject asks less."""

    subject: Element
    object: Element
    relation: Literal["equal", "subset-of", "superset-of", "intersects", "disjoint"]
    rationale: Literal["syntactic", "semantic", "functional"]
    explanation: Annotated[str, StringConstraints(min_length=40, max_length=4000)]
    status: Literal["draft", "candidate", "final", "withdrawn"] = "candidate"

    @model_validator(mode="after")
    def _two_elements(self) -> Self:
        if self.subject == self.object:
            raise ValueError("a mapping relates two different measures")
        return self
