"""Entries, the growing tree, and signed checkpoints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detente.errors import MalformedError, OperatorError
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.cosignature import verify_signatures
from detente.ledger.log import Entry, LogSigner, Tree, first_backwards, parse_entry
from detente.ledger.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, leaf_hash
from detente.ledger.note import COSIGNATURE_MLDSA44, ED25519, SigningKey, parse_note, parse_vkey

AT = datetime(2026, 3, 6, 18, 20, 3, 250_000, tzinfo=UTC)
ENTRY = b"detente.entry/v1\nsealed\n" + b"ab" * 32 + b"\n1772821203250\n"


def test_an_entry_is_four_lines() -> None:
    """An entry's bytes are fixed: header, class, digest in lower-case hex, milliseconds."""
    entry = Entry("sealed", b"\xab" * 32, AT)
    assert entry.render() == ENTRY
    assert parse_entry(ENTRY) == entry


@pytest.mark.parametrize(
    "data",
    [
        ENTRY[:-1],
        ENTRY + b"\n",
        ENTRY.replace(b"\n", b"\r\n"),
        ENTRY.replace(b"v1", b"v2"),
        ENTRY.replace(b"sealed", b"Sealed"),
        ENTRY.replace(b"sealed", b"public"),
        ENTRY.replace(b"ab", b"AB"),
        ENTRY.replace(b"ab", b"a", 1),
        ENTRY.replace(b"1772", b"01772"),
        ENTRY.replace(b"1772", b"-1772"),
        ENTRY.replace(b"1772", b"+1772"),
        ENTRY.replace(b"1772821203250", "١".encode()),
        ENTRY.replace(b"1772821203250", b"9" * 18),
        ENTRY.replace(b"1772821203250", b""),
        b"",
    ],
)
def test_other_entries_are_malformed(data: bytes) -> None:
    """An entry in any other form is malformed."""
    with pytest.raises(MalformedError):
        parse_entry(data)


def test_an_entry_that_cannot_be_read_back_is_not_made() -> None:
    """A short digest, a class of another name or a time before 1970 makes no entry."""
    for entry_class, digest, at in [
        ("sealed", b"short", AT),
        ("public", bytes(32), AT),
        ("sealed", bytes(32), datetime(1969, 12, 31, tzinfo=UTC)),
    ]:
        with pytest.raises(MalformedError):
            Entry(entry_class, digest, at)  # type: ignore[arg-type]


def test_times_never_go_backwards() -> None:
    """The first time that lies before its predecessor is found; equal times are in order."""
    second = timedelta(seconds=1)
    assert first_backwards([]) is None
    assert first_backwards([AT, AT, AT + second]) is None
    assert first_backwards([AT, AT + second, AT, AT - second]) == 2


def test_a_tree_of_nothing_and_of_one() -> None:
    """The empty tree has the hash of nothing as root, and a tree of one its leaf."""
    tree = Tree()
    assert (tree.size, tree.root()) == (0, EMPTY_ROOT)
    tree.append([leaf_hash(b"one")])
    assert (tree.size, tree.root()) == (1, leaf_hash(b"one"))
    assert inclusion_proof(tree, 0, 1) == ()
    assert consistency_proof(tree, 0, 1) == ()


def test_a_refused_append_changes_nothing() -> None:
    """A leaf hash of a wrong size is refused together with its whole batch."""
    tree = Tree([leaf_hash(b"one")])
    with pytest.raises(ValueError, match="32 bytes"):
        tree.append([leaf_hash(b"two"), b"short"])
    assert (tree.size, tree.root()) == (1, leaf_hash(b"one"))


def test_what_lies_outside_the_tree_is_refused() -> None:
    """Hashes, roots and proofs beyond the tree raise ValueError."""
    tree = Tree([leaf_hash(b"%d" % index) for index in range(5)])
    for level, index in [(0, 5), (1, 2), (2, 1), (3, 0), (-1, 0), (0, -1), (99, 0)]:
        with pytest.raises(ValueError, match="no such hashes"):
            tree.hash_at(level, index)
    for size in (-1, 6):
        with pytest.raises(ValueError, match="no root"):
            tree.root(size)
        with pytest.raises(ValueError, match="cannot be cut"):
            tree.truncate(size)
    for index in (-1, 5):
        with pytest.raises(ValueError, match="no entry"):
            inclusion_proof(tree, index, 5)
    with pytest.raises(ValueError, match="does not continue"):
        consistency_proof(tree, 6, 5)


def test_a_checkpoint_is_signed_twice() -> None:
    """A log's note carries a plain Ed25519 signature and a timed ML-DSA-44 one, and no extension line."""
    signer = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
    note = parse_note(signer.sign_checkpoint(0, EMPTY_ROOT, AT))
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size, checkpoint.extensions) == (signer.origin, 0, ())
    keys = [parse_vkey(signer.ed25519_key.render()), parse_vkey(signer.mldsa44_key.render())]
    found = verify_signatures(note, keys)
    assert [(each.key.algorithm, each.timestamp) for each in found] == [
        (ED25519, None),
        (COSIGNATURE_MLDSA44, 1772821203),
    ]


def test_secrets_are_not_shown() -> None:
    """No seed appears when a key is printed."""
    signer = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
    key = SigningKey("w.example", ED25519, b"1" * 32)
    assert "111" not in repr(signer) + repr(key)


def test_keys_that_cannot_be_are_the_operators_business() -> None:
    """A seed of a wrong size or an unknown type is refused when the key is made."""
    with pytest.raises(OperatorError):
        SigningKey("w.example", ED25519, b"short")
    with pytest.raises(OperatorError):
        SigningKey("w.example", 0x02, bytes(32))
