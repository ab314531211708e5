"""Signed notes and verifier keys, after C2SP ``signed-note``.

A note is text, a blank line and signature lines. This module reads and writes that frame, names keys, and makes
and checks raw signatures. What a signature covers is not decided here but in ``detente.ledger.cosignature``.
Base64 is read in its one canonical form, so a note's bytes follow from its value.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from detente.errors import MalformedError, OperatorError, SignatureError

# Signature types, as assigned by signed-note.
ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04
COSIGNATURE_MLDSA44 = 0x06

MAX_TEXT_BYTES = 64 * 1024
# A hundred signatures of nearly 5 kB, the largest that signed-note foresees, must fit.
MAX_NOTE_BYTES = 512 * 1024
MAX_SIGNATURES = 100
MAX_DECIMAL = 2**63 - 1

_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_MLDSA44: 1312}
_SIGNATURE_BYTES = {ED25519: 64, COSIGNATURE_ED25519: 64, COSIGNATURE_MLDSA44: 2420}
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_LINE_START = "— "


def encode_base64(data: bytes) -> str:
    """Return padded standard base64."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes of canonical padded base64 (RFC 4648, section 4); raise ``MalformedError`` for other text."""
    try:
        data = binascii.a2b_base64(text.encode("ascii"))
    except (ValueError, binascii.Error) as error:
        raise MalformedError("base64", "A value is not padded standard base64.") from error
    if encode_base64(data) != text:
        raise MalformedError("base64", "A base64 value has spare bits, white space or wrong padding.")
    return data


def decode_hash(text: str) -> bytes:
    """Return the 32 bytes of a base64 hash; raise ``MalformedError`` for any other size."""
    data = decode_base64(text)
    if len(data) != 32:
        raise MalformedError("hash-size", f"A hash has 32 bytes, not {len(data)}.")
    return data


def decode_decimal(text: str) -> int:
    """Return an integer from 0 to 2^63-1 written in ASCII digits without leading zeros; raise ``MalformedError``."""
    if not _DECIMAL.fullmatch(text) or (value := int(text)) > MAX_DECIMAL:
        raise MalformedError("decimal", f"Write a number from 0 to 2^63-1 without leading zeros, not {text[:30]!r}.")
    return value


def check_key_name(name: str) -> str:
    """Return ``name`` if it can name a key; raise ``MalformedError`` (signed-note, "Format")."""
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise MalformedError("key-name", f"A key name is not empty and has no spaces or plus signs: {name[:60]!r}.")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("key-name", "A key name must be valid UTF-8.") from error
    return name


