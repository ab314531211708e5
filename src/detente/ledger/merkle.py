"""Merkle trees after RFC 6962, section 2.1: hashes, proofs, and their verification.

Proofs are built from any ``HashReader``; verification needs no tree at all. A consistency proof from the empty
tree does not exist here: it would show nothing, since every tree begins empty, so it is refused whatever it
holds (a witness's first contact with a log is a rule of tlog-witness, not a proof).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol

from detente.errors import ConsistencyError, InclusionError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class HashReader(Protocol):
    """Something that knows the hashes of a tree's complete subtrees."""

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash over the entries ``[index << level, (index + 1) << level)``."""
        ...


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hash of each entry."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def _range_root(reader: HashReader, start: int, end: int) -> bytes:
    """Return the root over ``[start, end)``, which begins where a complete subtree of that length would."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(reader.hash_at(level, start >> level))
        start += 1 << level
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root


def root_of(reader: HashReader, size: int) -> bytes:
    """Return the root of the first ``size`` entries."""
    return _range_root(reader, 0, size) if size else EMPTY_ROOT


def _path(reader: HashReader, level: int, index: int, size: int) -> list[bytes]:
    """Return the siblings on the way from the complete subtree at (level, index) to the root of ``size``."""
    path = []
    while 1 << level < size:
        if index & 1:
            path.append(reader.hash_at(level, index - 1))
        elif (start := (index + 1) << level) < size:
            path.append(_range_root(reader, start, min(start + (1 << level), size)))
        index >>= 1
        level += 1
    return path


def inclusion_proof(reader: HashReader, index: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of entry ``index`` in the tree of ``size``; raise ``ValueError`` outside it."""
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a tree of {size}.")
    return tuple(_path(reader, 0, index, size))


def consistency_proof(reader: HashReader, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of ``new`` continues that of ``old``; empty for equal sizes and ``old`` 0."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} does not continue one of {old}.")
    if old in (0, new):
        return ()
    level = (old & -old).bit_length() - 1
    index = (old >> level) - 1
    seed = [reader.hash_at(level, index)] if index else []
    return (*seed, *_path(reader, level, index, new))


def _evidence(title: str, numbers: Sequence[int], hashes: Sequence[bytes]) -> bytes:
    return "\n".join((title, *map(str, numbers), *(part.hex() for part in hashes), "")).encode()


def _all_hashes(hashes: Iterable[bytes]) -> bool:
    return all(len(part) == HASH_BYTES for part in hashes)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash ``leaf`` is entry ``index`` under ``root``; raise ``InclusionError`` (RFC 9162)."""
    if (
        0 <= index < size
        and _all_hashes((leaf, root, *proof))
        and _root_from_path(leaf, index, size - 1, proof) == root
    ):
        return
    raise InclusionError(
        "inclusion",
        f"The proof does not lead from entry {index} to the root of {size} entries.",
        _evidence("inclusion", (index, size), (leaf, root, *proof)),
    )


def _root_from_path(node: bytes, index: int, last: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that ``proof`` leads to, or None when its length is not that of the path."""
    for sibling in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = sha256(b"\x01" + sibling + node).digest()
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            node = sha256(b"\x01" + node + sibling).digest()
        index >>= 1
        last >>= 1
    return node if last == 0 else None


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of ``new`` entries continues that of ``old``; raise ``ConsistencyError`` (RFC 9162).

    ``old`` must be at least 1: nothing can be shown about a continuation of the empty tree.
    """
    if 0 < old <= new and _all_hashes((old_root, new_root, *proof)):
        if old == new:
            if not proof and old_root == new_root:
                return
        elif _roots_from_proof(old, new, proof, old_root) == (old_root, new_root):
            return
    raise ConsistencyError(
        "consistency",
        f"Nothing shows that the tree of {new} entries continues that of {old}.",
        _evidence("consistency", (old, new), (old_root, new_root, *proof)),
    )


def _roots_from_proof(old: int, new: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes] | None:
    """Return both roots that ``proof`` leads to, or None when its length is not that of the path."""
    index, last = old - 1, new - 1
    while index & 1:
        index >>= 1
        last >>= 1
    hashes = iter(proof)
    # A complete old tree is its own seed.
    seed = old_root if index == 0 else next(hashes, None)
    if seed is None:
        return None
    first = second = seed
    for sibling in hashes:
        if last == 0:
            return None
        if index & 1 or index == last:
            first = node_hash(sibling, first)
            second = node_hash(sibling, second)
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        index >>= 1
        last >>= 1
    return (first, second) if last == 0 else None
