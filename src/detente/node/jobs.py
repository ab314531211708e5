"""What a node does by itself: hand over, cosign, remind, keep its public files. Each step may be repeated.

Nothing depends on it for safety: what was acknowledged is durable before any of this. Of several processes one does
the jobs, the holder of a lease; if two ever did, each step would still happen once. Reminders are recorded, and pages
show them; nothing is sent by mail.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, close_old_connections, transaction

from detente.clock import to_milliseconds
from detente.errors import DetenteError, OperatorError
from detente.ledger.policy import parse_policy
from detente.node import idempotency, registrar
from detente.node.build import Node, WitnessRows
from detente.projections import consultation
from detente.store import leases
from detente.store.models import SentReminder

logger = logging.getLogger(__name__)
EVERY_SECONDS = 5.0
HEARTBEAT = timedelta(seconds=60)
LEASE = timedelta(seconds=30)
_LEASE_NAME = "jobs"
_ALL_AGAIN = timedelta(hours=1)


def remind(node: Node) -> int:
    """Record each step of a ladder whose time has come, once; return how many were new."""
    return Reminders().send(node)


class Reminders:
    """Records steps of ladders, and reads a thread again only when something was said in it or came due.

    An office that changes its hours moves times too: so all threads are read again once an hour.
    """

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], tuple[int, datetime | None]] = {}
        self._read_all_at: datetime | None = None

    def send(self, node: Node) -> int:
        """Record the steps whose time has come; return how many were new."""
        now, directory = node.clock.now(), node.directory()
        if self._read_all_at is None or not timedelta(0) <= now - self._read_all_at < _ALL_AGAIN:
            self._read, self._read_all_at = {}, now
        wanted = [place for place, position in consultation.positions().items() if self._is_due(place, position, now)]
        sent = 0
        for position, row in consultation.rows_of(wanted, now, directory):
            for step in row.reading.ladder if row.reading.is_open else ():
                name = f"{row.reading.round}/{step.name}"
                sent += step.due and _once(row.thread, row.addressee, name, now)
            self._read[row.thread, row.addressee] = (position, row.reading.next_due_at)
        return sent

    def _is_due(self, place: tuple[str, str], position: int, now: datetime) -> bool:
        read, due_at = self._read.get(place, (None, None))
        return read != position or (due_at is not None and due_at <= now)


def _once(thread: str, addressee: str, step: str, at: datetime) -> bool:
    if SentReminder.objects.filter(thread=thread, addressee=addressee, step=step).exists():
        return False
    try:
        with transaction.atomic():
            SentReminder.objects.create(thread=thread, addressee=addressee, step=step, at=to_milliseconds(at))
    except IntegrityError:
        return False  # another process was faster
    return True


def start_up(node: Node) -> None:
    """Bring a node that was stopped, or killed, up to date.

    Raises ``OperatorError`` when its database is older than what its witnesses or its own public files have seen:
    signing on would make two histories.
    """
    refuse_rollback(node)
    registrar.settle(node)
    node.write_public_files(again=True)


def refuse_rollback(node: Node) -> None:
    """Raise ``OperatorError`` when a witness or the written checkpoint knows a larger tree than the database."""
    node.ledger.catch_up()
    for name in node.witnesses():
        if (seen := WitnessRows(name).load(node.ledger.origin)) is not None:
            node.ledger.refuse_rollback(seen.size)
    path = node.config.home / "ledger" / "checkpoint"
    if not path.exists():
        return
    try:
        written = parse_policy(node.policy()).verify_checkpoint(path.read_bytes()).checkpoint
    except DetenteError as error:
        raise OperatorError(
            "checkpoint-foreign",
            f"{path} is not a checkpoint of this ledger ({error.message}). If you did not put it there, tell your"
            " members; to go on, move the folder away, it is written anew.",
        ) from error
    node.ledger.refuse_rollback(written.size, f"The checkpoint in {path}")


def run_once(node: Node, reminders: Reminders, *, heartbeat: bool) -> None:
    """Take every step that is due; a fault of one is logged, taken up again next time, and stops no other."""
    steps: tuple[Callable[[], object], ...] = (
        lambda: registrar.settle(node),
        lambda: reminders.send(node),
        *((lambda: registrar.cosign(node, again=True), lambda: idempotency.forget_old(node)) if heartbeat else ()),
        node.write_public_files,
    )
    for step in steps:
        try:
            step()
        except (DetenteError, DatabaseError, OSError):
            logger.exception("a job failed; it will be tried again")


class Jobs:
    """Runs the jobs every few seconds until it is stopped, as long as it holds the lease."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._holder = secrets.token_hex(8)
        self._reminders = Reminders()
        self._beat_at: datetime | None = None
        self.stopped = threading.Event()

    def run(self, still_wanted: Callable[[], bool] = lambda: True) -> None:
        """Run until ``stopped`` is set or ``still_wanted`` says no; then give the lease back."""
        while not self.stopped.is_set() and still_wanted():
            close_old_connections()
            self.turn()
            self.stopped.wait(EVERY_SECONDS)
        leases.release(_LEASE_NAME, self._holder)

    def turn(self) -> bool:
        """Do what is due now, if this process holds the lease; return whether it does."""
        now = self._node.clock.now()
        try:
            if not leases.take(_LEASE_NAME, self._holder, now, LEASE):
                return False
        except DatabaseError:
            logger.exception("the lease of the jobs cannot be taken; it will be tried again")
            return False
        heartbeat = self._beat_at is None or not timedelta(0) <= now - self._beat_at < HEARTBEAT
        if heartbeat:
            self._beat_at = now
        run_once(self._node, self._reminders, heartbeat=heartbeat)
        return True
