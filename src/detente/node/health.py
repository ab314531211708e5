"""What an operator has to know of a node: one finding for each thing, with what to do.

It looks and changes nothing. A fault met on the way becomes a finding, so that one broken thing hides no other.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection

from detente.clock import SystemClock, from_milliseconds, render_instant
from detente.errors import DetenteError
from detente.node import build, jobs, opening
from detente.node.build import Node
from detente.node.config import MASTER_KEY_FILE, SETTINGS_FILE
from detente.node.records import ledger_state
from detente.store import statements
from detente.store.models import Evidence, LedgerEntry, Parcel, Refusal

ROOM_BYTES = 512 * 1024 * 1024
SQLITE_FULL = 2
WAITS_AT_MOST = timedelta(hours=1)
# No node of this version was made before: a clock that stands earlier is wrong.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, what to do about it if anything, and whether that must be done."""

    subject: str
    text: str
    to_do: str = ""
    must: bool = False

    @property
    def standing(self) -> str:
        """``ok`` or ``attention``."""
        return "attention" if self.to_do else "ok"


def examine(node: Node) -> list[Finding]:
    """Look at everything; a fault becomes a finding, never an exception."""
    findings: list[Finding] = []
    for subject, look in _LOOKS:
        findings += _looked(subject, look, node)
    return findings


def _looked(subject: str, look: Callable[[Node], Iterator[Finding]], node: Node) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(look(node))
    except DetenteError as error:
        found.append(Finding(subject, "cannot be as it should:", error.message, must=True))
    except DatabaseError as error:
        to_do = "Make room if the disk is full; else start it, or correct `database` in the settings."
        found.append(Finding(subject, f"the database does not answer ({str(error).strip()[:200]}).", to_do, must=True))
    except OSError as error:
        to_do = "Give the node's own account the right to read and write its home."
        found.append(Finding(subject, f"{error.filename} cannot be read: {error.strerror}.", to_do, must=True))
    return found


def _home(node: Node) -> Iterator[Finding]:
    home = node.config.home
    length = len(node.config.master_key)
    for path, allowed in ((home / MASTER_KEY_FILE, 0o600), (home, 0o700), (home / SETTINGS_FILE, 0o644)):
        mode = stat.S_IMODE(path.stat().st_mode)
        if spare := mode & ~allowed & 0o777:
            who = "others may read or change it" if spare & 0o77 else "it may be run"
            yield Finding("home", f"{path} has mode {mode:03o}: {who}.", f"Run: chmod {allowed:03o} {path}", must=True)
            return
    yield Finding("home", f"{home}, a {node.config.kind} node, master key of {length} bytes for its owner only")


def _room(node: Node) -> Iterator[Finding]:
    free = shutil.disk_usage(node.config.home).free
    text = f"{free >> 20} MiB free"
    few = free < ROOM_BYTES
    yield Finding("disk", text, f"Make room: below {ROOM_BYTES >> 20} MiB it soon refuses." if few else "", must=few)


def _database(_: Node) -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('server_version')")
            commit, version = cursor.fetchone()
        well = commit not in ("off", "local")
        to_do = "" if well else "Set synchronous_commit to on: an acknowledged statement could be lost."
        yield Finding("database", f"PostgreSQL {version}, synchronous_commit {commit}", to_do, must=not well)
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        journal = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
        cursor.execute("PRAGMA quick_check(1)")
        whole = cursor.fetchone()[0]
    text = f"SQLite, journal {journal}, synchronous {'FULL' if synchronous == SQLITE_FULL else synchronous}"
    if journal != "wal" or synchronous != SQLITE_FULL:
        yield Finding("database", text, "Put it on a local disk: it must be able to use WAL with FULL sync.", must=True)
    elif whole != "ok":
        yield Finding(
            "database", f"SQLite is damaged: {str(whole)[:200]}.", "Restore your copy of the home.", must=True
        )
    else:
        yield Finding("database", text)


