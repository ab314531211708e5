"""The ledger's static files: read from the home directory, written again where they are missing or behind.

They hold hashes and times only. Whoever serves them decides who may read them.
"""

from __future__ import annotations

from detente.errors import PolicyError, UnavailableError
from detente.ledger.tiles import parse_tile_path
from detente.node.build import Node

CHECKPOINT = "checkpoint"


def read(node: Node, path: str) -> bytes:
    """Return the file at ``path``, ``checkpoint`` or a canonical tile path.

    Raises ``MalformedError`` for a path that names no tile, ``PolicyError`` for a tile that the tree has not.
    """
    if path != CHECKPOINT:
        path = parse_tile_path(path).path
    file = node.config.home / "ledger" / path
    try:
        if path == CHECKPOINT or not file.exists():
            node.write_public_files()
        return file.read_bytes()
    except FileNotFoundError as error:
        raise PolicyError(
            "tile-unknown", "The ledger has no such tile yet; read the checkpoint for its size."
        ) from error
    except OSError as error:
        raise UnavailableError(
            "ledger-files", "The ledger's files cannot be read or written just now; try again later."
        ) from error
