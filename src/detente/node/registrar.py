"""Accepting statements: verified, stored, recorded and durable, and only then answered with a receipt.

What happens after the answer may be repeated at any time, by any process, after any interruption: sealing hands
parcels over, witnesses cosign, projections catch up. Each of these is one durable step that a restart takes again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.db import DatabaseError

from detente.envelopes.sealing import Contents, open_parcel, seal
from detente.envelopes.signing import sign
from detente.errors import DetenteError, PolicyError, RejectedError
from detente.keys import decode, encode
from detente.ledger.cosignature import add_cosignatures
from detente.ledger.policy import parse_policy
from detente.ledger.witness import Witness, render_request
from detente.node.build import DIRECTORY_AREAS, Node, WitnessRows
from detente.registration import Admitted, admit
from detente.statements.evidence import HandedOver
from detente.statements.statement import (
    EVERYONE,
    Addressee,
    Issuer,
    Statement,
    render_statement,
)
from detente.store import statements
from detente.store.ledger import NewEntry, Placed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Accepted:
    """A statement that is stored and recorded: its id and a receipt for each recipient."""

    statement_id: str
    receipts: tuple[bytes, ...]
    repeated: bool = False


def accept(node: Node, envelopes: Sequence[bytes], *, keep: Callable[[], None] | None = None) -> list[Accepted]:
    """Verify, store and record envelopes in one durable transaction; a repeated one gets its first place again.

    All or nothing: the first refusal stops the batch and leaves no trace. Raises what ``registration.admit`` raises.
    """
    with node.ledger.writing():
        admitted = _admit_all(node, envelopes)
        wanted = [entry for each in admitted for entry in _entries(each)]
        placed = node.ledger.append(wanted, node.clock.now())
        known = {each.statement_id for each in placed if each.repeated}
        first = {each.statement_id for each in placed if not each.repeated}
        fresh = {each.statement_id: each for each in admitted if each.statement_id in first}
        statements.keep([_new(each) for each in fresh.values()], node.clock.now())
        if keep is not None:
            keep()
        receipts = node.ledger.fresh_receipts(placed, wanted)
    node.on_step("recorded")
    return _accepted(admitted, placed, receipts, known)


def _admit_all(node: Node, envelopes: Sequence[bytes]) -> list[Admitted]:
    admitted: list[Admitted] = []
    directory, size = node.directory(node.ledger.directory_size), node.ledger.size
    for envelope_bytes in envelopes:
        each = admit(envelope_bytes, directory, size, node.clock.now())
        if _changes_directory(each) and len(envelopes) > 1:
            raise PolicyError("batch-directory", "Statements about the directory are registered one at a time.")
        admitted.append(each)
        size += len(each.digests)
    return admitted


def _entries(admitted: Admitted) -> list[NewEntry]:
    return [
        NewEntry(
            statement_id=admitted.statement_id,
            recipient=recipient,
            entry_class=admitted.entry_class,
            seal_digest=digest,
            issuer=admitted.statement.issuer.participant,
            changes_directory=_changes_directory(admitted),
        )
        for recipient, digest in admitted.digests
    ]


def _changes_directory(admitted: Admitted) -> bool:
    return admitted.statement.kind.partition(".")[0] in DIRECTORY_AREAS


def _new(admitted: Admitted) -> statements.New:
    statement = admitted.statement
    return statements.New(
        statement_id=admitted.statement_id,
        kind=statement.kind,
        issuer=statement.issuer.participant,
        thread=statement.thread,
        envelope_bytes=admitted.envelope_bytes,
        changes_directory=_changes_directory(admitted),
    )


def _accepted(admitted: list[Admitted], placed: list[Placed], receipts: list[bytes], known: set[str]) -> list[Accepted]:
    by_statement: dict[str, list[bytes]] = {}
    for each, receipt in zip(placed, receipts, strict=True):
        by_statement.setdefault(each.statement_id, []).append(receipt)
    return [
        Accepted(each.statement_id, tuple(by_statement[each.statement_id]), each.statement_id in known)
        for each in admitted
    ]


def issue(
    node: Node,
    statement: Statement,
    attachments: Sequence[bytes] = (),
    keep: Callable[[Accepted], None] | None = None,
) -> Accepted:
    """Sign ``statement`` with the issuer's keys kept here, record it and queue a sealed parcel for each recipient.

    ``statement.sequence`` and ``nonce`` are set here. ``keep`` runs in the same transaction.
    """
    with node.ledger.writing():
        issuer = statement.issuer
        numbers = {each: node.ledger.next_sequence(issuer.participant, each) for each in statement.recipients}
        statement = statement.model_copy(update={"sequence": numbers, "nonce": encode(secrets.token_bytes(32))})
        node_scope = statement.rule.scope == "node"
        keys = node.node_keys(issuer.participant) if node_scope else node.keys_of(issuer.participant, issuer.office)
        if keys is None:
            raise PolicyError("node-keys", f"This node keeps no keys that give evidence for {issuer.participant}.")
        payload = render_statement(statement)
        envelope = sign(payload, keys)
        (accepted,) = accept(node, [envelope])
        for data in attachments:
            statements.keep_attachment(data)
        if statement.addressees != EVERYONE and not node_scope:
            offer(node, statement, Contents(envelope, tuple(attachments)), accepted.statement_id)
        if keep is not None:
            keep(accepted)
    node.on_step("issued")
    return accepted


def offer(node: Node, statement: Statement, contents: Contents, statement_id: str) -> None:
    """Queue a sealed parcel for each recipient, in the transaction that records the statement."""
    directory = node.directory()
    parcels = []
    for recipient in statement.recipients:
        keys = [listed.keys for listed in directory.live_keys(recipient)][-4:]
        if not keys:
            raise PolicyError(
                "addressee-keyless", f"{recipient} has no key in the directory yet; nothing can be sealed to it."
            )
        parcel = seal(contents, recipient, decode(statement.nonce), keys)
        parcels.append((parcel[18:50], statement_id, recipient, parcel))
    statements.offer_parcels(parcels, node.clock.now())


def deliver(node: Node) -> int:
    """Open each waiting parcel with its recipient's keys kept here and give evidence of it; return how many."""
    delivered = 0
    for parcel in statements.waiting_parcels():
        if not node.opening_keys(parcel.recipient):
            continue
        try:
            _hand_over(node, parcel.recipient, bytes(parcel.parcel), parcel.seal_digest)
        except RejectedError as refused:
            # One bad parcel never blocks those behind it.
            statements.mark_refused(parcel.seal_digest, refused.message)
            statements.keep_refusal(f"parcel for {parcel.recipient}", refused, node.clock.now())
            continue
        delivered += 1
    return delivered


