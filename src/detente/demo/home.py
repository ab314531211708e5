"""A demonstration's home: made for the story, on loopback only, never a real one."""

from __future__ import annotations

import socket
from pathlib import Path

from detente.demo import story
from detente.errors import OperatorError
from detente.node.config import SETTINGS_FILE, Config, create_home, load

LOOPBACK = "127.0.0.1"
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_TRIES = 50


def open_home(folder: Path) -> Config:
    """Return the settings of the demonstration in ``folder``, made anew where there is none.

    Raises ``OperatorError`` when another node lives there, or when it was told to answer beyond loopback.
    """
    if not (folder / SETTINGS_FILE).exists():
        create_home(Config(home=folder, kind="demo", origin=story.ORIGIN, hosts=_HOSTS, https=False))
    config = load(folder)
    if config.kind != "demo":
        raise OperatorError("demo-on-real", f"{folder} is the home of a real node; name another with --home.")
    if beyond := sorted(set(config.hosts) - set(_HOSTS)):
        raise OperatorError(
            "demo-loopback",
            f"A demonstration lets anybody act for anybody, so it answers on this machine only; take {beyond[0]} out of"
            f" {folder / SETTINGS_FILE}.",
        )
    return config


def free_port(wanted: int) -> int:
    """Return ``wanted`` or the next port that nobody listens on; 0 takes any."""
    for port in range(wanted, wanted + _TRIES) if wanted else [0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise OperatorError("port-taken", f"No port from {wanted} to {wanted + _TRIES - 1} is free; name one with --port.")
