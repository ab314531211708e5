"""Checkpoints: what a log commits to, after C2SP ``tlog-checkpoint``.

Three lines: origin, size, root. Extension lines of other logs are read and kept; this project writes none,
because ML-DSA-44 cosignatures do not cover them.
"""

from __future__ import annotations

from dataclasses import dataclass

from detente.errors import MalformedError
from detente.ledger.note import check_text, decode_decimal, decode_hash, encode_base64


@dataclass(frozen=True)
class Checkpoint:
    """``size`` entries with the 32-byte RFC 6962 ``root``, in the log called ``origin``."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def render(self) -> bytes:
        """Return the note text: three lines and any extension lines that were read."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "".join(line + "\n" for line in lines).encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Return the checkpoint in a note's text; raise ``MalformedError`` (tlog-checkpoint, "Note text")."""
    lines = check_text(text).decode().split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise MalformedError("checkpoint-form", "A checkpoint has an origin, a size and a root, and no empty line.")
    return Checkpoint(lines[0], decode_decimal(lines[1]), decode_hash(lines[2]), tuple(lines[3:]))
