"""Trees and proofs of the ledger, against the plainest reading of RFC 6962."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import ConsistencyError, InclusionError
from detente.ledger.log import Tree
from detente.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from detente.ledger.tiles import Tile, entry_bundles, hash_tiles, parse_bundle, parse_tile

SIZES = st.integers(0, 70) | st.integers(0, 1100)
MANY = [leaf_hash(b"%d" % index) for index in range(1100)]
TREE = Tree(MANY)


def naive_root(leaves: list[bytes]) -> bytes:
    """Return MTH of RFC 6962, section 2.1, written as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> tuple[bytes, ...]:
    """Return PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return ()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return (*naive_path(index, leaves[:split]), naive_root(leaves[split:]))
    return (*naive_path(index - split, leaves[split:]), naive_root(leaves[:split]))


def naive_subproof(old: int, leaves: list[bytes], whole: bool) -> tuple[bytes, ...]:
    """Return SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(leaves):
        return () if whole else (naive_root(leaves),)
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return (*naive_subproof(old, leaves[:split], whole), naive_root(leaves[split:]))
    return (*naive_subproof(old - split, leaves[split:], False), naive_root(leaves[:split]))


def flipped(data: bytes, bit: int) -> bytes:
    """Return ``data`` with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(SIZES)
def test_root_is_that_of_the_plain_recursion(size: int) -> None:
    """The tree's root of every size is RFC 6962's."""
    assert TREE.root(size) == naive_root(MANY[:size])


@given(st.data())
def test_inclusion_proofs_hold_and_every_flip_is_refused(data: st.DataObject) -> None:
    """A proof is RFC 6962's, verifies, and any bit changed in leaf, proof or root, or another index, refuses it."""
    size = data.draw(st.integers(1, 1100))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(TREE, index, size)
    root = TREE.root(size)
    assert proof == naive_path(index, MANY[:size])
    verify_inclusion(MANY[index], index, size, proof, root)
    parts = [MANY[index], *proof, root]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(InclusionError):
        verify_inclusion(parts[0], index, size, parts[1:-1], parts[-1])
    other = data.draw(st.integers(-2, size + 2).filter(lambda value: value != index))
    with pytest.raises(InclusionError):
        verify_inclusion(MANY[index], other, size, proof, root)


@given(st.data())
def test_consistency_proofs_hold_and_every_flip_is_refused(data: st.DataObject) -> None:
    """A proof is RFC 6962's, verifies, and any bit changed in it or in either root refuses it."""
    new = data.draw(st.integers(1, 1100))
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(TREE, old, new)
    assert proof == naive_subproof(old, MANY[:new], True)
    verify_consistency(old, new, proof, TREE.root(old), TREE.root(new))
    parts = [TREE.root(old), *proof, TREE.root(new)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(ConsistencyError):
        verify_consistency(old, new, parts[1:-1], parts[0], parts[-1])


@given(st.integers(0, 2**63), st.lists(st.binary(min_size=32, max_size=32), max_size=3), st.data())
def test_nothing_is_shown_from_the_empty_tree(new: int, proof: list[bytes], data: st.DataObject) -> None:
    """A consistency proof from size 0 is refused whatever it holds, the empty one to the very same roots too."""
    old_root = data.draw(st.sampled_from([TREE.root(0), TREE.root(3), bytes(32)]))
    with pytest.raises(ConsistencyError):
        verify_consistency(0, new, proof, old_root, data.draw(st.sampled_from([old_root, TREE.root(5)])))


@given(
    st.integers(-1, 40),
    st.integers(-1, 40),
    st.lists(st.sampled_from([*MANY[:4], b"short"]), max_size=8),
    st.sampled_from(MANY[:4]),
    st.sampled_from(MANY[:4]),
)
def test_made_up_proofs_are_refused(first: int, second: int, proof: list[bytes], one: bytes, two: bytes) -> None:
    """Numbers and hashes that belong to no tree never verify, save for a tree compared with itself or one leaf."""
    if not (first == 0 and second == 1 and not proof and one == two):
        with pytest.raises(InclusionError):
            verify_inclusion(one, first, second, proof, two)
    if not (0 < first == second and not proof and one == two):
        with pytest.raises(ConsistencyError):
            verify_consistency(first, second, proof, one, two)


@given(SIZES, SIZES)
def test_truncating_undoes_appending(first: int, more: int) -> None:
    """A tree cut back is the tree before, and grows again to the same roots."""
    first, second = min(first, more), max(first, more)
    tree = Tree(MANY[:first])
    before = [bytes(level) for level in tree._levels]
    assert tree.append(MANY[first:second]) == second
    assert tree.root() == TREE.root(second)
    tree.truncate(first)
    assert tree.size == first
    assert [bytes(level) for level in tree._levels if level] == [level for level in before if level]
    assert tree.root() == TREE.root(first)
    tree.append(MANY[first:second])
    assert tree.root() == TREE.root(second)


@given(st.lists(st.integers(0, 60), max_size=12))
def test_batches_do_not_matter(batches: list[int]) -> None:
    """However entries are batched, the tree is the same."""
    tree = Tree()
    for batch in batches:
        tree.append(MANY[tree.size : tree.size + batch])
    assert tree._levels[0] == TREE._levels[0][: 32 * sum(batches)]
    assert tree.root() == TREE.root(sum(batches))


@given(st.lists(SIZES, min_size=1, max_size=6).map(sorted))
def test_tiles_of_growth_make_the_tree(sizes: list[int]) -> None:
    """Files written at each growth hold, at every size, exactly the hashes and entries of the tree."""
    entries = [b"%d" % index for index in range(sizes[-1])]
    files: dict[str, bytes] = {}
    old = 0
    for size in sizes:
        for tile, data in hash_tiles(TREE, old, size):
            assert files.setdefault(tile.path, data) == data
            parse_tile(data, tile.width)
        for tile, data in entry_bundles(lambda start, end: entries[start:end], old, size):
            assert files.setdefault(tile.path, data) == data
            assert [leaf_hash(entry) for entry in parse_bundle(data)] == MANY[tile.start : tile.start + tile.width]
        old = size
        for index in range(0, size, 256):
            width = min(256, size - index)
            assert files[Tile(0, index // 256, width).path] == b"".join(MANY[index : index + width])
            assert len(parse_bundle(files[Tile(None, index // 256, width).path])) == width


def test_appending_is_about_two_hashes_an_entry() -> None:
    """A tree holds fewer than two hashes an entry over all its levels, whatever the order of growth."""
    tree = Tree()
    generator = random.Random(7)
    while tree.size < 1000:
        tree.append(MANY[tree.size : tree.size + generator.randrange(1, 40)])
    assert sum(len(level) for level in tree._levels) < 2 * 32 * tree.size
