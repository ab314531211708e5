"""Tiles: the log as static files, after C2SP ``tlog-tiles``.

Paths, hash tiles and entry bundles, and which of them a growth of the log brings. Writing, serving and deleting
the files is the node's work. Only canonical paths are read, so that one file has one name.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from detente.errors import MalformedError
from detente.ledger.merkle import HASH_BYTES
from detente.ledger.note import MAX_DECIMAL

TILE_WIDTH = 256
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 65_535

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)
_LENGTH = struct.Struct(">H")


class HashRunReader(Protocol):
    """Something that knows neighbouring hashes of complete subtrees, such as ``detente.ledger.log.Tree``."""

    def hash_run(self, level: int, start: int, count: int) -> bytes:
        """Return ``count`` hashes of level ``level`` from ``start`` on, as flat bytes."""
        ...


@dataclass(frozen=True)
class Tile:
    """A hash tile of ``level`` 0 to 63, or an entry bundle (``level`` None); partial below a ``width`` of 256."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix, such as ``tile/0/x001/234.p/8``."""
        level = "entries" if self.level is None else str(self.level)
        last, *higher = (f"{part:03d}" for part in _thousands(self.index))
        number = "".join(f"x{part}/" for part in reversed(higher)) + last
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < TILE_WIDTH else "")

    @property
    def start(self) -> int:
        """The index of the first hash or entry at the tile's own level."""
        return self.index * TILE_WIDTH


def _thousands(number: int) -> list[int]:
    """Return the base-1000 digits of ``number``, lowest first."""
    parts = [number % 1000]
    while number := number // 1000:
        parts.append(number % 1000)
    return parts


def parse_tile_path(path: str) -> Tile:
    """Return the tile that a path names; raise ``MalformedError`` unless the path is canonical."""
    match = _PATH.fullmatch(path)
    if match is not None and len(path) <= 64:
        level = None if match[1] == "entries" else int(match[1])
        index = int(match[2].replace("x", "").replace("/", ""))
        tile = Tile(level, index, int(match[3]) if match[3] else TILE_WIDTH)
        if (level or 0) <= MAX_LEVEL and index <= MAX_DECIMAL and tile.width >= 1 and tile.path == path:
            return tile
    raise MalformedError("tile-path", f"There is no tile at {path[:80]!r}.")


def parse_tile(data: bytes, width: int) -> tuple[bytes, ...]:
    """Return the ``width`` hashes of a tile; raise ``MalformedError`` for any other length."""
    if len(data) != width * HASH_BYTES:
        raise MalformedError("tile-size", f"A tile of width {width} has {width * HASH_BYTES} bytes, not {len(data)}.")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def render_bundle(entries: Sequence[bytes]) -> bytes:
    """Return an entry bundle: 1 to 256 entries of at most 65,535 bytes, each after its length as u16be."""
    if not 1 <= len(entries) <= TILE_WIDTH or any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise ValueError("A bundle holds 1 to 256 entries of at most 65,535 bytes.")
    return b"".join([_LENGTH.pack(len(entry)) + entry for entry in entries])


def parse_bundle(data: bytes) -> tuple[bytes, ...]:
    """Return the entries of a bundle; raise ``MalformedError`` for bytes left over or missing, or a wrong number."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) <= TILE_WIDTH:
        if at + _LENGTH.size > len(data):
            raise MalformedError("bundle-form", "An entry bundle ends within a length.")
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            raise MalformedError("bundle-form", "An entry bundle ends within an entry.")
        entries.append(data[at : at + length])
        at += length
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise MalformedError("bundle-form", "An entry bundle holds 1 to 256 entries.")
    return tuple(entries)


def _grown(level: int | None, old: int, new: int) -> Iterator[Tile]:
    """Yield the tiles of one level that a row of ``new`` hashes has and a row of ``old`` had not."""
    if new == old:
        return
    yield from (Tile(level, index) for index in range(old // TILE_WIDTH, new // TILE_WIDTH))
    if new % TILE_WIDTH:
        yield Tile(level, new // TILE_WIDTH, new % TILE_WIDTH)


def hash_tiles(reader: HashRunReader, old_size: int, new_size: int) -> Iterator[tuple[Tile, bytes]]:
    """Yield each hash tile, with its bytes, that a growth from ``old_size`` to ``new_size`` brings."""
    level = 0
    while new_size >> 8 * level:
        for tile in _grown(level, old_size >> 8 * level, new_size >> 8 * level):
            yield tile, reader.hash_run(8 * level, tile.start, tile.width)
        level += 1


def entry_bundles(
    entries: Callable[[int, int], Sequence[bytes]], old_size: int, new_size: int
) -> Iterator[tuple[Tile, bytes]]:
    """Yield each entry bundle that a growth brings; ``entries(start, end)`` returns the entries of that range."""
    for tile in _grown(None, old_size, new_size):
        yield tile, render_bundle(entries(tile.start, tile.start + tile.width))
