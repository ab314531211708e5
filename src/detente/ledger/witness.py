"""A witness: cosigns checkpoints that continue what it has seen, after C2SP ``tlog-witness``.

Pure but for its store: bytes of a request in, status and body out. It keeps no time and opens no socket. Two
checkpoints of one size with two roots are kept as evidence whatever the answer is; a refused consistency proof is
only a reason to look, since anybody can send a bad proof with a true checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detente.errors import ConsistencyError, MalformedError, OperatorError, SignatureError
from detente.ledger.checkpoint import Checkpoint, parse_checkpoint
from detente.ledger.cosignature import cosign, verify_signatures
from detente.ledger.merkle import EMPTY_ROOT, verify_consistency
from detente.ledger.note import (
    ED25519,
    MAX_NOTE_BYTES,
    SigningKey,
    VerifierKey,
    decode_decimal,
    decode_hash,
    encode_base64,
    parse_note,
)
from detente.ledger.policy import check_log_signed

MAX_PROOF_HASHES = 63
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 45 * MAX_PROOF_HASHES + 32
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class WitnessedTree:
    """The latest tree of a log that was cosigned, and the checkpoint's note as it was received."""

    size: int
    root: bytes
    note_bytes: bytes


class WitnessStore(Protocol):
    """Keeps one ``WitnessedTree`` for each origin.

    ``swap`` must be atomic against every other process that signs with the same keys, and what it stored must be
    durable before it returns True: the cosignature leaves the house next, and a witness that forgets one can be
    led to cosign another history.
    """

    def load(self, origin: str) -> WitnessedTree | None:
        """Return the latest tree of the log, None before the first."""
        ...

    def swap(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> bool:
        """Store ``new`` and return True if ``expected`` is what is stored, else change nothing and return False."""
        ...


@dataclass(frozen=True)
class Answer:
    """What to send back, and what to keep as evidence. Evidence goes with any status, never in the body."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE
    evidence: ConsistencyError | None = None


@dataclass(frozen=True)
class Request:
    """An add-checkpoint request: the sender's idea of the latest size, the proof from there, and the checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note_bytes: bytes


def render_request(old_size: int, proof: Sequence[bytes], note_bytes: bytes) -> bytes:
    """Return the body of an add-checkpoint request."""
    lines = (f"old {old_size}", *(encode_base64(part) for part in proof), "", "")
    return "\n".join(lines).encode() + note_bytes


def parse_request(body: bytes) -> Request:
    """Return the request; raise ``MalformedError`` (tlog-witness, "add-checkpoint")."""
    if len(body) > MAX_REQUEST_BYTES:
        raise MalformedError("witness-size", f"A request has at most {MAX_REQUEST_BYTES} bytes.")
    head, blank, note_bytes = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedError("witness-form", "A request is ASCII before its checkpoint.") from error
    if not blank or not first.startswith("old "):
        raise MalformedError("witness-form", "A request has an old size line, proof lines, a blank line, a checkpoint.")
    if len(lines) > MAX_PROOF_HASHES:
        raise MalformedError("witness-proof", f"A consistency proof has at most {MAX_PROOF_HASHES} lines.")
    old_size = decode_decimal(first.removeprefix("old "))
    return Request(old_size, tuple(decode_hash(line) for line in lines), note_bytes)


def check_method(method: str) -> Answer | None:
    """Return the answer to any method but POST, None for POST."""
    return None if method == "POST" else Answer(405, b"Send a POST request.\n")


def render_evidence(kept: bytes, received: bytes) -> bytes:
    """Return two pieces of evidence as one: each after a line with its name and its length in bytes."""
    return b"kept %d\n" % len(kept) + kept + b"received %d\n" % len(received) + received


def _refuse(status: int, message: str, evidence: ConsistencyError | None = None) -> Answer:
    return Answer(status, message.encode() + b"\n", TEXT_TYPE, evidence)


class Witness:
    """Cosigns, with ``keys`` (types 0x06 and 0x04), the checkpoints of the logs whose keys it knows by origin."""

    def __init__(
        self, keys: Sequence[SigningKey], logs: Mapping[str, Sequence[VerifierKey]], store: WitnessStore
    ) -> None:
        if not keys or any(key.algorithm == ED25519 for key in keys):
            raise OperatorError("witness-keys", "A witness signs with keys of type 0x06 or 0x04.")
        self._keys = tuple(keys)
        self._logs = {origin: tuple(known) for origin, known in logs.items()}
        self._store = store

    def add_checkpoint(self, body: bytes, at: datetime) -> Answer:
        """Answer an add-checkpoint request that came at ``at``: 200, 400, 403, 404, 409 or 422.

        The new state is durable before a 200 is returned. Raises ``OperatorError`` for a store that breaks its
        contract.
        """
        try:
            request = parse_request(body)
            note = parse_note(request.note_bytes)
            checkpoint = parse_checkpoint(note.text)
        except MalformedError as error:
            return _refuse(400, error.message)
        known = self._logs.get(checkpoint.origin)
        if known is None:
            return _refuse(404, "This witness does not know the log.")
        try:
            check_log_signed(checkpoint, verify_signatures(note, known), known)
        except (SignatureError, MalformedError) as error:
            return _refuse(403, error.message)
        if request.old_size > checkpoint.size:
            return _refuse(400, "The old size is larger than the checkpoint's.")
        new = WitnessedTree(checkpoint.size, checkpoint.root, request.note_bytes)
        for _ in range(2):
            state = self._store.load(checkpoint.origin)
            if refusal := _judge(request, checkpoint, state, body):
                return refusal
            if self._store.swap(checkpoint.origin, state, new):
                lines = [cosign(key, note.text, at).render() for key in self._keys]
                return Answer(200, b"".join(lines))
        raise OperatorError("witness-store", "The witness's store refuses a swap although its state is as expected.")


def _judge(request: Request, checkpoint: Checkpoint, state: WitnessedTree | None, body: bytes) -> Answer | None:
    """Return the refusal that C2SP's order of checks leads to, or None when the checkpoint may be cosigned."""
    size = state.size if state else 0
    root = state.root if state else EMPTY_ROOT
    kept = render_evidence(state.note_bytes if state else b"", body)
    evidence = None
    if checkpoint.size == size and checkpoint.root != root:
        evidence = ConsistencyError("two-roots", f"The log signed two roots for its tree of {size} entries.", kept)
    if request.old_size != size:
        return Answer(409, b"%d\n" % size, SIZE_TYPE, evidence)
    if evidence:
        return _refuse(422, evidence.message, evidence)
    if size in (0, checkpoint.size):
        # From the empty tree, and to the very same tree, no proof exists.
        return _refuse(422, "The consistency proof must be empty.") if request.proof else None
    try:
        verify_consistency(size, checkpoint.size, request.proof, root, checkpoint.root)
    except ConsistencyError:
        message = f"The proof does not lead from the tree of {size} entries to the checkpoint."
        return _refuse(422, message, ConsistencyError("proof-refused", message, kept))
    return None
