"""The sequencer: the one writer to this node's ledger.

Contract: ``append`` returns only after the database has committed entries, statements and checkpoint (with SQLite
in FULL sync, PostgreSQL with its default, that is the disk). Writers in several processes meet at one row, locked
and compared before it is swapped, so that two trees can never grow from one. A database that was restored to an
older tree is refused as soon as a witness or a written checkpoint knows a larger one (``refuse_rollback``).
Tiles on disk are derived (``write_tiles``) and may be deleted at any time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from detente.clock import from_milliseconds, to_milliseconds
from detente.errors import OperatorError
from detente.ledger.log import Entry, EntryClass, LogSigner, Tree, parse_entry
from detente.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash
from detente.ledger.proof import render_receipt
from detente.ledger.tiles import entry_bundles, hash_tiles
from detente.rows import change, fetch, insert
from detente.store.faults import faults_named
from detente.store.models import Checkpoint, LedgerEntry, Sequencer

_Row = tuple[int, str, bytes, str, str, str, int]


class _Head(NamedTuple):
    """The lock's row: size and root of the last tree, and one more than the last entry that changed the directory."""

    size: int
    root: str
    directory_size: int


@dataclass(frozen=True)
class NewEntry:
    """What asks for a place in the ledger: digest and class, and whose statement it stands for."""

    statement_id: str
    recipient: str
    entry_class: EntryClass
    seal_digest: bytes
    issuer: str
    changes_directory: bool = False


@dataclass(frozen=True)
class Placed:
    """Where an entry stands: its index and the time of its registration."""

    statement_id: str
    recipient: str
    index: int
    registered_at: datetime
    repeated: bool


