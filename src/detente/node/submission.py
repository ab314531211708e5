"""Submission: taking in a statement that its participant signed elsewhere, with keys that this node does not keep.

The statement is recorded, sealed to its addressees and handed over exactly as one that was released here. What it
names as attachments comes with it: naming the hash of something that is stored already gives nobody a copy of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from detente.envelopes.sealing import Contents
from detente.envelopes.signing import parse_envelope, statement_id
from detente.errors import PolicyError, RejectedError
from detente.node import registrar
from detente.node.actions import MAY_DRAFT, Person
from detente.node.build import Node
from detente.statements.statement import EVERYONE, Statement, parse_statement
from detente.store import statements


@dataclass(frozen=True)
class Submitted:
    """A statement that is recorded: its id, and whether it already was before."""

    statement_id: str
    repeated: bool


def submit(node: Node, person: Person, envelope_bytes: bytes, attachments: Sequence[bytes] = ()) -> Submitted:
    """Verify, record and hand over an envelope of the person's own participant; the same one again changes nothing.

    Raises what ``registration.admit`` raises, and ``PolicyError`` for another participant's statement or for
    attachments that are not exactly those which the statement names. A refusal leaves no trace but its code and
    sentence, for the operator.
    """
    try:
        return _submit(node, person, envelope_bytes, attachments)
    except RejectedError as refused:
        statements.keep_refusal(f"submission by {person.name}", refused, node.clock.now())
        raise


def _submit(node: Node, person: Person, envelope_bytes: bytes, attachments: Sequence[bytes]) -> Submitted:
    person.require(MAY_DRAFT, "submit statements")
    envelope = parse_envelope(envelope_bytes)
    statement = parse_statement(envelope.payload_bytes)
    if statement.issuer.participant != person.participant:
        raise PolicyError(
            "submission-participant",
            f"Your account submits statements of {person.participant}; this one names"
            f" {statement.issuer.participant} as its issuer.",
        )
    known = statements.get([statement_id(envelope.payload_bytes)])
    if not known:
        _check_attachments(statement, attachments)
    with node.ledger.writing():
        (accepted,) = registrar.accept(node, [envelope_bytes])
        if not accepted.repeated:
            _keep(node, person, statement, Contents(envelope_bytes, tuple(attachments)), accepted.statement_id)
    node.on_step("submitted")
    registrar.try_settle(node)
    return Submitted(accepted.statement_id, accepted.repeated)


def _keep(node: Node, person: Person, statement: Statement, contents: Contents, identifier: str) -> None:
    for data in contents.attachments:
        statements.keep_attachment(data)
    if statement.addressees != EVERYONE and statement.rule.scope != "node":
        registrar.offer(node, statement, contents, identifier)
    statements.record_act(person.name, person.participant, "submitted", identifier, node.clock.now())


def _check_attachments(statement: Statement, attachments: Sequence[bytes]) -> None:
    given = {hashlib.sha256(data).hexdigest(): len(data) for data in attachments}
    named = {label.sha256: label.size for label in statement.attachments}
    for label in statement.attachments:
        if label.sha256 not in given:
            raise PolicyError(
                "attachment-missing", f"The statement names an attachment {label.name!r} that did not come with it."
            )
        if given[label.sha256] != label.size:
            raise PolicyError(
                "attachment-size", f"The attachment {label.name!r} has another size than the statement says."
            )
    if set(given) - set(named):
        raise PolicyError(
            "attachment-unnamed", "An attachment came with the statement that it does not name; its hash differs."
        )
