"""A charter: the file from which an operator opens an arrangement, and lets in who has joined since.

It names the arrangement, its members, their offices and the witnesses hosted here. This module reads it and says
nothing to anybody; ``detente.node.founding`` carries it out.
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Limits

from detente.errors import MalformedError
from detente.statements import directory as kinds
from detente.statements.faults import fault
from detente.statements.values import Language, Line, Names, OfficeId, ParticipantId, Text

MADE_HERE = "made and kept by this node"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Operator(_Part):
    """Who keeps the ledger and manages the directory."""

    participant: ParticipantId
    names: Names
    office: OfficeId = "secretariat"


class Member(_Part):
    """A participant; with ``witness`` a cosigner key of its own is kept here, for trials on one node."""

    participant: ParticipantId
    names: Names
    witness: bool = False


class Office(kinds.Office):
    """An office's entry, and how the fingerprint of its keys was compared."""

    compared: Line = MADE_HERE

    @property
    def entry(self) -> kinds.Office:
        """The entry as the directory lists it."""
        return kinds.Office.model_validate(self.model_dump(exclude={"compared"}))


class Charter(_Part):
    """An arrangement as its operator describes it."""

    names: Names
    languages: Annotated[list[Language], Limits(min_length=1, max_length=40)]
    about: Text = ""
    operator: Operator
    member: list[Member] = []
    office: list[Office] = []


def parse_charter(data: bytes) -> Charter:
    """Return the charter in TOML ``data``; raise ``MalformedError`` that names what to change."""
    try:
        members: dict[str, Any] = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MalformedError("charter-form", f"The charter is not TOML: {error}.") from error
    try:
        charter = Charter.model_validate(members)
    except ValidationError as error:
        raise _refusal(error, members) from error
    if unknown := sorted({name for each in charter.office for name in each.model_extra or ()}):
        raise MalformedError("charter-member", f"An office in the charter has no member {unknown[0][:60]!r}.")
    return charter


def office_of(members: dict[str, Any]) -> Office:
    """Return the office with these ``members``; raise ``MalformedError`` that names the first wrong one."""
    try:
        return Office.model_validate({name: value for name, value in members.items() if value is not None})
    except ValidationError as error:
        raise _refusal(error, members) from error


def member_of(members: dict[str, Any]) -> Member:
    """Return the member with these ``members``; raise ``MalformedError`` that names the first wrong one."""
    try:
        return Member.model_validate(members)
    except ValidationError as error:
        raise _refusal(error, members) from error


def _refusal(error: ValidationError, members: dict[str, Any]) -> MalformedError:
    return MalformedError("charter-member", fault(error, members).message)
