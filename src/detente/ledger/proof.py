"""Receipts: offline proof that an entry is in a log, after C2SP ``tlog-proof``.

A receipt carries the exact entry bytes as its extra data. They are worth nothing until they hash to the leaf that
the proof leads to; only then are they shown. A receipt says that something was recorded and when, never that it
is true, nor whose keys signed the statement behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detente.errors import InclusionError, MalformedError
from detente.ledger.checkpoint import Checkpoint
from detente.ledger.log import Entry, parse_entry
from detente.ledger.merkle import leaf_hash, verify_inclusion
from detente.ledger.note import (
    MAX_NOTE_BYTES,
    decode_base64,
    decode_decimal,
    decode_hash,
    encode_base64,
)
from detente.ledger.policy import Cosigned, Policy, require_quorum

MAX_PROOF_HASHES = 63
MAX_EXTRA_BYTES = 65_535

_HEADER = "c2sp.org/tlog-proof@v1"
# Header, extra in base64, index, hashes, and the checkpoint.
_MAX_PROOF_BYTES = 128 + MAX_EXTRA_BYTES * 4 // 3 + 45 * MAX_PROOF_HASHES + MAX_NOTE_BYTES


@dataclass(frozen=True)
class Proof:
    """A proof as read: entry ``index``, the hashes from leaf to root, the checkpoint's bytes, the untrusted extra."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_bytes: bytes
    extra: bytes | None = None

    def render(self) -> bytes:
        """Return the proof's bytes."""
        lines = [_HEADER]
        if self.extra:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [encode_base64(part) for part in self.hashes]
        return "\n".join((*lines, "", "")).encode() + self.checkpoint_bytes


def parse_proof(data: bytes) -> Proof:
    """Return the proof, its checkpoint not yet looked at; raise ``MalformedError`` (tlog-proof, "Format")."""
    if len(data) > _MAX_PROOF_BYTES:
        raise MalformedError("proof-size", f"A proof has at most {_MAX_PROOF_BYTES} bytes.")
    head, blank, checkpoint_bytes = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedError("proof-form", "A proof is ASCII before its checkpoint.") from error
    if not blank or lines[0] != _HEADER:
        raise MalformedError("proof-form", f"A proof begins with {_HEADER} and has a blank line before its checkpoint.")
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith("extra "):
        extra = decode_base64(rest.pop(0).removeprefix("extra "))
        if not 1 <= len(extra) <= MAX_EXTRA_BYTES:
            raise MalformedError(
                "proof-extra", f"Extra data has 1 to {MAX_EXTRA_BYTES} bytes; leave out an empty line."
            )
    if not rest or not rest[0].startswith("index "):
        raise MalformedError("proof-index", "A proof names the entry's index before its hashes.")
    index = decode_decimal(rest[0].removeprefix("index "))
    if len(rest) - 1 > MAX_PROOF_HASHES:
        raise MalformedError("proof-hashes", f"A proof has at most {MAX_PROOF_HASHES} hashes.")
    return Proof(index, tuple(decode_hash(line) for line in rest[1:]), checkpoint_bytes, extra)


def render_receipt(entry: Entry, index: int, hashes: Sequence[bytes], checkpoint_bytes: bytes) -> bytes:
    """Return the receipt of ``entry`` at ``index``, with its inclusion proof in the tree of the checkpoint."""
    return Proof(index, tuple(hashes), checkpoint_bytes, entry.render()).render()


@dataclass(frozen=True)
class VerifiedReceipt:
    """What a receipt shows: that ``entry`` is number ``index`` in the log of ``checkpoint``, and who cosigned that."""

    index: int
    entry: Entry
    checkpoint: Checkpoint
    cosigned_by: tuple[Cosigned, ...]
    quorum_met: bool
    receipt_bytes: bytes = field(repr=False, compare=False)

    def require_quorum(self) -> VerifiedReceipt:
        """Return itself; raise ``QuorumError`` when too few witnesses cosigned."""
        require_quorum(self.quorum_met, self.cosigned_by, self.receipt_bytes)
        return self


def verify_receipt(receipt_bytes: bytes, policy: Policy) -> VerifiedReceipt:
    """Return what a receipt shows under ``policy``, with or without quorum.

    Raises ``MalformedError``, ``SignatureError``, or ``InclusionError`` with the receipt as evidence.
    """
    proof = parse_proof(receipt_bytes)
    if proof.extra is None:
        raise MalformedError("receipt-entry", "A receipt carries the bytes of its entry as extra data.")
    entry = parse_entry(proof.extra)
    verified = policy.verify_checkpoint(proof.checkpoint_bytes)
    checkpoint = verified.checkpoint
    try:
        verify_inclusion(leaf_hash(proof.extra), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    except InclusionError as error:
        raise InclusionError(error.code, error.message, receipt_bytes) from error
    return VerifiedReceipt(proof.index, entry, checkpoint, verified.cosigned_by, verified.quorum_met, receipt_bytes)
