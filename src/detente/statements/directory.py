"""Directory: who belongs to an arrangement, through which offices and keys it speaks, and when it works.

Public to the members, and recorded as ``directory`` entries. Nothing here names a person.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator
from pydantic import Field as Limits

from detente.errors import MalformedError
from detente.keys import PublicKeySet
from detente.statements.values import (
    Day,
    Digest,
    Flag,
    Hour,
    Instant,
    Language,
    Line,
    Model,
    Names,
    Number,
    OfficeId,
    ParticipantId,
    Text,
    ZoneName,
)


def _keyset(value: dict[str, str]) -> dict[str, str]:
    try:
        PublicKeySet.from_json(value)
    except MalformedError as error:
        raise ValueError(error.message) from error
    return value


Keys = Annotated[dict[str, str], AfterValidator(_keyset)]
Scope = Literal["office", "node"]
Custody = Literal["self", "host"]


class Arrangement(Model):
    """Opens an arrangement: always entry 0 of its ledger, signed by the operator whose keys it carries.

    Whoever trusts the ledger's key thereby trusts this entry, and with it the operator's key set.
    """

    names: Names
    operator: ParticipantId
    operator_names: Names
    office: OfficeId
    keyset: Keys
    languages: Annotated[list[Language], Limits(min_length=1, max_length=40)]
    about: Text = ""


class Member(Model):
    """A participant joins; it names itself in each language."""

    participant: ParticipantId
    names: Names


class KeySet(Model):
    """A key set is enrolled, rotated in, or revoked.

    Enrolment is signed by the operator after the fingerprint was compared; rotation by the old set; revocation by
    the participant itself, or by the operator at its request.
    """

    action: Literal["enrol", "rotate", "revoke"]
    participant: ParticipantId
    office: OfficeId | None = None
    scope: Scope
    custody: Custody
    keyset: Keys | None = None
    keyset_id: Digest
    replaces: Digest | None = None
    compared: Line | None = None
    authority_reference: Line | None = None
    suspected_since: Instant | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.action == "revoke") != (self.keyset is None):
            raise ValueError("keyset carries the keys when enrolling or rotating, and is left out when revoking")
        if self.keyset is not None and PublicKeySet.from_json(self.keyset).id != self.keyset_id:
            raise ValueError("keyset_id is not the id of these keys")
        if (self.action == "rotate") != (self.replaces is not None):
            raise ValueError("replaces names the old set when rotating, and only then")
        if (self.scope == "office") != (self.office is not None) and self.action != "revoke":
            raise ValueError("a key set of scope office names its office, one of scope node does not")
        return self


class ReachChannel(Model):
    """A way to reach an office."""

    kind: Literal["email", "telephone", "sms", "node", "other"]
    value: Line
    note: Text = ""


class Office(Model):
    """An office's entry: the office comes before the person, and no person is named."""

    participant: ParticipantId
    office: OfficeId
    category: Literal["diplomatic", "technical", "authority", "secretariat"]
    names: Names
    time_zone: ZoneName
    weekend: Annotated[list[Annotated[Number, Limits(ge=0, le=6)]], Limits(max_length=6)]
    opens: Hour = "09:00"
    closes: Hour = "17:00"
    around_the_clock: Flag = False
    holidays: Annotated[list[Day], Limits(max_length=400)] = []
    languages: Annotated[list[Language], Limits(min_length=1, max_length=20)]
    channels: Annotated[list[ReachChannel], Limits(max_length=20)] = []
    release_persons: Annotated[Number, Limits(ge=1, le=2)] = 2
    authority_reference: Line | None = None
    removed: Flag = False

    @model_validator(mode="after")
    def _hours(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("closes must come after opens")
        return self


class Calendar(Model):
    """Holidays declared later: they count for clocks that start after this was recorded."""

    participant: ParticipantId
    office: OfficeId
    holidays: Annotated[list[Day], Limits(min_length=1, max_length=400)]
    note: Text = ""
