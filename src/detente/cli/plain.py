"""Plain text for a terminal: words of others that cannot rearrange or colour it, lines that align, files in and out."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from detente.errors import OperatorError
from detente.statements.hidden import is_hidden
from detente.verification.bundle import BUNDLE_LIMITS


def visible(text: str, *, lines: bool = False) -> str:
    """Return ``text`` with every hidden or direction-turning character written as its code point.

    Line breaks are hidden characters too unless ``lines``.
    """
    return "".join(f"<U+{ord(each):04X}>" if is_hidden(each) or (each == "\n" and not lines) else each for each in text)


def columns(rows: Sequence[tuple[str, str]], indent: str = " ") -> list[str]:
    """Return ``rows`` as lines whose second column begins at one place."""
    width = max((len(name) for name, _ in rows), default=0)
    return [f"{indent}{name:<{width}}  {text}" for name, text in rows]


def read(path: Path) -> bytes:
    """Return a file's bytes; raise ``OperatorError`` when it cannot be read or is larger than any file of ours."""
    limit = BUNDLE_LIMITS.max_bytes
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise OperatorError("file-read", f"{path} cannot be read: {error.strerror}. Name another file.") from error
    if len(data) > limit:
        raise OperatorError("file-large", f"{path} has more than {limit >> 20} MiB; no file of ours is that large.")
    return data


def write_new(files: dict[Path, bytes], *, force: bool) -> None:
    """Write ``files``, all whole; raise ``OperatorError`` before the first when one is there, unless ``force``."""
    for path in files:
        if path.exists() and not force:
            raise OperatorError("file-exists", f"{path} is there already; name another file or add --force.")
    for path, data in files.items():
        try:
            _write_whole(path, data)
        except OSError as error:
            raise OperatorError("file-write", f"{path} cannot be written: {error.strerror}.") from error


def _write_whole(path: Path, data: bytes) -> None:
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(partial).unlink()
        raise
