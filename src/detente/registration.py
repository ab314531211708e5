"""Registration: the only door into the ledger.

``admit`` takes the bytes of an envelope and returns what is to be stored and recorded, or refuses with one sentence
that says what to change. Order of checks (protocol section 7, from the envelope on): shape, algorithms, key set
known and valid, both signatures, arrangement, addressees, window, kind's schema, the issuer's right to say it,
exercise. It reads no clock and no database; a refused statement leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from detente.envelopes.sealing import derive_salt, seal_digest
from detente.envelopes.signing import Envelope, parse_envelope, statement_id, verify
from detente.errors import PolicyError, SignatureError
from detente.keys import PublicKeySet, decode
from detente.procedures.directory import Directory, ListedKey
from detente.statements.directory import Arrangement
from detente.statements.statement import EVERYONE, Statement, parse_statement

AHEAD = timedelta(minutes=10)
AGE = timedelta(days=30)


@dataclass(frozen=True)
class Admitted:
    """A verified statement, ready to be stored and recorded."""

    envelope_bytes: bytes
    payload_bytes: bytes
    statement_id: str
    statement: Statement
    keyset_id: str
    digests: tuple[tuple[str, bytes], ...]

    @property
    def entry_class(self) -> Literal["sealed", "directory"]:
        """How the ledger marks its entries."""
        return self.statement.rule.entry_class


def seal_digests(statement: Statement, identifier: str) -> tuple[tuple[str, bytes], ...]:
    """Return (recipient, seal digest) for each parcel of the statement; a public one has the recipient ``*``."""
    nonce = decode(statement.nonce)
    return tuple(
        (recipient, seal_digest(derive_salt(nonce, identifier, recipient), identifier))
        for recipient in statement.recipients
    )


def admit(envelope_bytes: bytes, directory: Directory, index: int, now: datetime) -> Admitted:
    """Check an envelope that asks for registration at ``index`` and ``now``.

    Raises ``MalformedError``, ``SignatureError`` or ``PolicyError``, each with what to change.
    """
    envelope = parse_envelope(envelope_bytes)
    statement = parse_statement(envelope.payload_bytes)
    key = _key(envelope, statement, directory, index)
    verify(envelope, key.keys)
    _check_issuer(statement, key)
    _check_arrangement(statement, directory, index)
    _check_window(statement, now)
    directory.check_may_issue(statement)
    _check_context(statement, directory, index)
    identifier = statement_id(envelope.payload_bytes)
    digests = seal_digests(statement, identifier)
    return Admitted(envelope_bytes, envelope.payload_bytes, identifier, statement, envelope.keyset_id, digests)


def _key(envelope: Envelope, statement: Statement, directory: Directory, index: int) -> ListedKey:
    body = statement.body
    if isinstance(body, Arrangement) and index == 0 and directory.arrangement is None:
        keys = PublicKeySet.from_json(body.keyset)
        if keys.id != envelope.keyset_id:
            raise SignatureError(
                "arrangement-key", "An arrangement is signed with the operator's keys that it carries."
            )
        return ListedKey(keys.id, keys, body.operator, body.office, "office", "self", 0)
    return directory.key_at(envelope.keyset_id, index)


def _check_issuer(statement: Statement, key: ListedKey) -> None:
    issuer = statement.issuer
    if key.participant != issuer.participant:
        raise SignatureError(
            "keyset-foreign", f"The key set belongs to {key.participant}, but {issuer.participant} is named as issuer."
        )
    if key.scope != statement.rule.scope:
        raise SignatureError(
            "keyset-scope",
            f"A key set of scope {key.scope} may not sign {statement.kind}; use one of {statement.rule.scope}.",
        )
    if key.office is not None and key.office != issuer.office:
        raise SignatureError(
            "keyset-office", f"The key set belongs to the office {key.office}, but {issuer.office} is named as issuer."
        )


def _check_arrangement(statement: Statement, directory: Directory, index: int) -> None:
    if directory.arrangement is None:
        if not isinstance(statement.body, Arrangement):
            raise PolicyError("arrangement-missing", "The first statement of a ledger opens its arrangement.")
        return
    if statement.arrangement != directory.origin:
        raise PolicyError(
            "arrangement-other",
            f"This ledger belongs to {directory.origin}; the statement names {statement.arrangement[:80]}.",
        )
    for recipient in statement.recipients:
        if recipient != EVERYONE and not directory.is_member(recipient, index):
            raise PolicyError(
                "addressee-unknown", f"{recipient} is not a member of this arrangement; choose one from the directory."
            )
    if statement.members_at is not None and statement.members_at > index:
        raise PolicyError("members-at", f"members_at names entry {statement.members_at}, which is not recorded yet.")


def _check_window(statement: Statement, now: datetime) -> None:
    if statement.issued_at > now + AHEAD:
        raise PolicyError(
            "issued-ahead", "The statement is dated more than 10 minutes ahead; set the sending machine's clock."
        )
    if statement.issued_at < now - AGE:
        raise PolicyError("issued-old", "The statement is more than 30 days old; issue it anew.")


def _check_context(statement: Statement, directory: Directory, index: int) -> None:
    if statement.context != "exercise" or statement.rule.scope == "node":
        # A machine may still say what it received when the exercise is over.
        return
    parties = [statement.issuer.participant, *(each for each in statement.recipients if each != EVERYONE)]
    if not directory.exercise_open(statement.exercise_id, parties, index):
        raise PolicyError(
            "exercise-closed",
            f"No exercise {str(statement.exercise_id)[:40]!r} is open for all parties named here. If this is real,"
            " choose the context real; if it is an exercise, have it opened first.",
        )
