"""Signatures on checkpoints: plain, and timestamped cosignatures after C2SP ``tlog-cosignature``.

This module knows what each signature type covers. Type 0x01 covers the note's text; 0x04 the text and a time;
0x06 the cosigner's name, a time, and origin, size and root, but not extension lines. Whether those who signed
are enough is for ``detente.ledger.policy``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from detente.clock import to_milliseconds
from detente.errors import MalformedError, SignatureError
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.note import (
    COSIGNATURE_ED25519,
    ED25519,
    MAX_DECIMAL,
    MAX_SIGNATURES,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    check_text,
    parse_note,
    parse_signature_lines,
)

_TIMESTAMP = struct.Struct(">Q")
_SUBTREE_LABEL = b"subtree/v1\n\x00"


@dataclass(frozen=True)
class VerifiedSignature:
    """A signature that holds; ``timestamp`` is in seconds since the epoch, None for type 0x01."""

    key: VerifierKey
    timestamp: int | None


def _opaque(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= 255:
        raise MalformedError(
            "cosignature-name", "An ML-DSA-44 cosignature names origin and cosigner in 1 to 255 bytes."
        )
    return bytes([len(data)]) + data


def _cosigned_message(key: VerifierKey, text: bytes, timestamp: int) -> bytes:
    """Return what a cosignature of ``key``'s type covers (tlog-cosignature, "signed message")."""
    checkpoint = parse_checkpoint(text)
    if key.algorithm == COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {timestamp}\n".encode() + text
    return b"".join(
        (
            _SUBTREE_LABEL,
            _opaque(key.name),
            _TIMESTAMP.pack(timestamp),
            _opaque(checkpoint.origin),
            struct.pack(">QQ", 0, checkpoint.size),
            checkpoint.root,
        )
    )


def sign_text(key: SigningKey, text: bytes) -> Signature:
    """Return the signature of a type 0x01 key over a note's text."""
    if key.algorithm != ED25519:
        raise ValueError("Only a key of type 0x01 signs a text without a time.")
    return Signature(key.name, key.verifier.key_id, key.sign(check_text(text)))


def cosign(key: SigningKey, text: bytes, at: datetime) -> Signature:
    """Return the cosignature of a type 0x04 or 0x06 key, made at ``at``, on the checkpoint in ``text``."""
    if key.algorithm == ED25519:
        raise ValueError("A cosignature needs a key of type 0x04 or 0x06.")
    timestamp = to_milliseconds(at) // 1000
    if timestamp <= 0:
        raise ValueError("A cosignature states a time after 1970.")
    message = _cosigned_message(key.verifier, text, timestamp)
    return Signature(key.name, key.verifier.key_id, _TIMESTAMP.pack(timestamp) + key.sign(message))


def _verify(key: VerifierKey, text: bytes, blob: bytes) -> VerifiedSignature:
    if key.algorithm == ED25519:
        key.verify(blob, text)
        return VerifiedSignature(key, None)
    if len(blob) < _TIMESTAMP.size:
        raise SignatureError("cosignature-time", f"The cosignature of {key.name} carries no time.")
    (timestamp,) = _TIMESTAMP.unpack_from(blob)
    if timestamp > MAX_DECIMAL:
        raise SignatureError("cosignature-time", f"The cosignature of {key.name} states an impossible time.")
    key.verify(blob[_TIMESTAMP.size :], _cosigned_message(key, text, timestamp))
    return VerifiedSignature(key, timestamp)


def verify_signatures(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifiedSignature, ...]:
    """Return what the known ``keys`` signed, one each, in the note's order (signed-note, "Signatures").

    Signatures of unknown keys are ignored. Raises ``SignatureError`` when any signature of a known key does not
    hold, or when no known key signed; ``MalformedError`` when a cosigned text is no checkpoint.
    """
    known = {(key.name, key.key_id): key for key in keys}
    verified: dict[tuple[str, bytes], VerifiedSignature] = {}
    for signature in note.signatures:
        identity = (signature.name, signature.key_id)
        if key := known.get(identity):
            verified.setdefault(identity, _verify(key, note.text, signature.blob))
    if not verified:
        raise SignatureError("note-unsigned", "No known key signed this note.")
    return tuple(verified.values())


def add_cosignatures(note_bytes: bytes, answer: bytes, keys: Iterable[VerifierKey]) -> bytes:
    """Return the note with those lines of a witness's ``answer`` that known ``keys`` made (tlog-witness).

    Lines of unknown keys are left out, lines that the note has are not repeated. Raises ``SignatureError`` when a
    line of a known key does not hold or none is of a known key, ``MalformedError`` for any other bytes.
    """
    note = parse_note(note_bytes)
    lines = parse_signature_lines(answer)
    verified = verify_signatures(Note(note.text, lines), keys)
    trusted = {(found.key.name, found.key.key_id) for found in verified}
    new = tuple(line for line in lines if (line.name, line.key_id) in trusted and line not in note.signatures)
    if len(note.signatures) + len(new) > MAX_SIGNATURES:
        raise MalformedError("note-signatures", f"A signed note has at most {MAX_SIGNATURES} signatures.")
    return Note(note.text, note.signatures + new).render()
