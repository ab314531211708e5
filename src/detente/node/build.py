"""The node put together: the only place that knows every concrete class."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import DatabaseError, connection, transaction

from detente.clock import Clock, SystemClock, from_milliseconds, to_milliseconds
from detente.errors import OperatorError, UnavailableError
from detente.keys import PrivateKeySet
from detente.ledger.log import LogSigner
from detente.ledger.note import COSIGNATURE_MLDSA44, SigningKey, VerifierKey
from detente.ledger.policy import render_policy
from detente.ledger.witness import Witness, WitnessedTree
from detente.node.config import Config
from detente.procedures.directory import Directory
from detente.projections import projector
from detente.statements.statement import parse_statement
from detente.store import statements
from detente.store.faults import faults_named
from detente.store.ledger import LedgerStore, write_whole
from detente.store.models import Fact, VaultKey, WitnessState
from detente.store.vault import Vault

DIRECTORY_AREAS = ("directory", "exercise")
# SQLite cannot even be read with less: its index of the log wants 32 KiB.
_NO_ROOM_BYTES = 64 * 1024


class WitnessRows:
    """Keeps what one hosted witness cosigned last; ``swap`` is durable before it returns."""

    def __init__(self, witness: str) -> None:
        self._witness = witness

    def load(self, origin: str) -> WitnessedTree | None:
        """Return the latest tree of the log, None before the first."""
        row = WitnessState.objects.filter(witness=self._witness, origin=origin).first()
        return WitnessedTree(row.size, bytes.fromhex(row.root), bytes(row.note)) if row else None

    def swap(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> bool:
        """Store ``new`` if ``expected`` is what is stored."""
        values = {"size": new.size, "root": new.root.hex(), "note": new.note_bytes}
        with transaction.atomic():
            if expected is None:
                _, made = WitnessState.objects.get_or_create(witness=self._witness, origin=origin, defaults=values)
                return made
            row = WitnessState.objects.filter(
                witness=self._witness, origin=origin, size=expected.size, root=expected.root.hex()
            )
            return row.update(**values) == 1


@dataclass
class Node:
    """One running node. ``on_step`` is told after every durable step, so that a test can stop the node there."""

    config: Config
    clock: Clock
    on_step: Callable[[str], None] = field(default=lambda _: None)

    def __post_init__(self) -> None:
        self._mutex = threading.RLock()
        # Of its own: who writes to the ledger takes the mutex, who writes its files takes the ledger's lock.
        self._files = threading.Lock()
        self._directory = Directory()
        self._folded = self._folded_size = 0

    @cached_property
    def vault(self) -> Vault:
        """The private keys kept here."""
        return Vault(self.config.derive("vault"))

    @cached_property
    def signer(self) -> LogSigner:
        """The keys of this node's ledger."""
        return LogSigner(self.config.origin, self.vault.seed("log-ed25519"), self.vault.seed("log-mldsa44"))

    @cached_property
    def ledger(self) -> LedgerStore:
        """The ledger kept here."""
        return LedgerStore(self.signer)

    def witness_keys(self) -> dict[str, VerifierKey]:
        """Return the cosigner key of each witness hosted here, by participant."""
        return {name: key.verifier for name, key in self._witness_signers().items()}

    def witness_names(self) -> tuple[str, ...]:
        """Return which participants' witnesses are hosted here."""
        names = VaultKey.objects.filter(name__startswith="witness:").order_by("name").values_list("name", flat=True)
        return tuple(name.removeprefix("witness:") for name in names)

    def witness_key_name(self, participant: str) -> str:
        """Return the name under which the participant's witness cosigns."""
        return f"{self.config.origin}/{participant.lower()}"

    def witnesses(self) -> dict[str, Witness]:
        """Return the witnesses hosted here, by participant."""
        logs = {self.ledger.origin: [self.signer.mldsa44_key]}
        return {name: Witness([key], logs, WitnessRows(name)) for name, key in self._witness_signers().items()}

    def _witness_signers(self) -> dict[str, SigningKey]:
        names = VaultKey.objects.filter(name__startswith="witness:").order_by("name").values_list("name", flat=True)
        return {
            name.removeprefix("witness:"): SigningKey(
                self.witness_key_name(name.removeprefix("witness:")),
                COSIGNATURE_MLDSA44,
                self.vault.seed(name),
            )
            for name in names
        }

    def policy(self) -> bytes:
        """Return the policy file: the ledger's key, the witnesses and how many of them are needed."""
        witnesses = self.witness_keys()
        needed = len(witnesses) // 2 + 1 if witnesses else 0
        return render_policy(self.signer.mldsa44_key, witnesses, needed)

    def directory(self, directory_size: int | None = None) -> Directory:
        """Return the directory with everything that is recorded by now.

        Who holds the ledger's lock knows its ``directory_size``; if that was folded already, nothing is read.
        """
        with self._mutex:
            if directory_size is not None and directory_size == self._folded_size:
                return self._directory
            fresh = statements.directory_after(self._folded)
            if not fresh:
                return self._directory
            # A copy: others may be reading the old one.
            directory, size = self._directory.copy(), self._folded_size
            for kept in fresh:
                statement = parse_statement(kept.payload_bytes)
                for _, index, registered_at in kept.entries:
                    directory.apply(statement, index, registered_at)
                    size = index + 1
            if not connection.in_atomic_block:
                # Inside a transaction it may still be taken back; then nobody may go on with it.
                self._directory, self._folded, self._folded_size = directory, fresh[-1].position, size
            return directory

    def keys_of(self, participant: str, office: str) -> PrivateKeySet:
        """Return the live key set of an office; raise ``OperatorError`` when it is not kept here."""
        for listed in reversed(self.directory().live_keys(participant)):
            if listed.office == office and self.vault.has(f"keyset:{listed.keyset_id}"):
                return PrivateKeySet(self.vault.seed(f"keyset:{listed.keyset_id}"))
        raise OperatorError("keys-elsewhere", f"The keys of {participant}'s office {office} are not kept by this node.")

    def opening_keys(self, participant: str) -> list[PrivateKeySet]:
        """Return the live key sets of ``participant`` kept here, to open what is sealed to it."""
        kept = [each for each in self.directory().live_keys(participant) if self.vault.has(f"keyset:{each.keyset_id}")]
        return [PrivateKeySet(self.vault.seed(f"keyset:{each.keyset_id}")) for each in kept]

    def node_keys(self, participant: str) -> PrivateKeySet | None:
        """Return the node key set that gives evidence for a participant hosted here."""
        for listed in reversed(self.directory().live_keys(participant, scope="node")):
            if self.vault.has(f"keyset:{listed.keyset_id}"):
                return PrivateKeySet(self.vault.seed(f"keyset:{listed.keyset_id}"))
        return None

    def project(self) -> None:
        """Bring the projections up to what is stored."""
        while kept := statements.after(projector.position(), 2000):
            projector.take(kept)

    def rebuild(self, taken: Callable[[int, int], None] = lambda _position, _last: None) -> str:
        """Drop and replay every projection; return its digest. ``taken`` is told how far it is, of which last."""
        with faults_named(), transaction.atomic():
            last = statements.last_position()
            projector.clear()
            for kept in statements.all_in_order():
                projector.take(kept)
                taken(kept[-1].position, last)
        return projector.dump()

    def write_public_files(self, *, again: bool = False) -> None:
        """Write tiles and checkpoint, which anybody may delete and this rewrites: all of them ``again``."""
        folder = self.config.home / "ledger"
        mark = folder / ".written"
        with self._files:
            written = int(mark.read_text()) if mark.exists() and not again else 0
            self.ledger.catch_up()
            self.ledger.write_tiles(folder, min(written, self.ledger.size))
            write_whole(mark, str(self.ledger.size).encode())


