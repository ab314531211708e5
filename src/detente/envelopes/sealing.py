"""Parcels: an envelope and its attachments, sealed for one participant.

A parcel shows its seal digest, how many keys it was wrapped for and its size class, and nothing else: no sender, no
recipient, no key. Opening recomputes the digest from what was inside and refuses any difference, which also makes
AES-GCM key-committing in effect. Signatures are not checked here (``signing.verify``), and there is no forward
secrecy. Byte format and vectors: ``docs/spec/parcel.md``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from detente.envelopes.profile import MAX_ENVELOPE_BYTES
from detente.envelopes.signing import parse_envelope
from detente.errors import MalformedError, SignatureError
from detente.keys import PrivateKeySet, PublicKeySet, decode
from detente.statements.codec import parse_object

MAGIC = b"detente/v1 parcel\0"
NONCE_BYTES = 32
MAX_WRAPS = 4
MAX_ATTACHMENTS = 32
MAX_ATTACHMENT_BYTES = 25 << 20
MAX_ATTACHMENTS_BYTES = 50 << 20

_KEY_BYTES = 32
_DIGEST_BYTES = 32
_TAG_BYTES = 16
# ML-KEM-768 ciphertext, X25519 public key, content key, tag.
_WRAP_BYTES = 1088 + 32 + _KEY_BYTES + _TAG_BYTES
_HEAD_BYTES = len(MAGIC) + _DIGEST_BYTES + 1
_ZERO_NONCE = bytes(12)
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True)
class Contents:
    """What a parcel holds: envelope bytes as signed, and attachments."""

    envelope_bytes: bytes
    attachments: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Parcel:
    """What everybody sees of a parcel."""

    seal_digest: bytes
    wraps: tuple[bytes, ...]
    ciphertext: bytes


@dataclass(frozen=True)
class RefusedAttachment:
    """An attachment that the signed payload does not name: its place in the parcel, its SHA-256 in hex, and why."""

    position: int
    sha256: str
    reason: str


@dataclass(frozen=True)
class Opened:
    """An opened parcel.

    ``contents`` holds the envelope and the attachments that the signed payload names; ``refused`` those that it does
    not; ``missing`` the SHA-256 (hex) of those that it names but that did not come along.
    """

    contents: Contents
    seal_digest: bytes
    refused: tuple[RefusedAttachment, ...] = ()
    missing: tuple[str, ...] = ()


def padded_size(size: int) -> int:
    """Return the Padmé size class of ``size`` bytes: at most 12 % more, and O(log log) bits of size shown."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return size + mask & ~mask


_MAX_BODY_BYTES = padded_size(4 + MAX_ENVELOPE_BYTES + 4 + 4 * MAX_ATTACHMENTS + MAX_ATTACHMENTS_BYTES)
MAX_PARCEL_BYTES = _HEAD_BYTES + MAX_WRAPS * _WRAP_BYTES + 4 + _MAX_BODY_BYTES + _TAG_BYTES


def derive_salt(nonce: bytes, statement_id: str, recipient: str) -> bytes:
    """Return the 32-byte salt of a statement for ``recipient`` (``*`` when public); it is never sent."""
    parts = b"detente/v1 salt\0" + nonce + decode(statement_id) + recipient.encode("utf-8")
    return hashlib.sha256(parts).digest()


def seal_digest(salt: bytes, statement_id: str) -> bytes:
    """Return the 32 bytes by which relays and ledger know a statement for one recipient."""
    return hashlib.sha256(b"detente/v1 seal\0" + salt + decode(statement_id)).digest()


def read_nonce(payload: dict[str, Any]) -> bytes:
    """Return the nonce of a parsed payload; raise ``MalformedError`` unless it is 32 bytes in base64url."""
    nonce = payload.get("nonce")
    if not isinstance(nonce, str) or len(data := decode(nonce)) != NONCE_BYTES:
        raise MalformedError("statement-nonce", "A statement's nonce is 32 bytes in base64url.")
    return data


