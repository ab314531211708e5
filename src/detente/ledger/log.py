"""The log itself: its entries, its growing tree, and the signing of its checkpoints.

An entry says that a parcel with a certain seal digest was registered at a certain time, and nothing about who,
to whom or what. The tree lives in memory and can be cut back, so that a commit that fails leaves no trace;
keeping entries is the store's work, and so is the lock that makes one sequencer of many processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Literal, cast

from detente.clock import from_milliseconds, to_milliseconds
from detente.errors import MalformedError
from detente.ledger.checkpoint import Checkpoint
from detente.ledger.cosignature import cosign, sign_text
from detente.ledger.merkle import HASH_BYTES, root_of
from detente.ledger.note import COSIGNATURE_MLDSA44, ED25519, Note, SigningKey, VerifierKey

EntryClass = Literal["sealed", "directory"]

_ENTRY = re.compile(rb"detente\.entry/v1\n(sealed|directory)\n([0-9a-f]{64})\n(0|[1-9][0-9]{0,17})\n")


@dataclass(frozen=True)
class Entry:
    """One registration: class, 32-byte seal digest, and time cut to milliseconds."""

    entry_class: EntryClass
    seal_digest: bytes
    registered_at: datetime

    def __post_init__(self) -> None:
        if self.entry_class not in ("sealed", "directory") or len(self.seal_digest) != HASH_BYTES:
            raise MalformedError("entry-form", "An entry is sealed or directory and carries a digest of 32 bytes.")
        if to_milliseconds(self.registered_at) < 0:
            raise MalformedError("entry-form", "An entry was registered after 1970.")

    def render(self) -> bytes:
        """Return the entry's bytes, which are the leaf data."""
        milliseconds = to_milliseconds(self.registered_at)
        return f"detente.entry/v1\n{self.entry_class}\n{self.seal_digest.hex()}\n{milliseconds}\n".encode()


def parse_entry(data: bytes) -> Entry:
    """Return the entry; raise ``MalformedError`` for any bytes that ``Entry.render`` would not write."""
    match = _ENTRY.fullmatch(data)
    if match is None:
        raise MalformedError("entry-form", "An entry has the four lines that docs/spec/ledger.md fixes to the byte.")
    entry_class = cast("EntryClass", match[1].decode())
    return Entry(entry_class, bytes.fromhex(match[2].decode()), from_milliseconds(int(match[3])))


def first_backwards(times: Iterable[datetime]) -> int | None:
    """Return the position of the first time that is earlier than the one before it, or None.

    Times of registration never go backwards with the index; equal times are in order.
    """
    previous: datetime | None = None
    for position, at in enumerate(times):
        if previous is not None and at < previous:
            return position
        previous = at
    return None


class Tree:
    """A growing tree: the hashes of all complete subtrees, one flat array a level, 64 bytes an entry in all."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self.append(leaf_hashes)

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf_hashes: Iterable[bytes]) -> int:
        """Append 32-byte leaf hashes and return the new size; raise ``ValueError``, changing nothing, for others."""
        leaves = list(leaf_hashes)
        if any(len(leaf) != HASH_BYTES for leaf in leaves):
            raise ValueError("A leaf hash has 32 bytes.")
        self._levels[0] += b"".join(leaves)
        level = 0
        while (width := len(self._levels[level]) // (2 * HASH_BYTES)) > 0:
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            parents = self._levels[level + 1]
            # Only the pairs that have become complete are hashed: about one node an entry over all levels.
            pairs = bytes(self._levels[level][2 * len(parents) : 2 * HASH_BYTES * width])
            if not pairs:
                break
            parents += b"".join([sha256(b"\x01" + pairs[at : at + 64]).digest() for at in range(0, len(pairs), 64)])
            level += 1
        return self.size

    def truncate(self, size: int) -> None:
        """Cut the tree back to its first ``size`` entries, which undoes later appends."""
        if not 0 <= size <= self.size:
            raise ValueError(f"A tree of {self.size} entries cannot be cut back to {size}.")
        for level, hashes in enumerate(self._levels):
            del hashes[(size >> level) * HASH_BYTES :]

    def hash_at(self, level: int, index: int) -> bytes:
        """Return the hash over the entries ``[index << level, (index + 1) << level)``; raise ``ValueError`` outside."""
        return self.hash_run(level, index, 1)

    def hash_run(self, level: int, start: int, count: int) -> bytes:
        """Return ``count`` neighbouring hashes of one level as flat bytes; raise ``ValueError`` outside the tree."""
        if level < 0 or start < 0 or count < 1 or (start + count) << level > self.size:
            raise ValueError(f"The tree of {self.size} entries has no such hashes at level {level}.")
        return bytes(self._levels[level][start * HASH_BYTES : (start + count) * HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first ``size`` entries, all by default."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"The tree of {self.size} entries has no root of {size}.")
        return root_of(self, size)


@dataclass(frozen=True, repr=False)
class LogSigner:
    """The two keys of a log: Ed25519 for the public witness network, ML-DSA-44 for those who verify later."""

    origin: str
    ed25519_seed: bytes
    mldsa44_seed: bytes

    def __repr__(self) -> str:
        return f"LogSigner({self.origin})"

    @cached_property
    def _ed25519(self) -> SigningKey:
        return SigningKey(self.origin, ED25519, self.ed25519_seed)

    @cached_property
    def _mldsa44(self) -> SigningKey:
        return SigningKey(self.origin, COSIGNATURE_MLDSA44, self.mldsa44_seed)

    @property
    def ed25519_key(self) -> VerifierKey:
        """The public key of type 0x01."""
        return self._ed25519.verifier

    @property
    def mldsa44_key(self) -> VerifierKey:
        """The public key of type 0x06: the one that policies name."""
        return self._mldsa44.verifier

    def sign_checkpoint(self, size: int, root: bytes, at: datetime) -> bytes:
        """Return the note that commits the log to ``size`` and ``root``: a 0x01 signature, then a 0x06 one of ``at``.

        The caller answers for never signing two trees that are not one history.
        """
        text = Checkpoint(self.origin, size, root).render()
        return Note(text, (sign_text(self._ed25519, text), cosign(self._mldsa44, text, at))).render()