def _hand_over(node: Node, recipient: str, parcel_bytes: bytes, seal_digest: str) -> None:
    failure: RejectedError | None = None
    opened = None
    for keys in node.opening_keys(recipient):
        try:
            opened = open_parcel(parcel_bytes, recipient, keys)
            break
        except RejectedError as refused:
            failure = refused
    if opened is None:
        raise failure or PolicyError("parcel-keyless", "No key here opens this parcel.")
    # Judged as of its place in the ledger: keys that were rotated since, or a clock that was set back, change nothing.
    index, registered_at = node.ledger.place_of(seal_digest) or (node.ledger.size, node.clock.now())
    admitted = admit(opened.contents.envelope_bytes, node.directory(), index, registered_at)
    for data in opened.contents.attachments:
        statements.keep_attachment(data)
    body = HandedOver(
        statement_id=admitted.statement_id,
        seal_digest=seal_digest,
        node=node.config.origin,
        received_at=node.clock.now(),
        refused_attachments=[each.sha256 for each in opened.refused],
    )
    evidence = reply_header(node, admitted.statement, "evidence.handed_over", recipient, "node", body)
    with node.ledger.writing():
        if statements.is_waiting(seal_digest):  # else another process or thread gave evidence meanwhile
            issue(node, evidence, keep=lambda _: statements.mark_handed_over(seal_digest, node.clock.now()))


def reply_header(node: Node, to: Statement, kind: str, participant: str, office: str, body: object) -> Statement:
    """Return a statement of ``kind`` by ``participant`` in the thread of ``to``, addressed to its issuer."""
    return Statement(
        kind=kind,
        arrangement=to.arrangement,
        context=to.context,
        exercise_id=to.exercise_id,
        issuer=Issuer(participant=participant, office=office, role="node" if office == "node" else "office"),
        addressees=[Addressee(participant=to.issuer.participant)],
        thread=to.thread,
        urgency=to.urgency,
        tlp=to.tlp,
        language=to.language,
        issued_at=node.clock.now(),
        nonce=encode(bytes(32)),
        sequence={to.issuer.participant: 1},
        body=body,
    )


def cosign(node: Node, *, again: bool = False) -> bool:
    """Have the witnesses hosted here cosign the latest checkpoint; return whether the policy is met.

    With ``again`` a cosigned one is signed and cosigned anew, so that nothing can be dated before it later; when the
    witnesses do not all answer, the earlier cosignatures stay.
    """
    size, note, done = node.ledger.latest()
    if not size or (done and not again):
        return done
    node.ledger.catch_up()
    policy = parse_policy(node.policy())
    note = node.ledger.heartbeat(node.clock.now()) if done else note
    for name, witness in node.witnesses().items():
        note = _ask(node, name, witness, note, size)
    met = policy.verify_checkpoint(note).quorum_met
    if met or not done:
        node.ledger.cosigned(size, note, quorum_met=met)
        node.on_step("cosigned")
    return met or done


def _ask(node: Node, name: str, witness: Witness, note: bytes, size: int) -> bytes:
    seen_tree = WitnessRows(name).load(node.ledger.origin)
    seen = seen_tree.size if seen_tree else 0
    node.ledger.refuse_rollback(seen)
    request = render_request(seen, node.ledger.consistency(seen, size), note)
    answer = witness.add_checkpoint(request, node.clock.now())
    node.on_step("witnessed")
    if answer.evidence is not None:
        statements.keep_evidence(answer.evidence, node.clock.now())
    if answer.status != HTTPStatus.OK:
        logger.warning("witness %s answered %d: %s", name, answer.status, answer.body.decode(errors="replace").strip())
        return note
    return add_cosignatures(note, answer.body, [node.witness_keys()[name]])


def settle(node: Node) -> None:
    """Do everything that follows from what was said: hand over, cosign, project. Safe to repeat at any time."""
    while deliver(node):
        pass
    cosign(node)
    node.project()
    node.on_step("projected")


def try_settle(node: Node) -> None:
    """Settle, but never let a fault of it undo what was already said: it is logged and taken up again later."""
    try:
        settle(node)
    except (DetenteError, DatabaseError):
        logger.exception("settling failed; it will be tried again")
