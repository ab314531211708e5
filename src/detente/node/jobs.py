"""What a node does by itself: hand over, cosign, remind, keep its public files. Each step may be repeated."""

from __future__ import annotations

import logging
import threading

from django.db import IntegrityError, close_old_connections, transaction

from detente.clock import to_milliseconds
from detente.errors import DetenteError
from detente.node import idempotency, registrar
from detente.node.build import Node
from detente.projections import consultation
from detente.store.models import SentReminder

logger = logging.getLogger(__name__)
EVERY_SECONDS = 5.0
HEARTBEAT_SECONDS = 60.0


def remind(node: Node) -> int:
    """Record each step of a ladder whose time has come, once; return how many were new."""
    now, directory = node.clock.now(), node.directory()
    sent = 0
    for row in consultation.open_rows(now, directory):
        for step in row.reading.ladder:
            if step.due and _once(row.thread, row.addressee, f"{row.reading.round}/{step.name}", to_milliseconds(now)):
                sent += 1
    return sent


def _once(thread: str, addressee: str, step: str, at: int) -> bool:
    if SentReminder.objects.filter(thread=thread, addressee=addressee, step=step).exists():
        return False
    try:
        with transaction.atomic():
            SentReminder.objects.create(thread=thread, addressee=addressee, step=step, at=at)
    except IntegrityError:
        return False  # another process was faster
    return True


def start_up(node: Node) -> None:
    """Bring a node that was stopped, or killed, up to date; raise ``OperatorError`` if it must not go on."""
    node.ledger.catch_up()
    registrar.settle(node)
    node.write_public_files()


def run_once(node: Node, *, heartbeat: bool) -> None:
    """Take every step that is due; a fault of one is logged and taken up again next time."""
    registrar.try_settle(node)
    try:
        remind(node)
        if heartbeat:
            registrar.heartbeat(node)
            idempotency.forget_old(node)
        node.write_public_files()
    except (DetenteError, OSError):
        logger.exception("a job failed; it will be tried again")


class Worker(threading.Thread):
    """Runs the jobs beside the server until it is stopped."""

    def __init__(self, node: Node) -> None:
        super().__init__(name="detente-jobs", daemon=True)
        self._node = node
        self._stopped = threading.Event()

    def run(self) -> None:
        """Run the jobs every few seconds."""
        beats = 0.0
        while not self._stopped.wait(EVERY_SECONDS):
            beats += EVERY_SECONDS
            close_old_connections()
            run_once(self._node, heartbeat=beats >= HEARTBEAT_SECONDS)
            beats = beats % HEARTBEAT_SECONDS

    def stop(self) -> None:
        """Ask the worker to end after what it is doing."""
        self._stopped.set()
