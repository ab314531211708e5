"""Envelopes: a payload under two signatures of one key set, in exactly one byte form.

The wrapper is JWS General JSON (RFC 7515) that any JOSE library reads, but only one serialisation of it is
accepted, so that "exactly two signatures", "no unprotected header" and "no duplicate member" hold by comparison of
bytes, before any key is touched. The payload is kept as signed and is not parsed here. Rules and vectors:
``docs/spec/envelope.md``; reasons: ``docs/adr/0002-one-byte-form-for-the-envelope.md``.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidSignature

from detente import keys as base64url
from detente.envelopes.profile import (
    ED25519,
    HEADER_CHARACTERS,
    MAX_ENVELOPE_BYTES,
    MAX_PAYLOAD_BYTES,
    MLDSA65,
    SIGNATURE_BYTES,
    STATEMENT_CTY,
    STATEMENT_TYP,
    encoded_length,
    protected_header,
)
from detente.envelopes.refusals import explain
from detente.errors import MalformedError, SignatureError
from detente.keys import PrivateKeySet, PublicKeySet

__all__ = [
    "MAX_ENVELOPE_BYTES",
    "STATEMENT_CTY",
    "STATEMENT_TYP",
    "Envelope",
    "parse_envelope",
    "sign",
    "statement_id",
    "unwrap",
    "verify",
]

_WRAPPER = re.compile(
    rb'\{"payload":"([A-Za-z0-9_-]{1,%d}+)","signatures":\['
    rb'\{"protected":"([A-Za-z0-9_-]{%d})","signature":"([A-Za-z0-9_-]{%d})"\},'
    rb'\{"protected":"([A-Za-z0-9_-]{%d})","signature":"([A-Za-z0-9_-]{%d})"\}\]\}'
    % (
        encoded_length(MAX_PAYLOAD_BYTES),
        HEADER_CHARACTERS[ED25519],
        encoded_length(SIGNATURE_BYTES[ED25519]),
        HEADER_CHARACTERS[MLDSA65],
        encoded_length(SIGNATURE_BYTES[MLDSA65]),
    )
)
_PAYLOAD_AT = len(b'{"payload":"')
_HEADER_AFTER = len(b'","signatures":[{"protected":"')
_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
# The last character of 32 bytes in base64url carries two zero bits.
_KEYSET_ID_IN_HEADER = re.compile(rb'\{"alg":"Ed25519","kid":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])"')


@dataclass(frozen=True)
class Envelope:
    """The parts of an envelope whose form has been checked; its signatures have not been."""

    payload_bytes: bytes
    keyset_id: str
    ed25519_signature: bytes
    mldsa65_signature: bytes

    @cached_property
    def statement_id(self) -> str:
        """The id of the statement inside."""
        return statement_id(self.payload_bytes)

    def render(self) -> bytes:
        """Return the envelope bytes: the only ones that parse to these parts."""
        first_header, second_header = _headers(self.keyset_id)
        return b"".join(
            (
                b'{"payload":"',
                _encoded(self.payload_bytes),
                b'","signatures":[{"protected":"',
                first_header,
                b'","signature":"',
                _encoded(self.ed25519_signature),
                b'"},{"protected":"',
                second_header,
                b'","signature":"',
                _encoded(self.mldsa65_signature),
                b'"}]}',
            )
        )


def statement_id(payload_bytes: bytes) -> str:
    """Return the statement id of a payload: 43 characters of base64url (``docs/spec/envelope.md``)."""
    return base64url.encode(hashlib.sha256(b"detente/v1 statement\0" + payload_bytes).digest())


def sign(payload_bytes: bytes, keys: PrivateKeySet) -> bytes:
    """Return the envelope that signs ``payload_bytes`` with both keys of ``keys``.

    Raises ``MalformedError`` for a payload that is empty or larger than 1 MiB.
    """
    if not 1 <= len(payload_bytes) <= MAX_PAYLOAD_BYTES:
        raise MalformedError("jws-payload", f"A payload has between 1 and {MAX_PAYLOAD_BYTES} bytes.")
    keyset_id = keys.public.id
    classical, post_quantum = _signing_inputs(payload_bytes, keyset_id)
    return Envelope(
        payload_bytes, keyset_id, keys.ed25519_key.sign(classical), keys.mldsa65_key.sign(post_quantum)
    ).render()


def parse_envelope(envelope_bytes: bytes) -> Envelope:
    """Return the parts of an envelope; touch no key.

    Raises ``MalformedError`` or ``SignatureError`` for every other byte form, with a code that names what was tried
    (``docs/spec/envelope.md``, "Refusals").
    """
    match = _WRAPPER.fullmatch(envelope_bytes)
    if match is None:
        raise explain(envelope_bytes)
    payload, first_header, first_signature, second_header, second_signature = match.groups()
    keyset_id = _keyset_id(first_header, second_header)
    if keyset_id is None:
        raise explain(envelope_bytes)
    return Envelope(
        _decoded(payload),
        keyset_id,
        _decoded(first_signature),
        _decoded(second_signature),
    )


def unwrap(envelope_bytes: bytes) -> tuple[bytes, str]:
    """Return payload bytes and key-set id of an envelope that ``parse_envelope`` accepted before.

    For replaying what is stored: nothing is checked again, so never use it on bytes that came from outside.
    """
    end = envelope_bytes.index(b'"', _PAYLOAD_AT)
    header_at = end + _HEADER_AFTER
    first_header = envelope_bytes[header_at : header_at + HEADER_CHARACTERS[ED25519]]
    return _decoded(envelope_bytes[_PAYLOAD_AT:end]), _named_keyset(first_header)


@lru_cache(maxsize=1024)
def _named_keyset(first_header: bytes) -> str:
    match = _KEYSET_ID_IN_HEADER.match(base64url.decode(first_header.decode("ascii")))
    if match is None:
        raise MalformedError("jws-header", "The stored envelope names no key set.")
    return match[1].decode("ascii")


def verify(envelope: Envelope, keys: PublicKeySet) -> None:
    """Check both signatures; raise ``SignatureError`` unless ``keys`` is the set that is named and both hold."""
    if envelope.keyset_id != keys.id:
        raise SignatureError("signature-keyset", "The envelope names another key set than the one it is checked with.")
    classical, post_quantum = _signing_inputs(envelope.payload_bytes, envelope.keyset_id)
    try:
        keys.ed25519_key.verify(envelope.ed25519_signature, classical)
    except InvalidSignature as error:
        raise SignatureError(
            "signature-ed25519", "The Ed25519 signature does not fit: these are not the bytes that this key set signed."
        ) from error
    try:
        keys.mldsa65_key.verify(envelope.mldsa65_signature, post_quantum)
    except InvalidSignature as error:
        raise SignatureError(
            "signature-mldsa65",
            "The ML-DSA-65 signature does not fit: these are not the bytes that this key set signed.",
        ) from error


def _encoded(data: bytes) -> bytes:
    return base64url.encode(data).encode("ascii")


def _decoded(characters: bytes) -> bytes:
    """Return the bytes behind base64url ``characters`` of the right alphabet; only the last group can have slack."""
    rest = len(characters) % 4
    try:
        data = binascii.a2b_base64(characters.translate(_STANDARD_ALPHABET) + b"=" * (-rest % 4))
    except binascii.Error as error:
        raise MalformedError("jws-base64url", "An envelope holds base64url of an impossible length.") from error
    if rest and _encoded(data[1 - rest :]) != characters[-rest:]:
        raise MalformedError("jws-base64url", "An envelope holds base64url with spare bits.")
    return data


def _signing_inputs(payload_bytes: bytes, keyset_id: str) -> tuple[bytes, bytes]:
    """Return what each of the two signatures covers (RFC 7515, 5.1)."""
    payload = b"." + _encoded(payload_bytes)
    first_header, second_header = _headers(keyset_id)
    return first_header + payload, second_header + payload


@lru_cache(maxsize=1024)
def _headers(keyset_id: str) -> tuple[bytes, bytes]:
    return protected_header(ED25519, keyset_id), protected_header(MLDSA65, keyset_id)


@lru_cache(maxsize=1024)
def _keyset_id(first_header: bytes, second_header: bytes) -> str | None:
    """Return the key-set id for which these two are the protected headers, if there is one."""
    try:
        match = _KEYSET_ID_IN_HEADER.match(base64url.decode(first_header.decode("ascii")))
    except MalformedError:
        return None
    if match is None:
        return None
    keyset_id = match[1].decode("ascii")
    return keyset_id if _headers(keyset_id) == (first_header, second_header) else None
