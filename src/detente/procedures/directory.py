"""The directory at an index: who is a member, which offices there are, which keys speak, which exercises are open.

A pure fold over ``directory.*`` and ``exercise.*`` statements in the order of the ledger. Every question is asked
*as of* an index of the ledger, so that an old signature stays valid after rotation and every node judges alike
(protocol section 8). Entry 0 must be the arrangement itself, which carries its operator's keys: whoever trusts the
ledger's key thereby trusts this one statement, and all others follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from detente.errors import PolicyError, SignatureError
from detente.keys import PublicKeySet
from detente.statements import directory as kinds
from detente.statements import exercise
from detente.statements.statement import Statement

NEVER = 1 << 62


@dataclass(frozen=True)
class ListedKey:
    """A key set and when it counted: from ``since_index`` on, and no more from ``until_index``."""

    keyset_id: str
    keys: PublicKeySet
    participant: str
    office: str | None
    scope: str
    custody: str
    since_index: int
    until_index: int = NEVER
    suspected_since: datetime | None = None


@dataclass(frozen=True)
class ListedOffice:
    """An office's entry, when it was last registered, and its holidays with when each was declared."""

    entry: kinds.Office
    since_index: int
    registered_at: datetime
    holidays: dict[date, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenExercise:
    """An exercise and the entries between which it is open."""

    opening: exercise.Opening
    since_index: int
    until_index: int = NEVER


class Directory:
    """What a sequence of directory statements adds up to."""

    def __init__(self) -> None:
        self.arrangement: kinds.Arrangement | None = None
        self.origin = ""
        self.members: dict[str, tuple[int, kinds.Member]] = {}
        self.keys: dict[str, ListedKey] = {}
        self.offices: dict[tuple[str, str], ListedOffice] = {}
        self.exercises: dict[str, OpenExercise] = {}

    def copy(self) -> Directory:
        """Return a directory that may be taken further without changing this one."""
        made = Directory()
        made.arrangement, made.origin = self.arrangement, self.origin
        made.members, made.keys = dict(self.members), dict(self.keys)
        made.offices, made.exercises = dict(self.offices), dict(self.exercises)
        return made

    def apply(self, statement: Statement, index: int, registered_at: datetime) -> None:
        """Take in one verified statement recorded at ``index``; other kinds change nothing."""
        body = statement.body
        issuer = statement.issuer.participant
        if isinstance(body, kinds.Arrangement):
            self._open(statement, body, index)
        elif isinstance(body, kinds.Member):
            self.members[body.participant] = (index, body)
        elif isinstance(body, kinds.KeySet):
            self._key(body, index)
        elif isinstance(body, kinds.Office):
            self._office(body, index, registered_at)
        elif isinstance(body, kinds.Calendar):
            self._calendar(body, registered_at)
        elif isinstance(body, exercise.Opening):
            self.exercises.setdefault(body.exercise_id, OpenExercise(body, index))
        elif isinstance(body, exercise.Closing) and body.exercise_id in self.exercises:
            opened = self.exercises[body.exercise_id]
            if issuer == self.operator or issuer in opened.opening.participants:
                self.exercises[body.exercise_id] = replace(opened, until_index=index)

    @property
    def operator(self) -> str:
        """The participant that keeps the ledger and manages the directory; empty before the arrangement opened."""
        return self.arrangement.operator if self.arrangement else ""

    def check_may_issue(self, statement: Statement) -> None:
        """Raise ``PolicyError`` when the issuer may not say this about the directory.

        Nothing but the state itself changes or removes its entry (invariant 20); the operator admits members and
        enrols keys after comparing fingerprints. An exercise is opened and closed by the operator or by a participant.
        """
        body, issuer = statement.body, statement.issuer.participant
        allowed: tuple[str, ...]
        if isinstance(body, kinds.Arrangement):
            allowed = (body.operator,) if self.arrangement is None else ()
        elif isinstance(body, kinds.Member):
            allowed = (self.operator,)
        elif isinstance(body, kinds.KeySet):
            allowed = (body.participant,) if body.action == "rotate" else (body.participant, self.operator)
            if body.action == "enrol":
                allowed = (self.operator,)
        elif isinstance(body, kinds.Office | kinds.Calendar):
            first = isinstance(body, kinds.Office) and (body.participant, body.office) not in self.offices
            allowed = (body.participant, self.operator) if first else (body.participant,)
        elif isinstance(body, exercise.Opening):
            allowed = (self.operator, *body.participants)
        elif isinstance(body, exercise.Closing):
            opened = self.exercises.get(body.exercise_id)
            allowed = (self.operator, *(opened.opening.participants if opened else ()))
        else:
            return
        if not allowed:
            raise PolicyError("arrangement-again", "An arrangement opens once, with entry 0 of its ledger.")
        if issuer not in allowed:
            raise PolicyError(
                "directory-issuer", f"{issuer} may not issue {statement.kind} here; only {' or '.join(allowed)} may."
            )

    def key_at(self, keyset_id: str, index: int) -> ListedKey:
        """Return the key set as it counted at ``index``; raise ``SignatureError`` when it did not."""
        listed = self.keys.get(keyset_id)
        if listed is None or index < listed.since_index:
            raise SignatureError(
                "keyset-unknown", f"The key set {keyset_id[:8]}… is not in the directory at entry {index}."
            )
        if index >= listed.until_index:
            raise SignatureError(
                "keyset-ended", f"The key set {keyset_id[:8]}… was rotated or revoked at entry {listed.until_index}."
            )
        return listed

    def live_keys(self, participant: str, scope: str = "office") -> list[ListedKey]:
        """Return the key sets of ``participant`` that count now, oldest first."""
        return [
            key
            for key in self.keys.values()
            if key.participant == participant and key.scope == scope and key.until_index == NEVER
        ]

    def is_member(self, participant: str, index: int) -> bool:
        """Say whether ``participant`` was a member at ``index``; the operator always is."""
        since = self.members.get(participant)
        return participant == self.operator or (since is not None and since[0] <= index)

    def office(self, participant: str, office: str) -> ListedOffice | None:
        """Return the office's entry."""
        return self.offices.get((participant, office))

    def offices_of(self, participant: str, category: str | None = None) -> list[ListedOffice]:
        """Return the offices of ``participant``, of one ``category`` or all."""
        return [
            listed
            for (owner, _), listed in self.offices.items()
            if owner == participant and category in (None, listed.entry.category)
        ]

    def exercise_open(self, exercise_id: str | None, participants: Iterable[str], index: int) -> bool:
        """Say whether the exercise is open at ``index`` and all of ``participants`` take part."""
        opened = self.exercises.get(exercise_id or "")
        return (
            opened is not None
            and opened.since_index <= index < opened.until_index
            and set(participants) <= {*opened.opening.participants, self.operator}
        )

    def names(self, participant: str) -> dict[str, str]:
        """Return how the participant names itself in each language; its id under ``und`` when it has not."""
        if self.arrangement and participant == self.arrangement.operator:
            return dict(self.arrangement.operator_names)
        member = self.members.get(participant)
        return dict(member[1].names) if member else {"und": participant}

    def _open(self, statement: Statement, body: kinds.Arrangement, index: int) -> None:
        if index != 0 or self.arrangement is not None:
            raise PolicyError("arrangement-again", "An arrangement opens once, with entry 0 of its ledger.")
        self.arrangement, self.origin = body, statement.arrangement
        keys = PublicKeySet.from_json(body.keyset)
        self.keys[keys.id] = ListedKey(keys.id, keys, body.operator, body.office, "office", "self", 0)

    def _key(self, body: kinds.KeySet, index: int) -> None:
        if body.keyset is not None:
            keys = PublicKeySet.from_json(body.keyset)
            listed = ListedKey(keys.id, keys, body.participant, body.office, body.scope, body.custody, index)
            self.keys.setdefault(keys.id, listed)
        ended = body.replaces if body.action == "rotate" else body.keyset_id if body.action == "revoke" else None
        old = self.keys.get(ended or "")
        if old is not None and old.participant == body.participant and old.until_index == NEVER:
            self.keys[old.keyset_id] = replace(old, until_index=index, suspected_since=body.suspected_since)

    def _office(self, body: kinds.Office, index: int, registered_at: datetime) -> None:
        where = (body.participant, body.office)
        if body.removed:
            self.offices.pop(where, None)
            return
        before = self.offices.get(where)
        holidays: dict[date, datetime | None] = dict(before.holidays) if before else {}
        # What a later entry adds was declared then: it moves no clock that is running.
        declared_at = registered_at if before else None
        holidays.update({day: holidays.get(day, declared_at) for day in body.holidays})
        self.offices[where] = ListedOffice(body, index, registered_at, holidays)

    def _calendar(self, body: kinds.Calendar, registered_at: datetime) -> None:
        where = (body.participant, body.office)
        listed = self.offices.get(where)
        if listed is not None:
            later: dict[date, datetime | None] = {
                day: registered_at for day in body.holidays if day not in listed.holidays
            }
            self.offices[where] = replace(listed, holidays={**listed.holidays, **later})
