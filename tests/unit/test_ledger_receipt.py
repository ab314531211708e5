"""Receipts: their bytes, limits and refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detente.errors import MalformedError, SignatureError
from detente.ledger.log import Entry, LogSigner, Tree
from detente.ledger.merkle import inclusion_proof, leaf_hash
from detente.ledger.note import encode_base64
from detente.ledger.policy import parse_policy, render_policy
from detente.ledger.proof import Proof, parse_proof, render_receipt, verify_receipt
from detente.ledger.tiles import render_bundle

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
LOG = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
POLICY = parse_policy(render_policy(LOG.mldsa44_key, {}, 0))
ENTRIES = [Entry("sealed", bytes([index]) * 32, AT) for index in range(3)]
TREE = Tree(leaf_hash(entry.render()) for entry in ENTRIES)
NOTE = LOG.sign_checkpoint(3, TREE.root(), AT)
RECEIPT = render_receipt(ENTRIES[1], 1, inclusion_proof(TREE, 1, 3), NOTE)


def test_a_receipts_bytes() -> None:
    """A receipt is header, entry in base64, index, hashes, a blank line and the checkpoint as it was signed."""
    extra = encode_base64(ENTRIES[1].render())
    hashes = [encode_base64(part) for part in (TREE.hash_at(0, 0), TREE.hash_at(0, 2))]
    lines = ["c2sp.org/tlog-proof@v1", f"extra {extra}", "index 1", *hashes, "", ""]
    assert "\n".join(lines).encode() + NOTE == RECEIPT
    assert verify_receipt(RECEIPT, POLICY).require_quorum().entry == ENTRIES[1]


def test_a_receipt_needs_its_entry() -> None:
    """A proof without extra data, or with other data than an entry, is no receipt."""
    proof = inclusion_proof(TREE, 1, 3)
    for extra in (None, b"something else"):
        with pytest.raises(MalformedError):
            verify_receipt(Proof(1, proof, NOTE, extra).render(), POLICY)


def test_a_receipt_of_another_log_is_refused() -> None:
    """A policy that does not list the log accepts none of its receipts."""
    other = LogSigner("other.example.org/log", b"3" * 32, b"4" * 32)
    with pytest.raises(SignatureError):
        verify_receipt(RECEIPT, parse_policy(render_policy(other.mldsa44_key, {}, 0)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"index 1", b"index 01"),
        (b"index 1", b"index  1"),
        (b"index 1\n", b""),
        (b"index 1", b"index 9223372036854775808"),
        (b"extra ", b"Extra "),
        (b"extra ", b"extra  "),
        (b"tlog-proof@v1\n", b"tlog-proof@v1\n\n"),
        (b"\n\nledger", b"\nledger"),
    ],
)
def test_receipts_out_of_form_are_malformed(old: bytes, new: bytes) -> None:
    """A receipt in any other form is malformed."""
    assert old in RECEIPT
    with pytest.raises(MalformedError):
        verify_receipt(RECEIPT.replace(old, new, 1), POLICY)


def test_proofs_have_limits() -> None:
    """At most 63 hashes and 65,535 bytes of extra data are read."""
    assert parse_proof(Proof(1, (bytes(32),) * 63, NOTE, bytes(65_535)).render()).index == 1
    for proof in (Proof(1, (bytes(32),) * 64, NOTE), Proof(1, (), NOTE, bytes(65_536)), Proof(1, (), bytes(2**20))):
        with pytest.raises(MalformedError):
            parse_proof(proof.render())


def test_bundles_have_limits() -> None:
    """A bundle of no entries, of too many, or with an entry too long, is not written."""
    for entries in ([], [b""] * 257, [bytes(65_536)]):
        with pytest.raises(ValueError, match="1 to 256 entries"):
            render_bundle(entries)
