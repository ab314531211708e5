"""Receipts: what a flipped bit, a missing cosignature or a foreign entry does to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import DetenteError, EvidenceError, QuorumError, RejectedError
from detente.ledger.cosignature import add_cosignatures, cosign
from detente.ledger.log import Entry, LogSigner, Tree
from detente.ledger.merkle import inclusion_proof, leaf_hashes
from detente.ledger.note import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, SigningKey, parse_note
from detente.ledger.policy import Policy, parse_policy, render_policy
from detente.ledger.proof import VerifiedReceipt, render_receipt, verify_receipt

AT = datetime(2026, 3, 6, 18, 20, 3, 250_000, tzinfo=UTC)
LOG = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
WITNESSES = {
    name: SigningKey(f"{name.lower()}.example/witness", COSIGNATURE_MLDSA44, name.encode() * 8 + b"w" * 8)
    for name in ("COR", "BRY")
}
STRANGER = SigningKey("stranger.example/w", COSIGNATURE_ED25519, b"s" * 32)
ENTRIES = [
    Entry("directory" if index % 5 == 0 else "sealed", bytes([index]) * 32, AT + timedelta(seconds=index))
    for index in range(11)
]
TREE = Tree(leaf_hashes(entry.render() for entry in ENTRIES))
POLICY = parse_policy(render_policy(LOG.mldsa44_key, {name: key.verifier for name, key in WITNESSES.items()}, 2))


def checkpoint(*witnesses: SigningKey) -> bytes:
    """Return the log's checkpoint of all entries, with these cosignatures."""
    note = LOG.sign_checkpoint(TREE.size, TREE.root(), AT + timedelta(minutes=1))
    for key in witnesses:
        answer = cosign(key, parse_note(note).text, AT + timedelta(minutes=2)).render()
        note = add_cosignatures(note, answer, [key.verifier])
    return note


def receipt(index: int, note: bytes) -> bytes:
    """Return the receipt of an entry under ``note``."""
    return render_receipt(ENTRIES[index], index, inclusion_proof(TREE, index, TREE.size), note)


# A stranger's line among the others: the one part of a receipt whose bits may change without consequence.
RECEIPT = receipt(6, checkpoint(WITNESSES["COR"], STRANGER, WITNESSES["BRY"]))
WHOLE = verify_receipt(RECEIPT, POLICY).require_quorum()
LINES_START = RECEIPT.rfind(b"\n\n") + 2


def outcome(data: bytes, policy: Policy = POLICY) -> VerifiedReceipt | DetenteError:
    """Return the verified receipt, quorum and all, or why it was refused."""
    try:
        return verify_receipt(data, policy).require_quorum()
    except (RejectedError, EvidenceError) as error:
        return error


def check_flip(bit: int) -> None:
    """Flip one bit: the receipt is refused, or verdict and everything shown are the same."""
    data = bytearray(RECEIPT)
    data[bit // 8] ^= 1 << bit % 8
    found = outcome(bytes(data))
    if isinstance(found, VerifiedReceipt):
        assert found == WHOLE
        assert bit // 8 >= LINES_START, "everything before the signature lines is protected"


def test_a_whole_receipt_shows_entry_checkpoint_and_cosigners() -> None:
    """A receipt gives back its entry, the checkpoint, and who cosigned it when."""
    assert WHOLE.entry == ENTRIES[6]
    assert (WHOLE.index, WHOLE.checkpoint.size, WHOLE.checkpoint.root) == (6, 11, TREE.root())
    assert WHOLE.cosigned_by == (("COR", 1772821323), ("BRY", 1772821323))
    assert WHOLE.quorum_met


def test_every_bit_before_the_signatures_is_protected() -> None:
    """No bit of entry, proof, origin, size or root can be flipped."""
    for bit in range(LINES_START * 8):
        check_flip(bit)


@given(st.integers(LINES_START * 8, len(RECEIPT) * 8 - 1))
def test_a_flipped_bit_in_the_signatures_is_refused_or_changes_nothing(bit: int) -> None:
    """A bit of a signature line is that of a key that nobody asked for, or refuses the receipt."""
    check_flip(bit)


@pytest.mark.long
def test_every_bit_of_a_receipt() -> None:
    """No bit at all changes what a receipt shows."""
    for bit in range(len(RECEIPT) * 8):
        check_flip(bit)


@given(st.integers(0, len(RECEIPT) - 1))
def test_a_cut_receipt_is_refused_or_changes_nothing(length: int) -> None:
    """A receipt that was cut short is refused, since its last line is a witness's."""
    assert isinstance(outcome(RECEIPT[:length]), DetenteError)


@given(st.integers(0, 10), st.integers(0, 10))
def test_a_receipt_is_of_its_own_entry(index: int, other: int) -> None:
    """Another entry's bytes under a true proof are evidence, never shown."""
    note = checkpoint()
    data = render_receipt(ENTRIES[other], index, inclusion_proof(TREE, index, TREE.size), note)
    found = outcome(data)
    assert isinstance(found, QuorumError if index == other else EvidenceError)
    assert isinstance(found, EvidenceError)
    assert found.evidence_bytes == data
    assert found.code == ("quorum" if index == other else "inclusion")


@pytest.mark.parametrize("names", [(), ("COR",), ("BRY",)])
def test_a_receipt_without_quorum_is_pending(names: tuple[str, ...]) -> None:
    """Too few cosignatures leave a receipt readable, with quorum not met."""
    found = verify_receipt(receipt(3, checkpoint(*(WITNESSES[name] for name in names))), POLICY)
    assert not found.quorum_met
    assert tuple(cosigned.name for cosigned in found.cosigned_by) == names
    with pytest.raises(QuorumError):
        found.require_quorum()