class LedgerStore:
    """One ledger: its tree in memory, its entries and checkpoints in the database."""

    def __init__(self, signer: LogSigner) -> None:
        self._signer = signer
        self._tree = Tree()
        self._last_at = 0
        self._mutex = threading.RLock()
        self._row: _Head | None = None
        self._root = ""
        self._row_held = False
        self._note = b""

    @property
    def origin(self) -> str:
        """The ledger's name: a URL without scheme."""
        return self._signer.origin

    @property
    def size(self) -> int:
        """The number of entries, as far as this process has read."""
        return self._tree.size

    def catch_up(self) -> None:
        """Read entries that other processes appended; raise ``OperatorError`` if the database lost some."""
        with self._mutex:
            self._read_to(self._read_row())

    def _read_row(self, *, lock: bool = False) -> _Head | None:
        sql = "SELECT size, root, directory_size FROM store_sequencer WHERE origin = %s"
        found = fetch(sql, [self.origin], lock=lock)
        return _Head(*found[0]) if found else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the ledger's lock for one durable transaction; what is appended in it stands or falls with it."""
        with self._mutex:
            if self._row_held:  # by this very thread: no other passes the mutex
                yield
                return
            before, last_at = self._tree.size, self._last_at
            try:
                with faults_named(), transaction.atomic():
                    self._row = self._read_row(lock=True)
                    self._read_to(self._row)
                    self._row_held, self._note = True, b""
                    yield
            except BaseException:
                self._tree.truncate(min(before, self._tree.size))
                self._last_at, self._root = last_at, ""
                raise
            finally:
                self._row_held = False

    @property
    def directory_size(self) -> int:
        """One more than the index of the newest entry that changed the directory; inside ``writing`` only."""
        return self._row.directory_size if self._row else 0

    def append(self, wanted: Sequence[NewEntry], at: datetime) -> list[Placed]:
        """Give each of ``wanted`` its place; inside ``writing`` only.

        A digest that is registered already gets its first place again. Times never go backwards: an entry's time is
        the later of ``at`` and its predecessor's.
        """
        known = self._known([entry.seal_digest.hex() for entry in wanted])
        registered = max(to_milliseconds(at), self._last_at)
        rows: list[_Row] = []
        first, directory_size = self._tree.size, self.directory_size
        placed: list[Placed] = []
        for entry in wanted:
            digest = entry.seal_digest.hex()
            repeated = digest in known
            if not repeated:
                index = first + len(rows)
                known[digest] = (index, registered)
                rows.append(_row(entry, index, registered))
                directory_size = index + 1 if entry.changes_directory else directory_size
            index, milliseconds = known[digest]
            placed.append(Placed(entry.statement_id, entry.recipient, index, from_milliseconds(milliseconds), repeated))
        if rows:
            columns = ("entry_index", "seal_digest", "entry", "statement_id", "recipient", "issuer", "registered_at")
            insert(LedgerEntry, columns, rows)
            self._tree.append([leaf_hash(row[2]) for row in rows])
            self._last_at = registered
            self._swap(from_milliseconds(registered), directory_size)
        return placed

    def _swap(self, at: datetime, directory_size: int) -> None:
        size, root = self._tree.size, self._tree.root().hex()
        note = self._signer.sign_checkpoint(size, bytes.fromhex(root), at)
        if self._row is None:
            Sequencer.objects.create(origin=self.origin, size=size, root=root, directory_size=directory_size)
        else:
            sql = (
                "UPDATE store_sequencer SET size = %s, root = %s, directory_size = %s"
                " WHERE origin = %s AND size = %s AND root = %s"
            )
            before = self._row
            if change(sql, [size, root, directory_size, self.origin, before.size, before.root]) != 1:
                raise OperatorError("ledger-raced", "Another process wrote to the ledger without its lock.")
        self._row = _Head(size, root, directory_size)
        self._note = note
        insert(Checkpoint, ("size", "root", "first_note", "last_note", "cosigned"), [(size, root, note, note, False)])

    def _read_to(self, head: _Head | None) -> None:
        size = head.size if head else 0
        if size < self._tree.size:
            raise OperatorError(
                "ledger-rolled-back",
                f"The database holds {size} ledger entries, this process has seen {self._tree.size}: it was restored"
                " to an older state. Stop, and catch up from the witnesses before signing again.",
            )
        if size == self._tree.size and head is not None and head.root == self._root:
            return
        if size > self._tree.size:
            found = LedgerEntry.objects.filter(entry_index__gte=self._tree.size, entry_index__lt=size)
            rows = list(found.order_by("entry_index").values_list("entry", "registered_at"))
            self._tree.append([leaf_hash(bytes(entry)) for entry, _ in rows])
            if rows:
                self._last_at = rows[-1][1]
        if self._tree.size != size or (head is not None and self._tree.root().hex() != head.root):
            raise OperatorError(
                "ledger-damaged", "The ledger's entries do not give the tree that was signed; restore from backup."
            )
        self._root = head.root if head else ""

    def _known(self, digests: list[str]) -> dict[str, tuple[int, int]]:
        known: dict[str, tuple[int, int]] = {}
        for start in range(0, len(digests), 500):
            some = digests[start : start + 500]
            places = ", ".join(["%s"] * len(some))
            sql = "SELECT seal_digest, entry_index, registered_at FROM store_ledgerentry WHERE seal_digest IN "
            known.update((digest, (index, at)) for digest, index, at in fetch(f"{sql}({places})", some))
        return known

    def checkpoint(self, size: int | None = None) -> bytes:
        """Return the newest note of the tree of ``size`` (by default the latest), empty when there is none."""
        rows = Checkpoint.objects.order_by("-size")
        row = rows.first() if size is None else rows.filter(size=size).first()
        return bytes(row.last_note) if row else b""

    def receipts(self, indexes: Sequence[int]) -> dict[int, bytes]:
        """Return a receipt for each index: against the smallest cosigned tree that holds it, else the latest."""
        self.catch_up()
        entries = dict(LedgerEntry.objects.filter(entry_index__in=indexes).values_list("entry_index", "entry"))
        notes = list(
            Checkpoint.objects.filter(size__gt=min(indexes, default=0))
            .order_by("size")
            .values_list("size", "cosigned", "last_note")
        )
        receipts: dict[int, bytes] = {}
        for index, entry in entries.items():
            holding = [note for note in notes if note[0] > index]
            size, _, note = next((each for each in holding if each[1]), holding[-1])
            hashes = inclusion_proof(self._tree, index, size)
            receipts[index] = render_receipt(parse_entry(bytes(entry)), index, hashes, bytes(note))
        return receipts

    def fresh_receipts(self, placed: Sequence[Placed], wanted: Sequence[NewEntry]) -> list[bytes]:
        """Return receipts for entries just appended, against the tree and checkpoint that took them in."""
        size = self._tree.size
        return [
            render_receipt(
                Entry(entry.entry_class, entry.seal_digest, each.registered_at),
                each.index,
                inclusion_proof(self._tree, each.index, size),
                self._note or self.checkpoint(size),
            )
            for each, entry in zip(placed, wanted, strict=True)
        ]

    def place_of(self, seal_digest: str) -> tuple[int, datetime] | None:
        """Return index and time of registration of a seal digest (hexadecimal), None when it is not recorded."""
        known = self._known([seal_digest]).get(seal_digest)
        return (known[0], from_milliseconds(known[1])) if known else None

    def next_sequence(self, issuer: str, recipient: str) -> int:
        """Return the number of the issuer's next statement to this recipient, from 1; inside ``writing`` only."""
        return LedgerEntry.objects.filter(issuer=issuer, recipient=recipient).count() + 1

    def cosigned(self, size: int, note: bytes, *, quorum_met: bool) -> None:
        """Keep the note of ``size`` with the cosignatures that were added to it."""
        Checkpoint.objects.filter(size=size).update(last_note=note, cosigned=quorum_met)

    def latest(self) -> tuple[int, bytes, bool]:
        """Return size, newest note and whether it is cosigned, of the latest tree; (0, b"", False) when empty."""
        row = Checkpoint.objects.order_by("-size").first()
        return (row.size, bytes(row.last_note), row.cosigned) if row else (0, b"", False)

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return the bytes of the entries from ``start`` up to before ``end``."""
        rows = LedgerEntry.objects.filter(entry_index__gte=start, entry_index__lt=end).order_by("entry_index")
        return [bytes(entry) for entry in rows.values_list("entry", flat=True)]

    def heartbeat(self, at: datetime) -> bytes:
        """Return the latest tree's note signed once more at ``at``, empty when there is none; nothing is kept yet.

        What is recorded next can then not be dated before it. Keep it with ``cosigned`` once witnesses answered:
        until then the note with their cosignatures is worth more.
        """
        row = Checkpoint.objects.order_by("-size").first()
        return self._signer.sign_checkpoint(row.size, bytes.fromhex(row.root), at) if row else b""

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of ``new_size`` continues that of ``old_size``."""
        return tuple(consistency_proof(self._tree, old_size, new_size)) if old_size else ()

    def refuse_rollback(self, seen_size: int, seen_by: str = "A witness") -> None:
        """Raise ``OperatorError`` when ``seen_by`` knows a larger tree than this database holds."""
        self.catch_up()
        if seen_size > self._tree.size:
            raise OperatorError(
                "ledger-rolled-back",
                f"{seen_by} knows {seen_size} entries, this database holds {self._tree.size}: it was restored"
                " to an older state. Catch up from the witnesses before signing again.",
            )

    def tile_faults(self, folder: Path) -> tuple[int, int]:
        """Return how many of the static files of the tree are missing below ``folder``, and how many differ."""
        size = self._tree.size
        missing = different = 0
        for tile, data in (*hash_tiles(self._tree, 0, size), *entry_bundles(self.entries, 0, size)):
            path = folder / tile.path
            if not path.exists():
                missing += 1
            elif path.read_bytes() != data:
                different += 1
        return missing, different

    def write_tiles(self, folder: Path, old_size: int) -> None:
        """Write the static files of the tree from ``old_size`` on: hash tiles, entry bundles, then the checkpoint."""
        size = self._tree.size
        if not size:  # nothing was said yet, so nothing was signed
            return
        for tile, data in [*hash_tiles(self._tree, old_size, size), *entry_bundles(self.entries, old_size, size)]:
            write_whole(folder / tile.path, data)
        write_whole(folder / "checkpoint", self.checkpoint(size))


def _row(entry: NewEntry, index: int, registered: int) -> _Row:
    text = Entry(entry.entry_class, entry.seal_digest, from_milliseconds(registered)).render()
    return (index, entry.seal_digest.hex(), text, entry.statement_id, entry.recipient, entry.issuer, registered)


def write_whole(path: Path, data: bytes) -> None:
    """Write through a neighbour and rename, so that a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    partial.write_bytes(data)
    partial.replace(path)
