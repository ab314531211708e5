"""Serving a node over HTTP: one process of granian on SQLite, several on PostgreSQL."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

_ASK_EVERY_SECONDS = 0.05
_ANSWER_SECONDS = 10
_STOP_SECONDS = 15


def serve(host: str, port: int, *, workers: int, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop; call ``ready`` once somebody who connects is answered.

    SQLite has one writer, so it gets one worker with one thread.
    """
    os.environ["DETENTE_SERVER_PID"] = str(os.getpid())
    server = Granian(
        "detente.node.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        respawn_failed_workers=True,
        # A worker that is told to stop while it starts does not hear it.
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.warning,
        websockets=False,
    )
    over = threading.Event()
    watcher = threading.Thread(target=_tell, args=(host, port, ready, over), name="detente-ready", daemon=True)
    watcher.start()
    try:
        server.serve()
    finally:
        over.set()


def _tell(host: str, port: int, ready: Callable[[], None], over: threading.Event) -> None:
    """Ask for a page until a worker answers, then say so: the server itself has no word for it.

    Being let in is not enough, since the server opens its socket for a moment before any worker is there.
    """
    while not over.wait(_ASK_EVERY_SECONDS):
        connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/sign-in", headers={"Host": "localhost"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
        ready()
        return
