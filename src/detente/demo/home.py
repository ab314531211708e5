"""A demonstration's home: made for the story, on loopback only, never a real one."""

from __future__ import annotations

import socket
from pathlib import Path

from detente.demo import story
from detente.errors import OperatorError
from detente.node.config import SETTINGS_FILE, Config, create_home, load

LOOPBACK = "127.0.0.1"
_TRIES = 50


def make_home(folder: Path) -> Config:
    """Make a demonstration's home in ``folder``; raise ``OperatorError`` when another node lives there."""
    if (folder / SETTINGS_FILE).exists():
        if load(folder).kind != "demo":
            raise OperatorError("demo-on-real", f"{folder} is the home of a real node; name another with --home.")
        raise OperatorError("home-exists", f"{folder} holds a demonstration already; name another with --home.")
    config = Config(home=folder, kind="demo", origin=story.ORIGIN, https=False)
    create_home(config)
    return config


def free_port(wanted: int) -> int:
    """Return ``wanted`` or the next port that nobody listens on; 0 takes any."""
    for port in range(wanted, wanted + _TRIES) if wanted else [0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OperatorError("port-taken", f"No port from {wanted} to {wanted + _TRIES - 1} is free; name one with --port.")
