"""Serving a node over HTTP: one process of granian on SQLite, several on PostgreSQL."""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def serve(host: str, port: int, *, workers: int) -> None:
    """Serve until told to stop. SQLite has one writer, so it gets one worker with one thread."""
    Granian(
        "detente.node.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()