def _store(node: Node) -> Iterator[Finding]:
    build.check_kind(node.config)
    opening.check_tables()
    yield Finding("tables", f"of this version, made as {node.config.kind} for {node.config.origin}")


def _ledger(node: Node) -> Iterator[Finding]:
    jobs.refuse_rollback(node)
    yield Finding("ledger", f"{node.ledger.size} entries give the tree that was signed; nobody has seen a larger one")


def _files(node: Node) -> Iterator[Finding]:
    missing, different = node.ledger.tile_faults(node.config.home / "ledger")
    if different:
        text = f"{different} of the ledger's files are not those of its tree."
        to_do = f"Find out who changed {node.config.home / 'ledger'}; `detente run` writes them again."
        yield Finding("public files", text, to_do, must=True)
    elif missing:
        to_do = "`detente run` writes them again."
        yield Finding("public files", f"{missing} of the ledger's files are missing.", to_do)
    else:
        yield Finding("public files", "are those of the tree")


def _witnesses(node: Node) -> Iterator[Finding]:
    state = ledger_state(node)
    if not state.witnesses:
        to_do = "Have a member witness it: until then no receipt is cosigned, and nobody else vouches for the order."
        yield Finding("witnesses", "the policy names none.", to_do)
        return
    text = (
        f"{state.needed} of {len(state.witnesses)} needed; cosigned up to {state.cosigned_size} of {state.size} entries"
    )
    behind = state.cosigned_size < state.size
    yield Finding("witnesses", text, "`detente run` asks them again; see that they answer." if behind else "")


def _parcels(node: Node) -> Iterator[Finding]:
    waiting = statements.waiting_parcels()
    refused = Parcel.objects.exclude(refusal="").count()
    oldest = min((from_milliseconds(each.offered_at) for each in waiting), default=None)
    text, to_do = f"{len(waiting)} on their way, {refused} refused by their reader's machine", ""
    if oldest is not None and node.clock.now() - oldest > WAITS_AT_MOST:
        readers = ", ".join(sorted({each.recipient for each in waiting}))
        text += f", the oldest since {render_instant(oldest)} for {readers}"
        to_do = "Run `detente run`; if it does, this node keeps no keys of theirs and they have to fetch them."
    if refused:
        to_do = "Read why in the table of refusals, and tell the sender."
    yield Finding("parcels", text, to_do)


def _evidence(_: Node) -> Iterator[Finding]:
    kept, refusals = Evidence.objects.count(), Refusal.objects.count()
    to_do = "Tell your members what it shows, and sign nothing more until it is understood." if kept else ""
    yield Finding(
        "evidence", f"{kept} kept of something that members must be told; {refusals} refusals", to_do, must=kept > 0
    )


def _clock(node: Node) -> Iterator[Finding]:
    if node.config.kind == "demo":
        yield Finding("clock", f"the story's: {render_instant(node.clock.now())}")
        return
    now = SystemClock().now()
    last = LedgerEntry.objects.order_by("-entry_index").values_list("registered_at", flat=True).first()
    wrong = now < EARLIEST or (last is not None and now < from_milliseconds(last))
    to_do = "Set the machine's clock: it stands before what is recorded already." if wrong else ""
    yield Finding("clock", render_instant(now), to_do, must=wrong)


def _zones(_: Node) -> Iterator[Finding]:
    version = importlib.metadata.version("tzdata")
    yield Finding("time zones", f"tzdata {version}, the pinned release; the machine's own is not used")


_LOOKS: tuple[tuple[str, Callable[[Node], Iterator[Finding]]], ...] = (
    ("home", _home),
    ("disk", _room),
    ("database", _database),
    ("tables", _store),
    ("clock", _clock),
    ("time zones", _zones),
    ("ledger", _ledger),
    ("public files", _files),
    ("witnesses", _witnesses),
    ("parcels", _parcels),
    ("evidence", _evidence),
)