def seal(contents: Contents, recipient: str, nonce: bytes, to: Sequence[PublicKeySet]) -> bytes:
    """Return the parcel that seals ``contents`` for ``recipient``, once for each of its 1 to 4 live key sets ``to``.

    Raises ``MalformedError`` when a limit is passed, the nonce is not the payload's, or an attachment is not one that
    the payload names: the recipient would refuse it. A resend sends the stored parcel, never a second sealing.
    """
    _check_limits(contents)
    if not 1 <= len(to) <= MAX_WRAPS or len({keys.id for keys in to}) != len(to):
        raise MalformedError("parcel-keys", f"A parcel is sealed to between 1 and {MAX_WRAPS} different key sets.")
    envelope = parse_envelope(contents.envelope_bytes)
    payload = parse_object(envelope.payload_bytes)
    if read_nonce(payload) != nonce:
        raise MalformedError("parcel-nonce", "The nonce given is not the one in the signed payload.")
    if refused := _sort_attachments(contents.attachments, payload)[1]:
        number = refused[0].position + 1
        raise MalformedError("parcel-attachment", f"Attachment {number} cannot be sealed: {refused[0].reason}.")
    digest = seal_digest(derive_salt(nonce, envelope.statement_id, recipient), envelope.statement_id)
    return _pack(digest, _render_body(contents), to)


def parse_parcel(parcel_bytes: bytes) -> Parcel:
    """Return what a parcel shows to everybody; raise ``MalformedError`` for any other bytes, before any work."""
    if len(parcel_bytes) > MAX_PARCEL_BYTES:
        raise MalformedError("parcel-size", f"A parcel has at most {MAX_PARCEL_BYTES} bytes.")
    if not parcel_bytes.startswith(MAGIC) or len(parcel_bytes) < _HEAD_BYTES:
        raise MalformedError("parcel-form", "These bytes are no parcel of version 1.")
    count = parcel_bytes[_HEAD_BYTES - 1]
    if not 1 <= count <= MAX_WRAPS:
        raise MalformedError("parcel-form", f"A parcel has between 1 and {MAX_WRAPS} wraps.")
    body_at = _HEAD_BYTES + count * _WRAP_BYTES
    length = int.from_bytes(parcel_bytes[body_at : body_at + 4], "big")
    size = length - _TAG_BYTES
    if len(parcel_bytes) != body_at + 4 + length or not 0 < size <= _MAX_BODY_BYTES or padded_size(size) != size:
        raise MalformedError("parcel-form", "The parcel is cut short, too long, or of no size class.")
    return Parcel(
        seal_digest=parcel_bytes[len(MAGIC) : _HEAD_BYTES - 1],
        wraps=tuple(parcel_bytes[at : at + _WRAP_BYTES] for at in range(_HEAD_BYTES, body_at, _WRAP_BYTES)),
        ciphertext=parcel_bytes[body_at + 4 :],
    )


def open_parcel(parcel_bytes: bytes, recipient: str, keys: PrivateKeySet) -> Opened:
    """Return what was sealed for ``recipient`` with one of ``keys``.

    Raises ``MalformedError`` for bytes that are no parcel; ``SignatureError`` with the one code ``parcel-open`` when no
    wrap or not the body opens, and ``parcel-digest`` when the parcel was made for another statement or recipient.
    The signatures of the envelope are still to be verified.
    """
    parcel = parse_parcel(parcel_bytes)
    contents = _parse_body(_decrypt(parcel, keys))
    envelope = parse_envelope(contents.envelope_bytes)
    payload = parse_object(envelope.payload_bytes)
    salt = derive_salt(read_nonce(payload), envelope.statement_id, recipient)
    if seal_digest(salt, envelope.statement_id) != parcel.seal_digest:
        raise SignatureError("parcel-digest", "The parcel's seal digest is not that of this statement for this reader.")
    kept, refused, missing = _sort_attachments(contents.attachments, payload)
    return Opened(Contents(contents.envelope_bytes, kept), parcel.seal_digest, refused, missing)


def _pack(digest: bytes, body: bytes, to: Iterable[PublicKeySet]) -> bytes:
    """Seal ``body`` under a content key that is made here, used once and forgotten: hence the zero nonce."""
    content_key = secrets.token_bytes(_KEY_BYTES)
    wraps = [_SUITE.encrypt(content_key, keys.sealing_key, info=_wrap_info(digest)) for keys in to]
    ciphertext = AESGCM(content_key).encrypt(_ZERO_NONCE, body, _body_label(digest))
    return b"".join((MAGIC, digest, bytes([len(wraps)]), *wraps, _u32(len(ciphertext)), ciphertext))


def _decrypt(parcel: Parcel, keys: PrivateKeySet) -> bytes:
    # When no wrap opens, a random key is tried on the body: same error, same work, nothing to learn from either.
    content_key = secrets.token_bytes(_KEY_BYTES)
    for wrap in parcel.wraps:
        try:
            opened = _SUITE.decrypt(wrap, keys.opening_key, info=_wrap_info(parcel.seal_digest))
        except (InvalidTag, ValueError):
            continue
        if len(opened) == _KEY_BYTES:
            content_key = opened
    try:
        return AESGCM(content_key).decrypt(_ZERO_NONCE, parcel.ciphertext, _body_label(parcel.seal_digest))
    except InvalidTag as error:
        raise SignatureError("parcel-open", "The parcel does not open with the keys of this reader.") from error


