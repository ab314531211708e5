"""Running a node: what is checked before it listens, its server, and the jobs in a process beside it.

The jobs have a process of their own so that they neither wait for requests nor hold any up. It is started again if it
ends, and ends itself when the server is gone.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from detente.errors import OperatorError

if TYPE_CHECKING:
    from detente.node.build import Node
    from detente.node.config import Config

_STOP_SECONDS = 30.0
_RESTART_SECONDS = 5.0


def address(host: str, port: int) -> str:
    """Return host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_transport(config: Config, host: str) -> None:
    """Raise ``OperatorError`` when pages would travel unencrypted beyond this machine."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise OperatorError(
            "host-form", f"{host[:60]!r} is no address of this machine; write one such as 127.0.0.1."
        ) from error
    if not config.https and not loopback:
        raise OperatorError(
            "plain-http",
            f"The settings say https = false, which is for this machine only; set it to true in"
            f" {config.home / 'detente.toml'} and put an HTTPS server in front, or listen on 127.0.0.1.",
        )


def check_port(host: str, port: int) -> None:
    """Raise ``OperatorError`` when nobody can listen on ``host`` and ``port``."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            where = address(host, port)
            if error.errno == errno.EADDRINUSE:
                raise OperatorError(
                    "port-taken",
                    f"Something listens on {where} already; stop it, or name another port with --port {port + 1}.",
                ) from error
            raise OperatorError("port-refused", f"{where} cannot be listened on: {error.strerror}.") from error


def start_up(node: Node) -> None:
    """Check that the tables are of this version, bring the node up to date and let go of the database."""
    from django.db import connections

    from detente.node import jobs, opening

    opening.check_tables()
    jobs.start_up(node)
    # The server's processes are copies of this one, and no two may share a connection.
    connections.close_all()


def serve(host: str, port: int, *, workers: int) -> None:
    """Serve until told to stop, the jobs beside it; say where, once it answers."""
    from detente.node import serving

    def ready() -> None:
        sys.stdout.write(f"Détente answers on http://{address(host, port)}. Stop it with Ctrl-C.\n")
        sys.stdout.flush()

    with _jobs_beside():
        serving.serve(host, port, workers=workers, ready=ready)


@contextmanager
def _jobs_beside() -> Iterator[None]:
    """Keep a process that does the jobs running as long as the block does."""
    command = [sys.executable, "-m", "detente", "jobs", "--parent", str(os.getpid())]
    over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep_running() -> None:
        while not over.is_set():
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - this very program
            running[:] = [process]
            if over.is_set():  # between the question and the start
                process.terminate()
            process.wait()
            over.wait(_RESTART_SECONDS)

    keeper = threading.Thread(target=keep_running, name="detente-jobs", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        for process in running:
            process.terminate()
        keeper.join(_STOP_SECONDS)
        for process in running:
            process.kill()


def do_jobs(node: Node, *, still_wanted: Callable[[], bool]) -> None:
    """Do the jobs until a signal comes or they are not wanted any more."""
    from detente.node import jobs

    worker = jobs.Jobs(node)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopped.set())
    worker.run(still_wanted)