def _key_id(name: str, algorithm: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name and signature type: 32 bytes of Ed25519 or 1,312 of ML-DSA-44."""

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public) != _PUBLIC_BYTES.get(self.algorithm):
            raise MalformedError(
                "vkey-type", "A verifier key is of type 0x01 or 0x04 (Ed25519) or 0x06 (ML-DSA-44), in full length."
            )
        # OpenSSL takes any bytes of the right length; another build of it may be choosier.
        try:
            self._key  # noqa: B018 - parses the bytes
        except ValueError as error:
            raise MalformedError("vkey-key", f"The key of {self.name} is no valid public key.") from error

    @cached_property
    def key_id(self) -> bytes:
        """The four bytes that stand before every signature of this key."""
        return _key_id(self.name, self.algorithm, self.public)

    @cached_property
    def _key(self) -> Ed25519PublicKey | MLDSA44PublicKey:
        if self.algorithm == COSIGNATURE_MLDSA44:
            return MLDSA44PublicKey.from_public_bytes(self.public)
        return Ed25519PublicKey.from_public_bytes(self.public)

    def render(self) -> str:
        """Return the key as a vkey."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check the bare ``signature`` over ``message``; raise ``SignatureError``."""
        try:
            if len(signature) == _SIGNATURE_BYTES[self.algorithm]:
                self._key.verify(signature, message)
                return
        except InvalidSignature:
            pass
        raise SignatureError("note-signature", f"The signature of {self.name} does not hold.")


def parse_vkey(text: str) -> VerifierKey:
    """Return the key that a vkey describes; raise ``MalformedError`` (signed-note, "Verifier keys")."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise MalformedError("vkey-form", "A verifier key reads name+8 lower-case hex digits+base64.")
    material = decode_base64(parts[2])
    if not material:
        raise MalformedError("vkey-form", "A verifier key carries no key.")
    key = VerifierKey(parts[0], material[0], material[1:])
    if key.key_id.hex() != parts[1]:
        raise MalformedError("vkey-id", f"The key id of {key.name[:60]} is not that of its key.")
    return key


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key, made from a 32-byte seed, with its name and signature type."""

    name: str
    algorithm: int
    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != 32:
            raise OperatorError("seed-size", f"The seed of {self.name} must have 32 bytes.")
        if self.algorithm not in _PUBLIC_BYTES:
            raise OperatorError("key-type", f"{self.name} has a signature type that this ledger does not write.")

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier.name}+{self.verifier.key_id.hex()})"

    @cached_property
    def _key(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.algorithm == COSIGNATURE_MLDSA44:
            return MLDSA44PrivateKey.from_seed_bytes(self.seed)
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def verifier(self) -> VerifierKey:
        """The public key."""
        return VerifierKey(self.name, self.algorithm, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the bare signature over ``message``: 64 or 2,420 bytes."""
        return self._key.sign(message)


@dataclass(frozen=True)
class Signature:
    """One signature line: ``blob`` is what stands after the key id."""

    name: str
    key_id: bytes
    blob: bytes

    def render(self) -> bytes:
        """Return the line with its newline."""
        return f"{_LINE_START}{self.name} {encode_base64(self.key_id + self.blob)}\n".encode()


@dataclass(frozen=True)
class Note:
    """A text, newline at its end, and the signatures under it."""

    text: bytes
    signatures: tuple[Signature, ...]

    def render(self) -> bytes:
        """Return the note's bytes."""
        return self.text + b"\n" + b"".join(signature.render() for signature in self.signatures)


def _parse_line(line: str) -> Signature:
    name, space, blob = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START) or not space:
        raise MalformedError("note-signature-line", "A signature line reads: em dash, space, key name, space, base64.")
    data = decode_base64(blob)
    if len(data) < 5:
        raise MalformedError("note-signature-line", "A signature line carries a key id and no signature.")
    return Signature(check_key_name(name), data[:4], data[4:])


def parse_signature_lines(data: bytes) -> tuple[Signature, ...]:
    """Return one or more signature lines, such as a witness answers; raise ``MalformedError``."""
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedError("note-size", f"A signed note has at most {MAX_NOTE_BYTES} bytes.")
    if not data.endswith(b"\n") or _CONTROL.search(data):
        raise MalformedError("note-form", "Signature lines end with newlines and hold no other control characters.")
    if data.count(b"\n") > MAX_SIGNATURES:
        raise MalformedError("note-signatures", f"A signed note has at most {MAX_SIGNATURES} signatures.")
    try:
        lines = data.decode().split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise MalformedError("note-form", "A signed note must be UTF-8.") from error
    return tuple(_parse_line(line) for line in lines)


def check_text(text: bytes) -> bytes:
    """Return ``text`` if it can be a note's text; raise ``MalformedError``."""
    if len(text) > MAX_TEXT_BYTES:
        raise MalformedError("note-size", f"The text of a signed note has at most {MAX_TEXT_BYTES} bytes.")
    if not text.endswith(b"\n") or _CONTROL.search(text):
        raise MalformedError("note-form", "A note's text ends with a newline and holds no other control characters.")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("note-form", "A signed note must be UTF-8.") from error
    return text


def parse_note(data: bytes) -> Note:
    """Return the note; raise ``MalformedError`` unless text, blank line and signature lines are all in form."""
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedError("note-size", f"A signed note has at most {MAX_NOTE_BYTES} bytes.")
    end = data.rfind(b"\n\n")
    if end < 0:
        raise MalformedError("note-form", "A signed note has a blank line before its signatures.")
    return Note(check_text(data[: end + 1]), parse_signature_lines(data[end + 2 :]))