def _wrap_info(digest: bytes) -> bytes:
    return b"detente/v1 wrap\0" + digest


def _body_label(digest: bytes) -> bytes:
    return b"detente/v1 body\0" + digest


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _render_body(contents: Contents) -> bytes:
    """Return envelope and attachments with their lengths, zeros up to the size class behind them."""
    parts = [_u32(len(contents.envelope_bytes)), contents.envelope_bytes, _u32(len(contents.attachments))]
    for attachment in contents.attachments:
        parts += (_u32(len(attachment)), attachment)
    size = sum(map(len, parts))
    return b"".join((*parts, bytes(padded_size(size) - size)))


def _parse_body(body: bytes) -> Contents:
    at = 0

    def take() -> bytes:
        nonlocal at
        start, size = at + 4, int.from_bytes(body[at : at + 4], "big")
        at = start + size
        if at > len(body):
            raise MalformedError("parcel-body", "A length inside the parcel leads beyond its end.")
        return body[start:at]

    envelope_bytes = take()
    count = int.from_bytes(body[at : at + 4], "big")
    at += 4
    if count > MAX_ATTACHMENTS:
        raise MalformedError("parcel-limit", f"A statement has at most {MAX_ATTACHMENTS} attachments.")
    contents = Contents(envelope_bytes, tuple(take() for _ in range(count)))
    if at > len(body) or padded_size(at) != len(body) or body.count(0, at) != len(body) - at:
        raise MalformedError("parcel-padding", "The parcel's padding is not zeros up to its size class.")
    _check_limits(contents)
    return contents


def _check_limits(contents: Contents) -> None:
    """Refuse too much or too many before anything is signed, hashed or sealed."""
    sizes = [len(attachment) for attachment in contents.attachments]
    if len(contents.envelope_bytes) > MAX_ENVELOPE_BYTES:
        raise MalformedError("parcel-limit", f"An envelope has at most {MAX_ENVELOPE_BYTES} bytes.")
    if len(sizes) > MAX_ATTACHMENTS:
        raise MalformedError("parcel-limit", f"A statement has at most {MAX_ATTACHMENTS} attachments.")
    if max(sizes, default=0) > MAX_ATTACHMENT_BYTES:
        raise MalformedError("parcel-limit", f"An attachment has at most {MAX_ATTACHMENT_BYTES >> 20} MiB.")
    if sum(sizes) > MAX_ATTACHMENTS_BYTES:
        raise MalformedError("parcel-limit", f"All attachments have at most {MAX_ATTACHMENTS_BYTES >> 20} MiB.")


def _sort_attachments(
    attachments: Sequence[bytes], payload: dict[str, Any]
) -> tuple[tuple[bytes, ...], tuple[RefusedAttachment, ...], tuple[str, ...]]:
    """Return the attachments that the payload names, those that it does not, and the hashes of missing ones."""
    named = _named_attachments(payload)
    kept: dict[str, bytes] = {}
    refused: list[RefusedAttachment] = []
    for position, attachment in enumerate(attachments):
        sha256 = hashlib.sha256(attachment).hexdigest()
        if sha256 not in named:
            refused.append(RefusedAttachment(position, sha256, "the signed statement names no attachment of this hash"))
        elif named[sha256] != len(attachment):
            refused.append(RefusedAttachment(position, sha256, "the signed statement names another size"))
        elif sha256 in kept:
            refused.append(RefusedAttachment(position, sha256, "it is in the parcel twice"))
        else:
            kept[sha256] = attachment
    return tuple(kept.values()), tuple(refused), tuple(sha256 for sha256 in named if sha256 not in kept)


def _named_attachments(payload: dict[str, Any]) -> dict[str, int]:
    """Return size by SHA-256 (hex) of the attachments that a payload names."""
    named = payload.get("attachments", [])
    if not isinstance(named, list) or not all(
        isinstance(one, dict) and isinstance(one.get("sha256"), str) and isinstance(one.get("size"), int)
        for one in named
    ):
        raise MalformedError("statement-attachments", "An attachment is named by its sha256 in hex and its size.")
    return {one["sha256"]: one["size"] for one in named}