class StoredClock:
    """The demonstration's clock: stands where the store says, and moves only when it is told to."""

    def now(self) -> datetime:
        """Return the stored instant."""
        row = Fact.objects.filter(name="clock").first()
        if row is None:
            raise OperatorError("demo-clock", "The demonstration's clock is not set; start it anew.")
        return from_milliseconds(int(row.value))

    def set(self, at: datetime) -> None:
        """Set the clock."""
        Fact.objects.update_or_create(name="clock", defaults={"value": str(to_milliseconds(at))})


def clock_of(config: Config) -> Clock:
    """Return the clock by which a node of this kind lives."""
    return StoredClock() if config.kind == "demo" else SystemClock()


_current: Node | None = None


def current() -> Node:
    """Return this process's node, wired on first use from Django's settings."""
    global _current  # noqa: PLW0603 - one node a process
    if _current is None:
        from django.conf import settings  # noqa: PLC0415 - settings exist only once Django is set up

        config: Config = settings.CONFIG
        check_kind(config)
        _current = Node(config, clock_of(config))
    return _current


def forget() -> None:
    """Drop this process's node, so that the next use wires it anew."""
    global _current  # noqa: PLW0603
    _current = None


def check_kind(config: Config) -> None:
    """Raise ``OperatorError`` when the store was made for another kind or ledger than the settings say."""
    try:
        facts = dict(Fact.objects.values_list("name", "value"))
    except DatabaseError as error:
        if shutil.disk_usage(config.home).free < _NO_ROOM_BYTES:
            message = f"The disk of {config.home} is full. Make room on it, then run the command again."
            raise UnavailableError("disk-full", message) from error
        raise OperatorError(
            "store-missing",
            f"The database of {config.home} cannot be read; start it, or run `detente upgrade` if it has no tables.",
        ) from error
    if facts.get("kind") != config.kind or facts.get("origin") != config.origin:
        raise OperatorError(
            "store-kind",
            f"The database was made as {facts.get('kind')} for {facts.get('origin')}, the settings say {config.kind}"
            f" for {config.origin}. A demonstration's store never becomes a real one.",
        )
