"""What an operator has to know of a node: one finding for each thing, with what to do."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection

from detente.clock import SystemClock
from detente.errors import DetenteError
from detente.ledger.policy import parse_policy
from detente.node.build import Node
from detente.node.config import MASTER_KEY_FILE
from detente.node.records import ledger_state
from detente.store import statements
from detente.store.models import Evidence, Parcel

ROOM_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    well: bool
    text: str


def examine(node: Node) -> list[Finding]:
    """Look at everything; a fault of ours becomes a finding, never an exception."""
    findings: list[Finding] = []
    for look in (_keys, _room, _database, _ledger, _files, _cosigned, _parcels, _evidence, _clock):
        findings += _named(look, node)
    return findings


def _named(look: Callable[[Node], Iterator[Finding]], node: Node) -> list[Finding]:
    try:
        return list(look(node))
    except DetenteError as error:
        return [Finding(look.__name__.strip("_"), well=False, text=error.message)]


def _keys(node: Node) -> Iterator[Finding]:
    mode = stat.S_IMODE((node.config.home / MASTER_KEY_FILE).stat().st_mode)
    well = mode & 0o077 == 0 and len(node.config.master_key) > 0
    yield Finding("master key", well, "readable by its owner only" if well else "others can read it: chmod 600 it")


def _room(node: Node) -> Iterator[Finding]:
    free = shutil.disk_usage(node.config.home).free
    yield Finding(
        "disk", free > ROOM_BYTES, f"{free // 1024**2} MiB free" + ("" if free > ROOM_BYTES else "; make room")
    )


def _database(_: Node) -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        yield Finding("database", well=True, text=connection.vendor)
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        journal = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
    well = journal == "wal" and synchronous == 2
    yield Finding("database", well, f"SQLite, journal {journal}, synchronous {synchronous} (2 is FULL)")


def _ledger(node: Node) -> Iterator[Finding]:
    node.ledger.catch_up()
    yield Finding("ledger", well=True, text=f"{node.ledger.size} entries give the tree that was signed")


def _files(node: Node) -> Iterator[Finding]:
    path = node.config.home / "ledger" / "checkpoint"
    if not path.exists():
        yield Finding("public files", well=True, text="not written yet; `detente run` writes them")
        return
    verified = parse_policy(node.policy()).verify_checkpoint(path.read_bytes())
    well = verified.checkpoint.size <= node.ledger.size
    yield Finding("public files", well, f"checkpoint of {verified.checkpoint.size} entries")


def _cosigned(node: Node) -> Iterator[Finding]:
    state = ledger_state(node)
    if not state.witnesses:
        yield Finding("witnesses", well=True, text="none are named; receipts say “not cosigned”")
        return
    well = state.cosigned_size == state.size
    yield Finding(
        "witnesses", well, f"{state.cosigned_size} of {state.size} entries cosigned by {state.needed} or more"
    )


def _parcels(node: Node) -> Iterator[Finding]:
    waiting = len(statements.waiting_parcels())
    refused = Parcel.objects.exclude(refusal="").count()
    yield Finding("parcels", refused == 0, f"{waiting} on their way, {refused} refused by their recipient's machine")


def _evidence(_: Node) -> Iterator[Finding]:
    count = Evidence.objects.count()
    yield Finding("evidence", count == 0, f"{count} kept" + ("; tell your members what it shows" if count else ""))


def _clock(node: Node) -> Iterator[Finding]:
    ahead = abs((node.clock.now() - SystemClock().now()).total_seconds())
    well = node.config.kind == "demo" or ahead < 1
    yield Finding("clock", well, "the story's" if node.config.kind == "demo" else "the machine's")
